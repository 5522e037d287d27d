/** Whether MFA is demanded of a user: opted in or required, and a factor exists. Computed, never stored (X45). */

import type { Context } from '../decision.js'
import { existingFactors } from '../factor/usable.js'
import type { MfaRecord } from '../record/record.js'

/** `enforced`: a second proof is demanded. `must_enroll`: required, but nothing to prove. `grace`: the same, later. */
export type Demand = 'none' | 'enforced' | 'must_enroll' | 'grace'

export function demandOn(record: MfaRecord, ctx: Context): Demand {
  const required = ctx.enforcement.mfa === 'required'
  if (existingFactors(record, ctx).length > 0) {
    return required || record.optedInAtMs !== undefined ? 'enforced' : 'none'
  }
  if (!required) return 'none'
  const { requiredFromMs } = ctx.enforcement
  const inGrace = requiredFromMs !== undefined && ctx.nowMs < requiredFromMs
  // Grace is for users who never had a factor: removing one does not open it again.
  return inGrace && record.factorEverAtMs === undefined ? 'grace' : 'must_enroll'
}

export function isEnforced(record: MfaRecord, ctx: Context): boolean {
  return demandOn(record, ctx) === 'enforced'
}
