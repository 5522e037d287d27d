/** Every error type of the dialect with its status and words, and the answers and refusals made of them. */

import type { Reason } from '@countersign/core'
import { typeOfReason } from './refusals.js'

/** The release of the reference server whose wire facts this dialect follows; every error names it. */
export const dialectVersion = '1.9.6'

/** What `body.type` of an error can be, and what clients branch on. */
export type DialectErrorType =
  | 'general_argument_invalid'
  | 'general_bad_request'
  | 'general_busy'
  | 'general_phone_disabled'
  | 'general_rate_limit_exceeded'
  | 'general_route_not_found'
  | 'general_server_error'
  | 'general_service_unavailable'
  | 'general_smtp_disabled'
  | 'general_unauthorized_scope'
  | 'general_unknown_origin'
  | 'project_not_found'
  | 'user_already_exists'
  | 'user_auth_method_unsupported'
  | 'user_authenticator_already_verified'
  | 'user_authenticator_not_found'
  | 'user_blocked'
  | 'user_challenge_required'
  | 'user_email_already_verified'
  | 'user_email_not_found'
  | 'user_email_not_verified'
  | 'user_factor_not_independent'
  | 'user_invalid_credentials'
  | 'user_invalid_token'
  | 'user_jwt_and_cookie_set'
  | 'user_jwt_invalid'
  | 'user_mfa_required'
  | 'user_more_factors_required'
  | 'user_not_found'
  | 'user_password_reset_required'
  | 'user_phone_already_exists'
  | 'user_phone_already_verified'
  | 'user_phone_not_found'
  | 'user_phone_not_verified'
  | 'user_recovery_codes_already_exists'
  | 'user_recovery_codes_not_found'
  | 'user_recovery_codes_not_readable'
  | 'user_session_already_exists'
  | 'user_session_not_found'
  | 'user_target_already_exists'

const types: Readonly<Record<DialectErrorType, readonly [status: number, words: string]>> = {
  general_argument_invalid: [400, 'The request has an invalid or missing parameter.'],
  general_bad_request: [400, 'The request cannot be carried out.'],
  general_busy: [503, 'Too many requests for this account at once. Nothing changed. Try again shortly.'],
  general_phone_disabled: [503, 'The text message could not be sent.'],
  general_rate_limit_exceeded: [429, 'Too many tries. Wait before the next one.'],
  general_route_not_found: [404, 'There is no such route.'],
  general_server_error: [500, 'The server could not carry out the request.'],
  general_service_unavailable: [503, 'The server cannot carry out the request now. Try again shortly.'],
  general_smtp_disabled: [503, 'The email could not be sent.'],
  general_unauthorized_scope: [401, 'User (role: guests) missing scopes (["account"])'],
  general_unknown_origin: [403, 'This origin is not allowed to call the server.'],
  project_not_found: [404, 'There is no such project.'],
  user_already_exists: [409, 'There is a user with this id, email address or phone number.'],
  user_auth_method_unsupported: [501, 'This factor or sign-in method is not available here.'],
  user_authenticator_already_verified: [409, 'An authenticator app is set up. Remove it first.'],
  user_authenticator_not_found: [404, 'There is no authenticator app.'],
  user_blocked: [403, 'This user is blocked.'],
  user_challenge_required: [401, 'This needs a recently completed challenge, or a recent sign-in.'],
  user_email_already_verified: [409, 'The email address is verified.'],
  user_email_not_found: [400, 'The account has no email address.'],
  user_email_not_verified: [400, 'The email address is not verified.'],
  user_factor_not_independent: [400, 'This factor would prove nothing that the sign-in has not. Choose another.'],
  user_invalid_credentials: [401, 'Wrong email address or password.'],
  user_invalid_token: [401, 'Invalid token passed in the request.'],
  user_jwt_and_cookie_set: [403, 'Send a token or a cookie, not both.'],
  user_jwt_invalid: [401, 'The token is not valid.'],
  user_mfa_required: [403, 'This account must keep its second factor.'],
  user_more_factors_required: [401, 'More factors are required to complete the sign in process.'],
  user_not_found: [404, 'There is no such user.'],
  user_password_reset_required: [412, 'The password must be changed first.'],
  user_phone_already_exists: [409, 'There is a user with this phone number.'],
  user_phone_already_verified: [409, 'The phone number is verified.'],
  user_phone_not_found: [400, 'The account has no phone number.'],
  user_phone_not_verified: [400, 'The phone number is not verified.'],
  user_recovery_codes_already_exists: [409, 'There are recovery codes. Regenerate them instead.'],
  user_recovery_codes_not_found: [404, 'There are no recovery codes.'],
  user_recovery_codes_not_readable: [501, 'Recovery codes are shown once, when made, and cannot be read again.'],
  user_session_already_exists: [401, 'There is a session. Sign out first.'],
  user_session_not_found: [404, 'There is no such session.'],
  user_target_already_exists: [409, 'There is a user with this address.'],
}

export const errorTypes: readonly DialectErrorType[] = Object.keys(types) as DialectErrorType[]

export function statusOf(type: DialectErrorType): number {
  return types[type][0]
}

/** What an error of this type says where nothing more is known. */
export function wordsOf(type: DialectErrorType): string {
  return types[type][1]
}

/** What an error answer can say beyond its type. */
export interface ErrorResponseOptions {
  /** In place of the type's own words. Never a value of the caller or of the host. */
  readonly message?: string
  /** Becomes `Retry-After`, in whole seconds, at least 1. */
  readonly retryAfterMs?: number
  /** Laid on the answer. */
  readonly headers?: Headers | Readonly<Record<string, string>>
}

/** An error in the dialect: for a reason of the core, its type of every route; else the type named. */
export function errorResponse(reasonOrType: Reason | DialectErrorType, options: ErrorResponseOptions = {}): Response {
  const type = isErrorType(reasonOrType) ? reasonOrType : typeOfReason(reasonOrType)
  const [status, words] = types[type]
  const { message = words, retryAfterMs } = options
  const headers = new Headers(options.headers)
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  return jsonResponse({ message, code: status, type, version: dialectVersion }, status, headers)
}

function isErrorType(name: string): name is DialectErrorType {
  return Object.hasOwn(types, name)
}

export const noStore = 'no-cache, no-store, must-revalidate'

/** An answer of the dialect, which nobody may keep. */
export function jsonResponse(body: unknown, status = 200, headers: Headers = new Headers()): Response {
  headers.set('content-type', 'application/json; charset=UTF-8')
  headers.set('cache-control', noStore)
  return new Response(JSON.stringify(body), { status, headers })
}

/** Thrown inside the handler to answer with an error; never leaves it. */
export class HttpRefusal extends Error {
  readonly type: DialectErrorType
  readonly options: ErrorResponseOptions

  constructor(type: DialectErrorType, options: ErrorResponseOptions = {}) {
    super(options.message ?? types[type][1])
    this.name = 'HttpRefusal'
    this.type = type
    this.options = options
  }

  get status(): number {
    return statusOf(this.type)
  }
}

/** A parameter that is missing or has a wrong form; names it, never its value. */
export function invalidParameter(name: string, expected: string): HttpRefusal {
  return new HttpRefusal('general_argument_invalid', { message: `Invalid \`${name}\` param: must be ${expected}.` })
}
