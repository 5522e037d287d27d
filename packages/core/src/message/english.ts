/** English, the default language of every message. */

import type { MessageTexts } from './texts.js'

export const english: MessageTexts = {
  language: 'en',
  stop: '.',
  colon: ': ',
  minutes: (count) => (count === 1 ? '1 minute' : `${count} minutes`),
  hours: (count) => (count === 1 ? '1 hour' : `${count} hours`),
  quote: (text) => `“${text}”`,
  actions: {
    sign_in: 'sign in',
    manage: 'change your security settings',
    verify_email: 'confirm this email address',
    verify_phone: 'confirm this phone number',
    other: (purpose) => `confirm "${purpose}"`,
  },
  sms: (code, issuer, action, life) =>
    `${code} is your ${issuer} code to ${action}. It expires in ${life}. Do not share it.`,
  code: {
    subject: (issuer, action) => `Your ${issuer} code to ${action}`,
    lead: (issuer, action) => `Your ${issuer} code to ${action}:`,
    life: (issuer, life) => `It expires in ${life}. Nobody at ${issuer} will ask you for it.`,
    ifNotYou: 'If this was not you, somebody may know your password: change it.',
    ifNotAsked: 'If you did not ask for it, ignore this message: without the code nothing changes.',
  },
  link: {
    subject: (issuer) => `Confirm your email address for ${issuer}`,
    lead: (issuer) => `Open this link to confirm your email address for ${issuer}:`,
    life: (life) =>
      `The link expires in ${life}. If you did not ask for it, ignore this message: unopened, it changes nothing.`,
  },
  notices: {
    factor_added: 'A sign-in method was added to your account',
    factor_removed: 'A sign-in method was removed from your account',
    factor_locked: 'A sign-in method was locked after too many wrong codes',
    contact_changed: 'A contact address of your account was changed',
    contact_withdrawn: 'A contact address was removed from your account',
    mfa_enabled: 'Two-step sign-in was switched on for your account',
    mfa_disabled: 'Two-step sign-in was switched off for your account',
    mfa_reset: 'Two-step sign-in was reset for your account by support staff',
    recovery_codes_generated: 'New recovery codes were made for your account; earlier ones no longer work',
    recovery_code_used: 'A recovery code of your account was used',
    code_replayed: 'A code that had been used before was entered again and refused',
    repeated_failures: 'Wrong codes were entered repeatedly, after a right first sign-in step',
    credentials_changed: 'The password of your account was changed',
  },
  ifNotYou: {
    change_password: (issuer) => `If this was not you, change your password at once and contact ${issuer}.`,
    password_known: (issuer) =>
      `If this was not you, somebody may know your password: change it and contact ${issuer}.`,
    contact_issuer: (issuer) => `If you did not ask for this, contact ${issuer} at once.`,
  },
  factors: { totp: 'Authenticator app', email: 'Email', phone: 'Phone', recovery_code: 'Recovery code' },
  codesLeft: (count) => `Recovery codes left: ${count}.`,
  warnings: {
    no_factor: 'You have no second sign-in method yet. Add one.',
    no_recovery_codes: 'You have no recovery codes. Make some and keep them safe.',
    only_same_channel: 'Your only second sign-in method uses the channel you sign in with. Add another one.',
    codes_from_another_session: 'Your recovery codes were made in another session. If that was not you, make new ones.',
    contact_from_another_session: 'An address was added in another session. If that was not you, remove it.',
    app_from_another_session: 'An authenticator app was added in another session. If that was not you, remove it.',
  },
}
