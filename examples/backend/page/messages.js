/** Every refusal as a sentence for people: what happened, and what to do next, and when. */

import { tryAgainAt } from './times.js'

// The API tells a lock, which only help ends, as a wait.
const again = 'Try again {when}. If that fails, choose another way, or ask support.'
const numberTaken = 'Another account uses this number. Enter a different one.'

/** A type's sentence, or several by what the person was doing (`else` for anything not named). */
const sentences = {
  user_invalid_token: {
    app: 'That code did not work. Each code works once: wait for the next one in your app, then enter it.',
    recovery: 'That recovery code did not work. Each one works once: check it for typing errors, or use another.',
    email: 'That code did not work. Enter the newest code we sent, or send another.',
    phone: 'That code did not work. Enter the newest code we sent, or send another.',
    link: 'This link has expired or was used before. Sign in, and have a new link sent from “Email”.',
    else: 'That did not work. Start this step again.',
  },
  user_invalid_credentials: {
    'sign-in': 'The email address or the password is not right. Check both, or create an account.',
    else: 'That is not your password. Enter it again; nothing was changed.',
  },
  user_already_exists: 'There is an account for this email address. Sign in instead, or use another address.',
  user_target_already_exists: {
    number: numberTaken,
    else: 'Another account uses this address. Enter a different one.',
  },
  user_phone_already_exists: numberTaken,
  user_not_found: {
    link: 'This link belongs to no account here. Sign in, and have a new link sent from “Email”.',
    else: 'This account is gone. Create a new one.',
  },
  user_blocked: 'This account is blocked. Ask support to open it again.',
  user_session_already_exists: 'You are signed in already. Load this page again to see your account.',
  user_session_not_found: 'That device is signed out already. Load this page again.',
  user_jwt_invalid: 'You are signed out. Sign in again.',
  user_jwt_and_cookie_set: 'This browser is signed in twice. Sign out, then sign in again.',
  user_password_reset_required: 'Your password must be changed first. Ask support for a reset.',
  user_more_factors_required: 'This needs your second step first. Load this page again, and confirm that it is you.',
  user_challenge_required:
    'Confirm this with your app, email or phone. If you lost your app, confirm your email address or a phone number first.',
  user_recovery_codes_already_exists: 'You have recovery codes already. Replace them if you lost them.',
  user_recovery_codes_not_readable: 'Recovery codes are shown once. If you lost them, replace them.',
  user_recovery_codes_not_found: 'You have no recovery codes yet. Create some first.',
  user_authenticator_not_found: 'No app is set up, or its set-up has expired. Set it up again.',
  user_authenticator_already_verified: 'An app is set up already. Remove it before you set up another.',
  user_email_not_found: 'Your account has no email address. Choose another way.',
  user_email_not_verified: 'Your email address is not confirmed yet. Choose another way.',
  user_phone_not_found: 'Your account has no phone number. Choose another way.',
  user_phone_not_verified: 'Your phone number is not confirmed yet. Choose another way.',
  user_email_already_verified: 'Your email address is confirmed already. There is nothing left to do.',
  user_phone_already_verified: 'Your phone number is confirmed already. There is nothing left to do.',
  user_factor_not_independent: 'You signed in this way already, so it proves nothing new. Choose another way.',
  user_mfa_required: 'Your account must keep two-step sign-in. Ask support if you need it changed.',
  user_auth_method_unsupported: 'This way is switched off here. Choose another way.',
  general_smtp_disabled: 'This server cannot send email now. Choose another way, or try again later.',
  general_phone_disabled: 'This server cannot send text messages now. Choose another way, or try again later.',
  general_unauthorized_scope: 'You are signed out. Sign in again.',
  general_argument_invalid: {
    name: 'Enter a name of letters, digits and signs that one can see.',
    email: 'Enter an email address, such as kim@example.com.',
    password: 'Enter a password of 8 characters or more.',
    phone: 'Enter the number with its country code, such as +44 7700 900123.',
    else: 'The server did not understand this. Check what you entered, then try again.',
  },
  general_bad_request: 'The server did not accept this. Check what you entered, then try again.',
  general_busy: 'The server is busy with your account. Try again in a few seconds.',
  general_server_error: 'Something went wrong on the server. Load this page again in a minute to see how things stand.',
  general_service_unavailable: 'The server cannot do this now. Try again in a minute.',
  general_unknown_origin:
    'This server does not take orders from this address. Open the page at the address of the server.',
  general_payload_too_large: 'That is too much text. Shorten it, then try again.',
  project_not_found: 'This page is set up for another server. Ask support.',
  general_rate_limit_exceeded: {
    app: `Too many tries. ${again}`,
    recovery: `Too many tries. ${again}`,
    email: `Too many tries or messages. ${again}`,
    phone: `Too many tries or messages. ${again}`,
    message: 'One was sent a moment ago, or many lately. Use the newest, or send another {when}.',
    'first-message': 'There were too many messages lately. Send it {when}.',
    link: 'Too many tries. Open the link again {when}.',
    else: 'Too many tries. Try again {when}.',
  },
  general_route_not_found: 'This server does not offer that. Choose another way.',
  page_no_answer: 'The server does not answer. Check your connection, then try again.',
  page_code_form: 'The code has 6 digits. Enter all of them; spaces do no harm.',
  page_recovery_form: 'Enter one whole recovery code, as it stands on your list.',
}

const fieldsByDoing = { 'sign-in': 'email', 'sign-up': 'email', address: 'email', number: 'phone' }

const fieldsByType = {
  user_invalid_token: 'code',
  page_code_form: 'code',
  page_recovery_form: 'code',
  user_invalid_credentials: 'password',
  user_already_exists: 'email',
}

/** The name of the field to mend; undefined where no other entry would help. */
export function fieldToMend({ type, param }, doing) {
  if (type === 'general_argument_invalid') return param === 'otp' ? 'code' : (param ?? fieldsByDoing[doing])
  if (type === 'user_target_already_exists') return fieldsByDoing[doing]
  return fieldsByType[type]
}

const unknown = sentences.general_server_error

/** The sentence for a refusal. `doing` says what the person was at, as named above. */
export function sentenceFor(error, doing) {
  if (error?.name !== 'ApiError') throw error
  const sentence = sentences[error.type] ?? unknown
  if (typeof sentence === 'string') return sentence
  const about = error.type === 'general_argument_invalid' ? fieldToMend(error, doing) : doing
  const when = error.retryAtMs === undefined ? 'in a few minutes' : tryAgainAt(error.retryAtMs)
  return (sentence[about] ?? sentence.else).replace('{when}', when)
}
