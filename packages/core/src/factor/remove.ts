/** Taking factors away. The last usable one takes MFA and the recovery codes with it, by a stronger proof. */

import { accept, type Context, type Decision, type NoticeDraft, refuse } from '../decision.js'
import type { MfaEventBody } from '../ports/events.js'
import { byId, withFactor, without, withoutFactor, withoutPending } from '../record/change.js'
import type { Factor, MfaRecord } from '../record/record.js'
import { assess } from '../session/assess.js'
import type { FactorKind } from '../session/assessment.js'
import type { Assessed } from '../session/begin.js'
import { type FreshnessDemand, requireFresh } from '../session/gates.js'
import { withoutRecoveryProofs } from '../session/ledger.js'
import { hasAppAtStake } from '../session/strength.js'
import { demandToSwitchOff } from './opt-in.js'
import { hasLastingFactor, hasUsableFactor, isTotp } from './usable.js'

/** One factor by its id, or all of a kind in one save. */
export type FactorSelection = { readonly factorId: string } | { readonly kind: Exclude<FactorKind, 'recovery_code'> }

export function removeFactors(record: MfaRecord, input: FactorSelection, ctx: Context): Decision<Assessed> {
  const targets = selectFactors(record, input)
  const gate = requireFresh(record, ctx, demandToRemove(record, targets, ctx))
  if (!gate.ok) return refuse(gate)
  const pending = 'factorId' in input ? byId(record.pending, input.factorId) : undefined
  if (pending?.startedBy === gate.session.ref) {
    const next = withoutPending(record, pending.id)
    return accept(next, { assessment: assess(next, ctx.acting, ctx) })
  }
  if (targets.length === 0) return refuse('not_found')
  if (isRequired(record, targets, ctx)) return refuse('required_by_policy')
  const taken = takeAway(record, targets, ctx)
  return accept(taken.record, { assessment: assess(taken.record, ctx.acting, ctx) }, taken)
}

/** What a proof must be to remove these: an app (or a recovery code) for an app, never a recovery code for the last. */
function demandToRemove(record: MfaRecord, targets: readonly Factor[], ctx: Context): FreshnessDemand {
  if (targets.length > 0 && !hasUsableFactor(targets.reduce(withoutFactor, record), ctx))
    return demandToSwitchOff(record, ctx)
  return targets.some(isTotp) && hasAppAtStake(record, ctx)
    ? { anyOf: ['totp', 'recovery_code'], asStrongAsApp: true }
    : {}
}

function selectFactors(record: MfaRecord, input: FactorSelection): readonly Factor[] {
  return record.factors.filter((factor) =>
    'kind' in input ? factor.kind === input.kind : factor.id === input.factorId,
  )
}

/** True when the host demands MFA and nothing usable would be left: an administrator resets instead. */
export function isRequired(record: MfaRecord, targets: readonly Factor[], ctx: Context): boolean {
  return ctx.enforcement.mfa === 'required' && !hasUsableFactor(targets.reduce(withoutFactor, record), ctx)
}

export interface TakenAway {
  readonly record: MfaRecord
  readonly events: readonly MfaEventBody[]
  readonly notices: readonly NoticeDraft[]
}

/** Removes the factors with their challenges; with the last one also the opt-in and the recovery codes. */
export function takeAway(record: MfaRecord, targets: readonly Factor[], ctx: Context): TakenAway {
  const remaining = targets.reduce(withoutFactor, record)
  const events = targets.map(({ kind, id }) => ({ type: 'factor.removed', factor: kind, factorId: id }) as const)
  const notices = targets.map(
    ({ kind, label }) =>
      ({ notice: 'factor_removed', details: { factor: kind, ...(label !== undefined && { label }) } }) as const,
  )
  if (hasLastingFactor(remaining, ctx)) return { record: remaining, events, notices }
  const wasOn = record.optedInAtMs !== undefined
  return {
    record: withoutRecoveryProofs(without(remaining, 'optedInAtMs', 'recovery')),
    events: [...events, ...(wasOn ? [{ type: 'mfa.disabled', by: 'last_factor_removed' } as const] : [])],
    notices: [...notices, ...(wasOn ? [{ notice: 'mfa_disabled' } as const] : [])],
  }
}

/** `factors.rename`: gives a factor a validated label. */
export function renameFactor(
  record: MfaRecord,
  input: { readonly factorId: string; readonly label: string },
  ctx: Context,
): Decision<Assessed> {
  const gate = requireFresh(record, ctx)
  if (!gate.ok) return refuse(gate)
  const factor = byId(record.factors, input.factorId)
  if (factor === undefined) return refuse('not_found')
  const next = withFactor(record, { ...factor, label: input.label })
  return accept(
    next,
    { assessment: assess(next, ctx.acting, ctx) },
    { events: [{ type: 'factor.renamed', factor: factor.kind, factorId: factor.id }] },
  )
}
