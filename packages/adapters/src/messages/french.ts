/** French, with the formal address and a no-break space before colons, semicolons and within quotes. */

import type { MessageTexts } from '@countersign/core'

/** Messages in French. */
export const french: MessageTexts = {
  language: 'fr',
  stop: '.',
  colon: '\u00a0: ',
  minutes: (count) => (count === 1 ? '1 minute' : `${count} minutes`),
  hours: (count) => (count === 1 ? '1 heure' : `${count} heures`),
  quote: (text) => `«\u00a0${text}\u00a0»`,
  actions: {
    sign_in: 'vous connecter',
    manage: 'modifier vos paramètres de sécurité',
    verify_email: 'confirmer cette adresse e-mail',
    verify_phone: 'confirmer ce numéro de téléphone',
    other: (purpose) => `confirmer "${purpose}"`,
  },
  sms: (code, issuer, action, life) =>
    `${code} est votre code ${issuer} pour ${action}. Il expire dans ${life}. Ne le communiquez à personne.`,
  code: {
    subject: (issuer, action) => `Votre code ${issuer} pour ${action}`,
    lead: (issuer, action) => `Votre code ${issuer} pour ${action}\u00a0:`,
    life: (issuer, life) => `Il expire dans ${life}. Personne chez ${issuer} ne vous le demandera.`,
    ifNotYou: 'Si ce n’était pas vous, quelqu’un connaît peut-être votre mot de passe\u00a0: changez-le.',
    ifNotAsked: 'Si vous ne l’avez pas demandé, ignorez ce message\u00a0: sans le code, rien ne change.',
  },
  link: {
    subject: (issuer) => `Confirmez votre adresse e-mail chez ${issuer}`,
    lead: (issuer) => `Ouvrez ce lien pour confirmer votre adresse e-mail chez ${issuer}\u00a0:`,
    life: (life) =>
      `Le lien expire dans ${life}. Si vous ne l’avez pas demandé, ignorez ce message\u00a0: tant qu’il n’est pas ouvert, rien ne change.`,
  },
  notices: {
    factor_added: 'Une méthode de connexion a été ajoutée à votre compte',
    factor_removed: 'Une méthode de connexion a été retirée de votre compte',
    factor_locked: 'Une méthode de connexion a été bloquée après trop de codes erronés',
    contact_changed: 'Une adresse de contact de votre compte a été modifiée',
    contact_withdrawn: 'Une adresse de contact a été retirée de votre compte',
    mfa_enabled: 'La connexion en deux étapes a été activée pour votre compte',
    mfa_disabled: 'La connexion en deux étapes a été désactivée pour votre compte',
    mfa_reset: 'La connexion en deux étapes de votre compte a été réinitialisée par l’assistance',
    recovery_codes_generated:
      'De nouveaux codes de récupération ont été créés pour votre compte\u00a0; les anciens ne fonctionnent plus',
    recovery_code_used: 'Un code de récupération de votre compte a été utilisé',
    code_replayed: 'Un code déjà utilisé a été saisi de nouveau et refusé',
    repeated_failures: 'Des codes erronés ont été saisis à plusieurs reprises, après une première étape réussie',
    credentials_changed: 'Le mot de passe de votre compte a été modifié',
  },
  ifNotYou: {
    change_password: (issuer) =>
      `Si ce n’était pas vous, changez immédiatement votre mot de passe et contactez ${issuer}.`,
    password_known: (issuer) =>
      `Si ce n’était pas vous, quelqu’un connaît peut-être votre mot de passe\u00a0: changez-le et contactez ${issuer}.`,
    contact_issuer: (issuer) => `Si vous n’avez rien demandé, contactez immédiatement ${issuer}.`,
  },
  factors: {
    totp: 'Application d’authentification',
    email: 'E-mail',
    phone: 'Téléphone',
    recovery_code: 'Code de récupération',
  },
  codesLeft: (count) => `Codes de récupération restants\u00a0: ${count}.`,
  warnings: {
    no_factor: 'Vous n’avez pas encore de seconde méthode de connexion. Ajoutez-en une.',
    no_recovery_codes: 'Vous n’avez pas de codes de récupération. Créez-en et conservez-les en lieu sûr.',
    only_same_channel: 'Votre seule seconde méthode passe par le même canal que votre connexion. Ajoutez-en une autre.',
    codes_from_another_session:
      'Vos codes de récupération ont été créés dans une autre session. Si ce n’était pas vous, créez-en de nouveaux.',
    contact_from_another_session:
      'Une adresse a été ajoutée dans une autre session. Si ce n’était pas vous, supprimez-la.',
    app_from_another_session:
      'Une application d’authentification a été ajoutée dans une autre session. Si ce n’était pas vous, supprimez-la.',
  },
}
