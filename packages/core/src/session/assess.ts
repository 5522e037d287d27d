/** Is this session good enough? The pure answer, from record and context alone (what each proof is worth: docs/methods.md). */

import type { Context } from '../decision.js'
import { acceptedFactors, existingFactors, isAllowedKind, unusableBecause } from '../factor/usable.js'
import type { LedgerEntry, MfaRecord, Session } from '../record/record.js'
import type { Assessment, FactorKind, Level, Missing, Offer, Proof, Requirement } from './assessment.js'
import { type Demand, demandOn } from './enforced.js'
import { isIndependent, signInEntries, signInMedia } from './independence.js'
import { countingEntries, endOf, isVerifiedPasskey, liveSession } from './ledger.js'
import { factorTable, standingOfMethod } from './methods.js'
import { offersFor } from './offers.js'
import { withRequirement } from './requirement.js'

/** Assesses the session of this hash; with a requirement, `satisfied` speaks for both. */
export function assess(
  record: MfaRecord,
  sessionHash: string | undefined,
  ctx: Context,
  requirement?: Requirement,
): Assessment {
  const session = liveSession(record, sessionHash, ctx)
  const base = denyIfUnavailable(session ? assessKnown(record, session, ctx) : assessUnknown(record, ctx), ctx)
  return requirement === undefined ? base : withRequirement(base, requirement)
}

/** A session we do not know is refused, unless a gradual roll-out lets it pass where MFA is not demanded. */
function assessUnknown(record: MfaRecord, ctx: Context): Assessment {
  const demand = demandOn(record, ctx)
  const passes =
    ctx.unknownSessions === 'allow_without_mfa' &&
    record.sessionsNotBeforeMs === undefined &&
    (demand === 'none' || demand === 'grace')
  return {
    // Refused, it tells a stranger nothing about the user (X36), and opens nothing in a host that reads `enforced`.
    enforced: !passes,
    optedIn: passes && record.optedInAtMs !== undefined,
    assessedAtMs: ctx.nowMs,
    satisfied: passes,
    next: passes ? 'none' : 'sign_in',
    level: 'none',
    missing: passes ? [] : [{ what: 'session', why: 'unknown' }],
    offers: [],
    amr: [],
    proofs: [],
    ...enrollBy(demand, ctx),
  }
}

function assessKnown(record: MfaRecord, session: Session, ctx: Context): Assessment {
  const entries = countingEntries(session, record, ctx)
  const demand = demandOn(record, ctx)
  const proofs = entries.map((entry) => toProof(entry, entries, record, ctx))
  const offers = offersFor(entries, record, ctx)
  const level = levelOf(entries, proofs)
  const signIns = signInEntries(entries)
  const authTimeMs = signIns.length === 0 ? undefined : Math.max(...signIns.map(({ atMs }) => atMs))
  const endsAtMs = endOf(session, ctx)
  const { satisfied, next, missing } = judge(demand, proofs, offers, record, entries, ctx)
  // Written out: this runs at every guard, and with its parts spread it would take four times as long.
  return {
    enforced: demand === 'enforced',
    optedIn: record.optedInAtMs !== undefined,
    assessedAtMs: ctx.nowMs,
    satisfied,
    next,
    missing,
    level,
    offers,
    amr: amrOf(entries, level),
    proofs,
    ...enrollBy(demand, ctx),
    ...(authTimeMs !== undefined && { authTimeMs }),
    ...(session.lastChallengeAtMs !== undefined && { lastChallengeAtMs: session.lastChallengeAtMs }),
    ...(endsAtMs !== undefined && { validUntilMs: endsAtMs }),
  }
}

type Verdict = Pick<Assessment, 'satisfied' | 'next' | 'missing'>

const nothingMissing = (): Verdict => ({ satisfied: true, next: 'none', missing: [] })

function judge(
  demand: Demand,
  proofs: readonly Proof[],
  offers: readonly Offer[],
  record: MfaRecord,
  entries: readonly LedgerEntry[],
  ctx: Context,
): Verdict {
  const seconds = proofs.filter(({ independent }) => independent)
  // A user-verified passkey is two categories by itself.
  if (seconds.some(({ origin }) => origin === 'sign_in')) return nothingMissing()
  if (demand === 'must_enroll') return mustEnroll('factor', 'not_enrolled')
  if (demand !== 'enforced') return nothingMissing()

  const hasAllowedFactor = existingFactors(record, ctx).some(({ kind }) => isAllowedKind(kind, ctx))
  const accepts = ({ name, notAccepted }: Proof): boolean =>
    name === 'recovery_code' ? hasAllowedFactor : !notAccepted
  if (seconds.some(accepts)) return nothingMissing()
  // A factor the host no longer accepts is proven in order to enroll one that it does, by a user who has none (X20).
  const hasAccepted = acceptedFactors(record, ctx).some(({ kind }) => isIndependent(kind, entries, record, ctx))
  if (seconds.length > 0 && !hasAccepted) return mustEnroll('second_factor', 'not_allowed')
  if (mayEnrollInstead(record, entries, ctx)) return mustEnroll('factor', 'same_channel')
  if (offers.some(({ notAccepted }) => !hasAccepted || !notAccepted)) {
    return { satisfied: false, next: 'second_factor', missing: [{ what: 'second_factor', why: 'missing' }] }
  }
  return {
    satisfied: false,
    next: 'other_sign_in_method',
    missing: [{ what: 'second_factor', why: whyNothingLeft(record, ctx) }],
  }
}

