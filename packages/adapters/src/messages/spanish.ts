/** Spanish. An SMS says `clave`, since the letter ó of `código` would halve what one message holds. */

import type { MessageTexts } from '@countersign/core'

/** Messages in Spanish. */
export const spanish: MessageTexts = {
  language: 'es',
  stop: '.',
  colon: ': ',
  minutes: (count) => (count === 1 ? '1 minuto' : `${count} minutos`),
  hours: (count) => (count === 1 ? '1 hora' : `${count} horas`),
  quote: (text) => `«${text}»`,
  actions: {
    sign_in: 'entrar en tu cuenta',
    manage: 'cambiar tus ajustes de seguridad',
    verify_email: 'confirmar este correo',
    verify_phone: 'confirmar este teléfono',
    other: (purpose) => `confirmar "${purpose}"`,
  },
  sms: (code, issuer, action, life) =>
    `${code} es tu clave de ${issuer} para ${action}. Caduca en ${life}. No la compartas con nadie.`,
  code: {
    subject: (issuer, action) => `Tu código de ${issuer} para ${action}`,
    lead: (issuer, action) => `Tu código de ${issuer} para ${action}:`,
    life: (issuer, life) => `Caduca en ${life}. Nadie de ${issuer} te lo pedirá.`,
    ifNotYou: 'Si no has sido tú, es posible que alguien conozca tu contraseña: cámbiala.',
    ifNotAsked: 'Si no lo has pedido, ignora este mensaje: sin el código no cambia nada.',
  },
  link: {
    subject: (issuer) => `Confirma tu correo electrónico para ${issuer}`,
    lead: (issuer) => `Abre este enlace para confirmar tu correo electrónico para ${issuer}:`,
    life: (life) =>
      `El enlace caduca en ${life}. Si no lo has pedido, ignora este mensaje: si no lo abres, no cambia nada.`,
  },
  notices: {
    factor_added: 'Se ha añadido un método de acceso a tu cuenta',
    factor_removed: 'Se ha eliminado un método de acceso de tu cuenta',
    factor_locked: 'Se ha bloqueado un método de acceso tras demasiados códigos erróneos',
    contact_changed: 'Se ha cambiado un dato de contacto de tu cuenta',
    contact_withdrawn: 'Se ha eliminado un dato de contacto de tu cuenta',
    mfa_enabled: 'Se ha activado el acceso en dos pasos en tu cuenta',
    mfa_disabled: 'Se ha desactivado el acceso en dos pasos en tu cuenta',
    mfa_reset: 'El equipo de soporte ha restablecido el acceso en dos pasos de tu cuenta',
    recovery_codes_generated:
      'Se han creado nuevos códigos de recuperación para tu cuenta; los anteriores ya no sirven',
    recovery_code_used: 'Se ha usado un código de recuperación de tu cuenta',
    code_replayed: 'Se ha vuelto a introducir un código ya usado y se ha rechazado',
    repeated_failures: 'Se han introducido códigos erróneos varias veces, tras un primer paso de acceso correcto',
    credentials_changed: 'Se ha cambiado la contraseña de tu cuenta',
  },
  ifNotYou: {
    change_password: (issuer) => `Si no has sido tú, cambia tu contraseña ahora mismo y contacta con ${issuer}.`,
    password_known: (issuer) =>
      `Si no has sido tú, es posible que alguien conozca tu contraseña: cámbiala y contacta con ${issuer}.`,
    contact_issuer: (issuer) => `Si no lo has pedido, contacta con ${issuer} ahora mismo.`,
  },
  factors: {
    totp: 'Aplicación de autenticación',
    email: 'Correo electrónico',
    phone: 'Teléfono',
    recovery_code: 'Código de recuperación',
  },
  codesLeft: (count) => `Códigos de recuperación restantes: ${count}.`,
  warnings: {
    no_factor: 'Todavía no tienes un segundo método de acceso. Añade uno.',
    no_recovery_codes: 'No tienes códigos de recuperación. Crea unos y guárdalos en un lugar seguro.',
    only_same_channel: 'Tu único segundo método usa el mismo canal con el que accedes. Añade otro.',
    codes_from_another_session:
      'Tus códigos de recuperación se crearon en otra sesión. Si no has sido tú, crea otros nuevos.',
    contact_from_another_session: 'Se añadió un dato de contacto en otra sesión. Si no has sido tú, elimínalo.',
    app_from_another_session: 'Se añadió una aplicación de autenticación en otra sesión. Si no has sido tú, elimínala.',
  },
}
