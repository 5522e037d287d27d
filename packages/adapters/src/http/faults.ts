/** What was thrown, as an answer: a refusal says its type, a fault nothing but that it happened (ASVS 16.5.1). */

import { httpStatusOf, isMfaError, type Mfa, type MfaRefusedError, type MfaRequiredError } from '@countersign/core'
import { errorResponse, HttpRefusal } from './error-types.js'
import type { Settings } from './options.js'
import { typeOfReason } from './refusals.js'
import { retryAfterMs } from './waits.js'

export function answerFor<C>(error: unknown, settings: Pick<Settings<C>, 'onError' | 'mfa'>, ctx: C): Response {
  if (error instanceof HttpRefusal) {
    if (error.status >= 503) reportFault(error, settings, ctx)
    return errorResponse(error.type, error.options)
  }
  if (isMfaError(error) && error.code === 'refused') return answerToRefusal(error as MfaRefusedError, settings.mfa)
  if (isMfaError(error) && error.code === 'mfa_required') return errorResponse(typeOfDemand(error as MfaRequiredError))
  reportFault(error, settings, ctx)
  // A fault of the calling code is not the client's: what a client sends is checked before the core hears of it.
  return errorResponse(httpStatusOf(error) === 503 ? 'general_service_unavailable' : 'general_server_error')
}

/** What the host's own `unwrap` threw. */
function answerToRefusal({ refusal }: MfaRefusedError, mfa: Mfa): Response {
  const type = typeOfReason(refusal.reason)
  const waits = type === 'general_rate_limit_exceeded'
  return errorResponse(type, waits ? { retryAfterMs: retryAfterMs(refusal, mfa, undefined) } : {})
}

/** What the host's own `sessions.require` missed. */
function typeOfDemand({ assessment: { next, missing } }: MfaRequiredError) {
  if (missing.some(({ what }) => what === 'enforcement')) return 'general_service_unavailable'
  if (missing.some(({ why }) => why === 'expired')) return 'user_challenge_required'
  return next === 'sign_in' ? 'general_unauthorized_scope' : 'user_more_factors_required'
}

/** Tells the host. */
export function reportFault<C>(error: unknown, { onError }: Pick<Settings<C>, 'onError'>, ctx: C): void {
  try {
    onError?.(error, ctx)
  } catch {
    // A throwing listener changes no answer.
  }
}
