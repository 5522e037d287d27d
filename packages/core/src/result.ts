/** The one shape of every answer: a `Result`, and what its reasons mean over HTTP. */

import { isMfaError, type MfaError, type MfaErrorCode, MfaRefusedError } from './errors.js'
import type { Assessment, FactorKind, Offer } from './session/assessment.js'

/** Every reason a call can refuse for. Meaning, cause and cure of each: docs/errors.md. */
export type Reason =
  | 'unknown_session'
  | 'more_factors_required'
  | 'fresh_proof_required'
  | 'sign_in_again'
  | 'invalid_code'
  | 'throttled'
  | 'locked'
  | 'factor_not_available'
  | 'same_channel_as_sign_in'
  | 'invalid_address'
  | 'already_verified'
  | 'nothing_pending'
  | 'too_many_factors'
  | 'already_generated'
  | 'required_by_policy'
  | 'not_found'
  | 'busy'

/** What would satisfy a `fresh_proof_required`. */
export interface FreshProofNeeds {
  /** `first_factor`: `sessions.reauthenticate`. `second_factor`: a challenge, of a kind in `anyOf` when given. */
  readonly proof: 'first_factor' | 'second_factor'
  /** The kinds that would do; absent when any would. */
  readonly anyOf?: readonly FactorKind[]
}

/** A "no" that a host expects and handles. Nothing was granted. */
export interface Refusal<R extends Reason = Reason> {
  /** Tells a refusal from an answer. */
  readonly ok: false
  /** Why. */
  readonly reason: R
  /** When trying again can succeed, in milliseconds since the epoch. */
  readonly retryAtMs?: number
  /** Tries left on this challenge, pending confirmation, or before a lock. */
  readonly attemptsLeft?: number
  /** With `factor_not_available`: why. */
  readonly why?: 'none' | 'unverified' | 'disabled' | 'no_messenger' | 'key_unavailable'
  /** With `fresh_proof_required`: what would do. */
  readonly needs?: FreshProofNeeds
  /** With `fresh_proof_required`: how recent the proof must be; absent means any time in this session. */
  readonly maxAgeMs?: number
  /** With `fresh_proof_required`: the challenges that would do now. */
  readonly offers?: readonly Offer[]
  /** Where the session stands. On every refusal of a challenge. */
  readonly assessment?: Assessment
}

/** `ok: true` with the answer's own fields, or a refusal. */
export type Result<T = unknown, R extends Reason = Reason> = ({ readonly ok: true } & T) | Refusal<R>

/** Answers the fields of a success, or throws an `MfaRefusedError` that carries the refusal. */
export function unwrap<T>(result: Result<T>): { readonly ok: true } & T {
  if (result.ok) return result as { readonly ok: true } & T
  throw new MfaRefusedError(result as Refusal)
}

const statusOfReason: Readonly<Record<Reason, number>> = {
  unknown_session: 401,
  more_factors_required: 401,
  fresh_proof_required: 401,
  sign_in_again: 401,
  invalid_code: 401,
  throttled: 429,
  locked: 429,
  factor_not_available: 400,
  same_channel_as_sign_in: 400,
  invalid_address: 400,
  already_verified: 409,
  nothing_pending: 404,
  too_many_factors: 409,
  already_generated: 409,
  required_by_policy: 403,
  not_found: 404,
  busy: 503,
}

const statusOfCode: Readonly<Record<MfaErrorCode, number>> = {
  invalid_configuration: 500,
  invalid_argument: 400,
  store_failed: 503,
  store_misbehaved: 500,
  outcome_unknown: 503,
  undecodable_record: 500,
  unsupported_schema: 500,
  mfa_required: 401,
  refused: 400,
}

/** The HTTP status that fits a refusal's reason or an `MfaError`; 500 for anything else. */
export function httpStatusOf(reasonOrError: Reason | MfaError | unknown): number {
  if (typeof reasonOrError === 'string') {
    return Object.hasOwn(statusOfReason, reasonOrError) ? statusOfReason[reasonOrError as Reason] : 500
  }
  if (!isMfaError(reasonOrError)) return 500
  const reason = (reasonOrError as { reason?: unknown }).reason
  return typeof reason === 'string' ? httpStatusOf(reason) : (statusOfCode[reasonOrError.code] ?? 500)
}
