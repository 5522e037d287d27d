/** The one table (route, reason) -> error type; docs/http-errors.md is printed from it. */

import type { Reason, Refusal } from '@countersign/core'
import type { DialectErrorType } from './error-types.js'

/** A route of the handler, by method and path; the old paths go by the new names. */
export type RouteName =
  | 'POST /account/mfa/authenticators/{type}'
  | 'PUT /account/mfa/authenticators/{type}'
  | 'DELETE /account/mfa/authenticators/{type}'
  | 'POST /account/mfa/recovery-codes'
  | 'GET /account/mfa/recovery-codes'
  | 'PATCH /account/mfa/recovery-codes'
  | 'PATCH /account/mfa'
  | 'GET /account/mfa/factors'
  | 'POST /account/mfa/challenges'
  | 'PUT /account/mfa/challenges'
  | 'POST /account/verifications/email'
  | 'PUT /account/verifications/email'
  | 'POST /account/verifications/phone'
  | 'PUT /account/verifications/phone'

/** What every route answers to a reason, where it has no row of its own below. */
const everywhere: Readonly<Record<Reason, DialectErrorType>> = {
  unknown_session: 'general_unauthorized_scope',
  more_factors_required: 'user_more_factors_required',
  fresh_proof_required: 'user_challenge_required',
  sign_in_again: 'general_unauthorized_scope',
  invalid_code: 'user_invalid_token',
  throttled: 'general_rate_limit_exceeded',
  locked: 'general_rate_limit_exceeded',
  factor_not_available: 'user_auth_method_unsupported',
  same_channel_as_sign_in: 'user_factor_not_independent',
  invalid_address: 'general_argument_invalid',
  already_verified: 'general_bad_request',
  nothing_pending: 'general_bad_request',
  too_many_factors: 'user_authenticator_already_verified',
  already_generated: 'user_recovery_codes_already_exists',
  required_by_policy: 'user_mfa_required',
  not_found: 'general_bad_request',
  busy: 'general_busy',
}

/** A reason, or `factor_not_available` with its factor and why. */
type Case = Reason | `${'totp' | 'email' | 'phone' | 'recovery_code'} ${NonNullable<Refusal['why']>}`

const challengeCases: Readonly<Partial<Record<Case, DialectErrorType>>> = {
  'totp none': 'user_authenticator_not_found',
  'totp unverified': 'user_authenticator_not_found',
  'totp key_unavailable': 'general_service_unavailable',
  'email none': 'user_email_not_found',
  'email unverified': 'user_email_not_verified',
  'email no_messenger': 'general_smtp_disabled',
  'phone none': 'user_phone_not_found',
  'phone unverified': 'user_phone_not_verified',
  'phone no_messenger': 'general_phone_disabled',
  'recovery_code none': 'user_recovery_codes_not_found',
  'recovery_code key_unavailable': 'general_service_unavailable',
}

const byRoute: Readonly<Partial<Record<RouteName, Readonly<Partial<Record<Case, DialectErrorType>>>>>> = {
  'PUT /account/mfa/authenticators/{type}': { nothing_pending: 'user_authenticator_not_found' },
  'DELETE /account/mfa/authenticators/{type}': { not_found: 'user_authenticator_not_found' },
  'PATCH /account/mfa/recovery-codes': { not_found: 'user_recovery_codes_not_found' },
  'POST /account/mfa/challenges': challengeCases,
  'POST /account/verifications/email': {
    already_verified: 'user_email_already_verified',
    nothing_pending: 'user_email_not_found',
  },
  'POST /account/verifications/phone': {
    already_verified: 'user_phone_already_verified',
    nothing_pending: 'user_phone_not_found',
  },
}

/** One row of the table, `*` standing for every route. */
export interface RefusalRow {
  readonly route: RouteName | '*'
  readonly reason: string
  readonly type: DialectErrorType
}

export const refusalRows: readonly RefusalRow[] = [
  ...rowsOf('*', everywhere),
  ...(Object.keys(byRoute) as RouteName[]).flatMap((route) => rowsOf(route, byRoute[route] ?? {})),
]

function rowsOf(route: RouteName | '*', cases: Readonly<Partial<Record<Case, DialectErrorType>>>): RefusalRow[] {
  return Object.entries(cases).map(([reason, type]) => ({ route, reason, type }))
}

/** What any route answers to this reason. */
export function typeOfReason(reason: Reason): DialectErrorType {
  return everywhere[reason]
}

/** What this route answers to a refusal of the core. */
export function typeOfRefusal(
  route: RouteName,
  refusal: Pick<Refusal, 'reason' | 'why'>,
  factor?: string,
): DialectErrorType {
  const cases = byRoute[route] ?? {}
  const { reason, why } = refusal
  return cases[`${factor} ${why}` as Case] ?? cases[reason] ?? everywhere[reason]
}
