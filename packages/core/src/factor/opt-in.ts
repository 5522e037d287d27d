/** Switching MFA on and off. Switching on grants nothing; switching off needs a proof by a real factor (X12). */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { without } from '../record/change.js'
import type { MfaRecord, Session } from '../record/record.js'
import { assess } from '../session/assess.js'
import type { Assessment } from '../session/assessment.js'
import { isEnforced } from '../session/enforced.js'
import { type FreshnessDemand, requireFresh } from '../session/gates.js'
import { offersFor } from '../session/offers.js'
import { hasAppAtStake } from '../session/strength.js'
import { existingFactors, isTotp, usableRecoveryCodes } from './usable.js'

/** What a user who switches MFA on should be told. */
export type EnableWarning =
  | 'no_factor'
  | 'no_recovery_codes'
  | 'only_same_channel'
  | 'codes_from_another_session'
  | 'contact_from_another_session'
  | 'app_from_another_session'

/** The answer of `enable` and `disable`. */
export interface Switched {
  /** Whether a second factor is demanded of the user now; false also right after `enable` without any factor. */
  readonly enforced: boolean
  /** Where the session stands now. */
  readonly assessment: Assessment
  /** What to tell the user who switched MFA on. */
  readonly warnings: readonly EnableWarning[]
}

export function enableMfa(record: MfaRecord, _input: unknown, ctx: Context): Decision<Switched> {
  const gate = requireFresh(record, ctx)
  if (!gate.ok) return refuse(gate)
  const warnings = enableWarnings(record, gate.session, ctx)
  if (record.optedInAtMs !== undefined) return accept(null, switched(record, warnings, ctx))
  const next = { ...record, optedInAtMs: ctx.nowMs, everOptedInAtMs: record.everOptedInAtMs ?? ctx.nowMs }
  return accept(next, switched(next, warnings, ctx), {
    events: [{ type: 'mfa.enabled', warnings }],
    notices: [{ notice: 'mfa_enabled', details: { warnings } }],
  })
}

export function disableMfa(record: MfaRecord, _input: unknown, ctx: Context): Decision<Switched> {
  const gate = requireFresh(record, ctx, demandToSwitchOff(record, ctx))
  if (!gate.ok) return refuse(gate)
  if (ctx.enforcement.mfa === 'required') return refuse('required_by_policy')
  if (record.optedInAtMs === undefined) return accept(null, switched(record, [], ctx))
  const next = without(record, 'optedInAtMs')
  return accept(next, switched(next, [], ctx), {
    events: [{ type: 'mfa.disabled', by: 'user' }],
    notices: [{ notice: 'mfa_disabled' }],
  })
}

/** Never a recovery code; an authenticator app where one is at stake, unless the policy takes any factor. */
export function demandToSwitchOff(record: MfaRecord, ctx: Context): FreshnessDemand {
  return hasAppAtStake(record, ctx) ? { anyOf: ['totp'], asStrongAsApp: true } : { anyOf: ['totp', 'phone', 'email'] }
}

export function enableWarnings(record: MfaRecord, session: Session, ctx: Context): readonly EnableWarning[] {
  const factors = existingFactors(record, ctx)
  const canProve = offersFor(session.entries, record, ctx).some(({ factor }) => factor !== 'recovery_code')
  const isForeign = (ref: string | undefined): boolean => ref !== undefined && ref !== session.ref
  const foreign = factors.filter(({ confirmedBy }) => isForeign(confirmedBy))
  const warnings: Readonly<Record<EnableWarning, boolean>> = {
    no_factor: factors.length === 0,
    no_recovery_codes: usableRecoveryCodes(record, ctx) === 0,
    only_same_channel: factors.length > 0 && !canProve,
    codes_from_another_session: isForeign(record.recovery?.createdBy),
    contact_from_another_session: foreign.some((factor) => !isTotp(factor)),
    app_from_another_session: foreign.some(isTotp),
  }
  return (Object.keys(warnings) as EnableWarning[]).filter((warning) => warnings[warning])
}

function switched(record: MfaRecord, warnings: readonly EnableWarning[], ctx: Context): Switched {
  return { enforced: isEnforced(record, ctx), assessment: assess(record, ctx.acting, ctx), warnings }
}
