/** Which factors a user has, which count as existing, and which can be used now. */

import type { Context } from '../decision.js'
import { isKindEnabled } from '../policy/policy.js'
import type { Factor, MfaRecord, RecoveryCode, RecoverySet, TotpFactor } from '../record/record.js'
import type { FactorKind } from '../session/assessment.js'

/** Why a factor cannot be used now. */
export type Unusable = 'locked' | 'withdrawn' | 'disabled' | 'no_messenger' | 'key_unavailable'

/** `undefined` when the factor can be proven now. */
export function unusableBecause(factor: Factor, ctx: Context): Unusable | undefined {
  if (factor.status !== 'active') return factor.status
  if (!isKindEnabled(ctx.policy, factor.kind)) return 'disabled'
  if (factor.kind === 'totp') {
    return ctx.keys.subkey(factor.secret.key, 'seal') === undefined ? 'key_unavailable' : undefined
  }
  return ctx.hasMessenger ? undefined : 'no_messenger'
}

/**
 * The factors that make MFA enforceable: active, locked, withdrawn, disallowed alike, so that none of these ever
 * means "no MFA needed" (X45). A contact of a kind that the policy switched off still counts where it was proven, or
 * where the user opted in with it; one that the policy never let be a factor is only a contact.
 */
export function existingFactors(record: MfaRecord, ctx: Context): readonly Factor[] {
  const isOptedIn = record.optedInAtMs !== undefined
  return record.factors.filter(
    (factor) =>
      isTotp(factor) ||
      isKindEnabled(ctx.policy, factor.kind) ||
      factor.lastUsedAtMs !== undefined ||
      (isOptedIn && factor.wasFactor === true),
  )
}

/** True when a user demanded to prove a second factor could do so now. */
export function hasUsableFactor(record: MfaRecord, ctx: Context): boolean {
  return record.factors.some((factor) => unusableBecause(factor, ctx) === undefined)
}

/** True when something is left that keeps MFA on: also what is locked or cannot be used just now, not what was withdrawn. */
export function hasLastingFactor(record: MfaRecord, ctx: Context): boolean {
  return record.factors.some((factor) => factor.status !== 'withdrawn' && isKindEnabled(ctx.policy, factor.kind))
}

export function isTotp(factor: Factor): factor is TotpFactor {
  return factor.kind === 'totp'
}

/** True when the host accepts this kind of factor; recovery codes are judged by the caller. */
export function isAllowedKind(kind: FactorKind, ctx: Context): boolean {
  return ctx.enforcement.allowedFactors === undefined || ctx.enforcement.allowedFactors.includes(kind)
}

/** Those that the host accepts and that can be proven, or could before a lock: anyone with the password can lock one. */
export function acceptedFactors(record: MfaRecord, ctx: Context): readonly Factor[] {
  return existingFactors(record, ctx).filter(
    (factor) =>
      isAllowedKind(factor.kind, ctx) &&
      factor.status !== 'withdrawn' &&
      unusableBecause({ ...factor, status: 'active' }, ctx) === undefined,
  )
}

/** Recovery codes that are left and can be checked: none while the set is locked or its key is gone. */
export function usableRecoveryCodes(record: MfaRecord, ctx: Context): number {
  const set = record.recovery
  if (set === undefined || set.locked || ctx.keys.subkey(set.key, 'recovery') === undefined) return 0
  return unusedCodes(set).length
}

export function unusedCodes({ codes }: RecoverySet): readonly RecoveryCode[] {
  return codes.filter(({ usedAtMs }) => usedAtMs === undefined)
}