function mustEnroll(what: Missing['what'], why: Missing['why']): Verdict {
  return { satisfied: false, next: 'enroll', missing: [{ what, why }] }
}

/**
 * A user whose contacts all lie on the sign-in's own medium, who never opted in and never proved a second factor,
 * may enroll: otherwise a host with magic links alone could never require MFA.
 */
function mayEnrollInstead(record: MfaRecord, entries: readonly LedgerEntry[], ctx: Context): boolean {
  if (record.everOptedInAtMs !== undefined || record.secondFactorEverAtMs !== undefined) return false
  const media = signInMedia(entries, record, ctx)
  return existingFactors(record, ctx).every(({ kind }) => {
    const { medium } = factorTable[kind]
    return medium !== 'none' && media.has(medium)
  })
}

function whyNothingLeft(record: MfaRecord, ctx: Context): Missing['why'] {
  const accepted = acceptedFactors(record, ctx)
  const reasons = (accepted.length > 0 ? accepted : existingFactors(record, ctx)).map((factor) =>
    unusableBecause(factor, ctx),
  )
  if (reasons.includes('locked') && reasons.every((reason) => reason !== undefined)) return 'locked'
  return reasons.includes(undefined) ? 'same_channel' : 'unusable'
}

function toProof(entry: LedgerEntry, entries: readonly LedgerEntry[], record: MfaRecord, ctx: Context): Proof {
  const isSignIn = entry.origin === 'sign_in'
  return {
    name: entry.name,
    ...(entry.factorId !== undefined && { factorId: entry.factorId }),
    category: entry.category,
    ...(entry.channel !== undefined && { channel: entry.channel }),
    origin: entry.origin,
    ...(entry.purpose !== undefined && { purpose: entry.purpose }),
    atMs: entry.atMs,
    ...(entry.factorId !== undefined && !isAllowedKind(entry.name as FactorKind, ctx) && { notAccepted: true }),
    independent: isSignIn ? isVerifiedPasskey(entry) : isIndependent(entry.name as FactorKind, entries, record, ctx),
  }
}

/**
 * What was proven, whatever was demanded: aal2 needs a user-verified passkey, or a sign-in that is not itself
 * something one has, and an independent second proof of that level (NIST 63B-4, 2.2.1: two OTPs are not AAL2).
 */
function levelOf(entries: readonly LedgerEntry[], proofs: readonly Proof[]): Level {
  const signIns = signInEntries(entries)
  if (signIns.length === 0) return 'none'
  const isAal2 = proofs.some(
    (proof) =>
      proof.independent &&
      (proof.origin === 'sign_in' ||
        (factorTable[proof.name as FactorKind].level === 'aal2' &&
          signIns.some(({ category }) => category !== 'possession'))),
  )
  return isAal2 ? 'aal2' : 'aal1'
}

/** RFC 8176: `mfa` only where two categories were proven, `mca` only over two channels. */
function amrOf(entries: readonly LedgerEntry[], level: Level): readonly string[] {
  const values = entries.flatMap((entry) =>
    entry.origin === 'sign_in'
      ? standingOfMethod(entry.name, entry.userVerified === true).amr
      : factorTable[entry.name as FactorKind].amr,
  )
  const channels = new Set(entries.map(({ channel }) => channel).filter((channel) => channel !== undefined))
  return [...new Set([...values, ...(level === 'aal2' ? ['mfa'] : []), ...(channels.size > 1 ? ['mca'] : [])])]
}

function enrollBy(demand: Demand, ctx: Context): Pick<Assessment, 'enrollByMs'> {
  const { requiredFromMs } = ctx.enforcement
  return demand === 'grace' && requiredFromMs !== undefined ? { enrollByMs: requiredFromMs } : {}
}

/** The host could not say what it demands: nothing passes, and nothing opens for enrollment (ASVS 16.5.3). */
function denyIfUnavailable(assessment: Assessment, ctx: Context): Assessment {
  if (!ctx.enforcement.unavailable) return assessment
  const opens = assessment.satisfied || assessment.next === 'enroll'
  return {
    ...assessment,
    satisfied: false,
    next: opens ? 'sign_in' : assessment.next,
    missing: [...(opens ? [] : assessment.missing), { what: 'enforcement', why: 'unavailable' }],
  }
}
