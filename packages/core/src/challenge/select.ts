/** Whether a factor may be challenged in this session now, and which factors that means. */

import type { Context } from '../decision.js'
import { unusableBecause, usableRecoveryCodes } from '../factor/usable.js'
import { isKindEnabled } from '../policy/policy.js'
import type { Factor, MfaRecord, Session } from '../record/record.js'
import type { Refusal } from '../result.js'
import type { FactorKind } from '../session/assessment.js'
import { isIndependent } from '../session/independence.js'

export type Selection =
  | { readonly ok: true; readonly factors: readonly Factor[] }
  | Refusal<'factor_not_available' | 'locked' | 'same_channel_as_sign_in'>

/** The factors of this kind (or the one named) that can be proven; recovery codes are no factors and select none. */
export function selectFactors(
  record: MfaRecord,
  kind: FactorKind,
  factorId: string | undefined,
  session: Session,
  ctx: Context,
): Selection {
  if (kind === 'recovery_code') return selectRecovery(record, ctx)
  if (!isKindEnabled(ctx.policy, kind)) return notAvailable('disabled')
  const candidates = record.factors.filter(
    (each) => each.kind === kind && (factorId === undefined || each.id === factorId),
  )
  if (candidates.length === 0) {
    const isPending = record.pending.some((each) => each.kind === kind && each.startedBy === session.ref)
    return notAvailable(isPending ? 'unverified' : 'none')
  }
  const factors = candidates.filter((factor) => unusableBecause(factor, ctx) === undefined)
  if (factors.length === 0) return whyNone(candidates, ctx)
  // Judged at offer, at creation and again at completion (R4, X19).
  if (!isIndependent(kind, session.entries, record, ctx)) return { ok: false, reason: 'same_channel_as_sign_in' }
  return { ok: true, factors }
}

function selectRecovery(record: MfaRecord, ctx: Context): Selection {
  if (usableRecoveryCodes(record, ctx) > 0) return { ok: true, factors: [] }
  const set = record.recovery
  if (set?.locked) return { ok: false, reason: 'locked' }
  const isKeyGone = set !== undefined && ctx.keys.subkey(set.key, 'recovery') === undefined
  return notAvailable(isKeyGone ? 'key_unavailable' : 'none')
}

function whyNone(candidates: readonly Factor[], ctx: Context): Selection {
  const reasons = candidates.map((factor) => unusableBecause(factor, ctx))
  if (reasons.includes('locked')) return { ok: false, reason: 'locked' }
  if (reasons.includes('no_messenger')) return notAvailable('no_messenger')
  return notAvailable(reasons.includes('key_unavailable') ? 'key_unavailable' : 'none')
}

function notAvailable(why: NonNullable<Refusal['why']>): Selection {
  return { ok: false, reason: 'factor_not_available', why }
}
