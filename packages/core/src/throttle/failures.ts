/** Failure counts: they live on the user and survive sessions, challenges and resends (X08, NIST 63B-4 3.1.3.2, 3.2.2). */

import type { Context, NoticeDraft } from '../decision.js'
import type { Policy } from '../policy/policy.js'
import type { MfaEventBody } from '../ports/events.js'
import type { FailureCount, MfaRecord } from '../record/record.js'
import type { FactorKind } from '../session/assessment.js'

const typedKinds: readonly FactorKind[] = ['totp', 'email', 'phone']
const noFailures: FailureCount = { failures: 0, lastAtMs: 0 }

/** Counting a failure may lock factors and tell the user. */
export interface CountedFailure {
  readonly record: MfaRecord
  readonly events: readonly MfaEventBody[]
  readonly notices: readonly NoticeDraft[]
}

/** When this kind may be tried again, or `undefined` when no wait runs. */
export function waitUntilMs(
  record: MfaRecord,
  kind: FactorKind,
  ctx: Pick<Context, 'policy' | 'nowMs'>,
): number | undefined {
  const { failures, lastAtMs } = record.throttles[kind] ?? noFailures
  const until = lastAtMs + waitAfter(failures, ctx.policy)
  return ctx.nowMs < until ? until : undefined
}

/** No wait below the threshold; from there 30 s, doubling, up to an hour (with the default policy). */
function waitAfter(failures: number, policy: Policy): number {
  const doublings = failures - policy.backoffFromFailure
  return doublings < 0 ? 0 : Math.min(policy.backoffFirstWaitMs * 2 ** doublings, policy.backoffMaxWaitMs)
}

/** Counts one failed try of a kind: locks it, or all typed kinds, at the limit; tells the user once per streak. */
export function countFailure(
  record: MfaRecord,
  kind: FactorKind,
  ctx: Context,
  isReplay: boolean,
): CountedFailure & { readonly failuresLeft: number } {
  const before = record.throttles[kind] ?? noFailures
  const failures = before.failures + 1
  const isTyped = kind !== 'recovery_code'
  const total = record.throttles.total + (isTyped ? 1 : 0)
  const tells = !before.noticed && (isReplay || failures >= ctx.policy.noticeAtFailure)
  const count: FailureCount = { failures, lastAtMs: ctx.nowMs, ...((tells || before.noticed) && { noticed: true }) }
  const locksAll = isTyped && total >= ctx.policy.lockAllAfterFailures
  const counted = { ...record, throttles: { ...record.throttles, [kind]: count, total: locksAll ? 0 : total } }
  const notices: NoticeDraft[] = tells
    ? [{ notice: isReplay ? 'code_replayed' : 'repeated_failures', details: { factor: kind, failures } }]
    : []

  const failuresLeft = locksAll ? 0 : Math.max(ctx.policy.lockAfterFailures - failures, 0)
  const locked = lockKinds(counted, locksAll ? typedKinds : failuresLeft === 0 ? [kind] : [])
  return { ...locked, notices: [...notices, ...locked.notices], failuresLeft }
}

/** A failed confirmation of something pending counts on that and in the total, never on the active factors of its kind. */
export function countPendingFailure(record: MfaRecord, ctx: Context): CountedFailure {
  const total = record.throttles.total + 1
  const locksAll = total >= ctx.policy.lockAllAfterFailures
  const counted = { ...record, throttles: { ...record.throttles, total: locksAll ? 0 : total } }
  return lockKinds(counted, locksAll ? typedKinds : [])
}

/**
 * Locking marks the factors, not the kind: an app enrolled anew after a recovery sign-in is not locked. The
 * counts start again, since what they guarded cannot be tried any more.
 */
function lockKinds(record: MfaRecord, kinds: readonly FactorKind[]): CountedFailure {
  // Codes that are missing, or locked already, are never tried.
  const isActiveOf = (kind: FactorKind): boolean =>
    kind === 'recovery_code' || record.factors.some((factor) => factor.kind === kind && factor.status === 'active')
  const affected = kinds.filter(isActiveOf)
  return {
    record: {
      ...kinds.reduce(resetCount, record),
      factors: record.factors.map((factor) =>
        factor.status === 'active' && kinds.includes(factor.kind) ? { ...factor, status: 'locked' } : factor,
      ),
      ...(record.recovery && kinds.includes('recovery_code') && { recovery: { ...record.recovery, locked: true } }),
    },
    events: affected.map((factor) => ({ type: 'factor.locked', factor })),
    notices: affected.map((factor) => ({ notice: 'factor_locked', details: { factor } }) as const),
  }
}

/** A success resets its own kind, and the total unless it was a recovery code (NIST 63B-4, 3.2.2). */
export function resetFailures(record: MfaRecord, kind: FactorKind): MfaRecord {
  const reset = resetCount(record, kind)
  return kind === 'recovery_code' ? reset : { ...reset, throttles: { ...reset.throttles, total: 0 } }
}

function resetCount(record: MfaRecord, kind: FactorKind): MfaRecord {
  const { [kind]: _, ...throttles } = record.throttles
  return { ...record, throttles }
}
