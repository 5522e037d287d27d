/** Portuguese, as Brazil writes it. An SMS goes without `código` and `não`, whose letters would halve its room. */

import type { MessageTexts } from '@countersign/core'

/** Messages in Portuguese. */
export const portuguese: MessageTexts = {
  language: 'pt',
  stop: '.',
  colon: ': ',
  minutes: (count) => (count === 1 ? '1 minuto' : `${count} minutos`),
  hours: (count) => (count === 1 ? '1 hora' : `${count} horas`),
  quote: (text) => `“${text}”`,
  actions: {
    sign_in: 'entrar na sua conta',
    manage: 'alterar seus dados de acesso',
    verify_email: 'confirmar este e-mail',
    verify_phone: 'confirmar este telefone',
    other: (purpose) => `confirmar "${purpose}"`,
  },
  sms: (code, issuer, action, life) =>
    `${issuer}: use ${code} para ${action}. Expira em ${life}. Nunca compartilhe com ninguém.`,
  code: {
    subject: (issuer, action) => `${issuer}: seu código para ${action}`,
    lead: (issuer, action) => `${issuer}: seu código para ${action}:`,
    life: (issuer, life) => `Ele expira em ${life}. Ninguém da equipe ${issuer} vai pedir este código a você.`,
    ifNotYou: 'Se não foi você, alguém pode saber a sua senha: troque-a.',
    ifNotAsked: 'Se você não pediu este código, ignore esta mensagem: sem ele, nada muda.',
  },
  link: {
    subject: (issuer) => `${issuer}: confirme seu endereço de e-mail`,
    lead: (issuer) => `Abra este link para confirmar seu endereço de e-mail em ${issuer}:`,
    life: (life) =>
      `O link expira em ${life}. Se você não pediu este link, ignore esta mensagem: sem abri-lo, nada muda.`,
  },
  notices: {
    factor_added: 'Um método de acesso foi adicionado à sua conta',
    factor_removed: 'Um método de acesso foi removido da sua conta',
    factor_locked: 'Um método de acesso foi bloqueado após muitos códigos errados',
    contact_changed: 'Um contato da sua conta foi alterado',
    contact_withdrawn: 'Um contato foi removido da sua conta',
    mfa_enabled: 'O acesso em duas etapas foi ativado na sua conta',
    mfa_disabled: 'O acesso em duas etapas foi desativado na sua conta',
    mfa_reset: 'O acesso em duas etapas da sua conta foi redefinido pelo suporte',
    recovery_codes_generated:
      'Novos códigos de recuperação foram criados para a sua conta; os anteriores não funcionam mais',
    recovery_code_used: 'Um código de recuperação da sua conta foi usado',
    code_replayed: 'Um código já usado foi digitado de novo e recusado',
    repeated_failures: 'Códigos errados foram digitados várias vezes, depois de uma primeira etapa correta',
    credentials_changed: 'A senha da sua conta foi alterada',
  },
  ifNotYou: {
    change_password: (issuer) => `Se não foi você, troque sua senha agora mesmo e entre em contato com ${issuer}.`,
    password_known: (issuer) =>
      `Se não foi você, alguém pode saber a sua senha: troque-a e entre em contato com ${issuer}.`,
    contact_issuer: (issuer) => `Se você não pediu isto, entre em contato com ${issuer} agora mesmo.`,
  },
  factors: {
    totp: 'Aplicativo autenticador',
    email: 'E-mail',
    phone: 'Telefone',
    recovery_code: 'Código de recuperação',
  },
  codesLeft: (count) => `Códigos de recuperação restantes: ${count}.`,
  warnings: {
    no_factor: 'Você ainda não tem um segundo método de acesso. Adicione um.',
    no_recovery_codes: 'Você não tem códigos de recuperação. Crie alguns e guarde-os em lugar seguro.',
    only_same_channel: 'Seu único segundo método usa o mesmo canal do seu acesso. Adicione outro.',
    codes_from_another_session:
      'Seus códigos de recuperação foram criados em outra sessão. Se não foi você, crie novos.',
    contact_from_another_session: 'Um contato foi adicionado em outra sessão. Se não foi você, remova-o.',
    app_from_another_session: 'Um aplicativo autenticador foi adicionado em outra sessão. Se não foi você, remova-o.',
  },
}
