/** How long a refused client should wait: what `Retry-After` says. */

import type { Mfa, Refusal } from '@countersign/core'

/** Milliseconds. A wait without an end of its own is a lock that only help lifts, or the host's own limiter. */
export function retryAfterMs(refusal: Refusal, mfa: Mfa, nowMs: number | undefined): number {
  const atMs = nowMs ?? refusal.assessment?.assessedAtMs
  if (refusal.retryAtMs !== undefined && atMs !== undefined) return refusal.retryAtMs - atMs
  return refusal.reason === 'locked' ? mfa.policy.backoffMaxWaitMs : mfa.policy.resendCooldownMs
}
