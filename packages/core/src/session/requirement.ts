/** What an action may demand beyond a satisfied session, judged also where MFA is not enforced. */

import type { Assessment, FactorKind, Level, Missing, Offer, Proof, Requirement } from './assessment.js'
import { factorTable } from './methods.js'

const rank: Readonly<Record<Level, number>> = { none: 0, aal1: 1, aal2: 2 }

/**
 * True when this assessment meets the requirement at `nowMs`.
 *
 * With `anyOf` the newest counting proof of one of those kinds must be within `maxAgeMs`, bound inclusive. Without
 * it the newest independent second-factor proof if MFA is enforced or `level` is `aal2`, else the newest
 * first-factor proof: a first-factor proof never freshens a second. An earlier `nowMs` than the assessment's, or one
 * after the session's end, is false.
 *
 * @param nowMs milliseconds since the epoch; default: when the assessment was made
 */
export function meets(
  assessment: Assessment,
  requirement: Requirement,
  nowMs: number = assessment.assessedAtMs,
): boolean {
  if (!assessment.satisfied || !(nowMs >= assessment.assessedAtMs)) return false
  if (assessment.validUntilMs !== undefined && nowMs >= assessment.validUntilMs) return false
  return shortfallOf(assessment, requirement, nowMs) === undefined
}

/** Lays a requirement over an assessment of the session alone. */
export function withRequirement(base: Assessment, requirement: Requirement): Assessment {
  if (!base.satisfied) return base
  const missing = shortfallOf(base, requirement, base.assessedAtMs)
  if (missing === undefined) return base
  // The level is missing only where the sign-in cannot carry it, which no further second factor changes.
  const offers =
    missing.what === 'level'
      ? []
      : base.offers.filter(({ factor, notAccepted }) => !notAccepted && countsFor(factor, requirement))
  return { ...base, satisfied: false, next: nextFor(missing, base, offers), missing: [missing], offers }
}

function shortfallOf(assessment: Assessment, requirement: Requirement, nowMs: number): Missing | undefined {
  const { level = 'none', maxAgeMs } = requirement
  if (assessment.proofs.length === 0 && asksAnything(requirement)) return { what: 'session', why: 'unknown' }
  const demandsSecond = isSecondDemanded(assessment, requirement)
  const what: Missing['what'] = demandsSecond ? 'second_factor' : 'first_factor'
  const proofs = assessment.proofs.filter((proof) =>
    demandsSecond ? isAcceptableSecond(proof, requirement) : proof.origin === 'sign_in',
  )
  if (demandsSecond || maxAgeMs !== undefined) {
    if (proofs.length === 0) return { what, why: 'missing' }
    const newestAtMs = Math.max(...proofs.map(({ atMs }) => atMs))
    if (maxAgeMs !== undefined && !(nowMs - newestAtMs <= maxAgeMs)) return { what, why: 'expired' }
  }
  return rank[assessment.level] >= rank[level] ? undefined : { what: 'level', why: 'missing' }
}

function isSecondDemanded(assessment: Assessment, { anyOf, level, origin, purpose, maxAgeMs }: Requirement): boolean {
  if (anyOf !== undefined || origin !== undefined || purpose !== undefined || level === 'aal2') return true
  return assessment.enforced && maxAgeMs !== undefined
}

function isAcceptableSecond(proof: Proof, requirement: Requirement): boolean {
  const { anyOf, origin, purpose } = requirement
  if (!proof.independent || proof.notAccepted) return false
  if (origin !== undefined && proof.origin !== origin) return false
  if (purpose !== undefined && proof.purpose !== purpose) return false
  // The only independent sign-in proof is a user-verified passkey.
  return proof.origin === 'sign_in' ? anyOf === undefined : countsFor(proof.name as FactorKind, requirement)
}

/** `recovery_code` counts only where it is named; a weaker proof never freshens a stronger one (X20). */
function countsFor(kind: FactorKind, { anyOf, level = 'none' }: Requirement): boolean {
  const isNamed = anyOf === undefined ? kind !== 'recovery_code' : anyOf.includes(kind)
  return isNamed && rank[factorTable[kind].level] >= rank[level]
}

function asksAnything(requirement: Requirement): boolean {
  return Object.values(requirement).some((value) => value !== undefined && value !== 'none')
}

function nextFor(missing: Missing, base: Assessment, offers: readonly Offer[]): Assessment['next'] {
  if (missing.what === 'first_factor' || missing.what === 'session') return 'sign_in'
  if (missing.what === 'level') return 'other_sign_in_method'
  if (offers.length > 0) return 'second_factor'
  return base.enforced ? 'other_sign_in_method' : 'enroll'
}
