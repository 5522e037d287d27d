/** Who may do what: the three gates before every use case, and the fixed order of their refusals. */

import type { Context } from '../decision.js'
import type { LedgerEntry, MfaRecord, Session } from '../record/record.js'
import type { FreshProofNeeds, Refusal } from '../result.js'
import { assess } from './assess.js'
import type { Assessment, FactorKind } from './assessment.js'
import { isEnforced } from './enforced.js'
import { isIndependent } from './independence.js'
import { countingEntries, isVerifiedPasskey, liveSession } from './ledger.js'
import { isAsStrongAsApp } from './strength.js'

/** The acting session passed a gate. */
export interface Admitted {
  readonly ok: true
  readonly session: Session
  readonly assessment: Assessment
}

export type Gate = Admitted | Refusal<'unknown_session' | 'more_factors_required' | 'fresh_proof_required'>

/** What a management call asks of the fresh proof. */
export interface FreshnessDemand {
  /** Also open to a session that must enroll. */
  readonly whileEnrolling?: boolean
  /** Second factors that may manage this; absent means any, recovery codes included. */
  readonly anyOf?: readonly FactorKind[]
  /** The proof must not itself rest on something weaker than an authenticator app. */
  readonly asStrongAsApp?: boolean
}

/** While the clock is further behind its own mark than this, no proof is fresh (X28). */
export const toleratedClockLagMs = 60_000

/** Begun: the session is known and live. */
export function requireBegun(record: MfaRecord, ctx: Context): Gate {
  const session = liveSession(record, ctx.acting, ctx)
  if (session === undefined)
    return { ok: false, reason: 'unknown_session', assessment: assess(record, ctx.acting, ctx) }
  let assessment: Assessment | undefined
  return {
    ok: true,
    session,
    // Made when first asked for: most decisions that are admitted answer with the assessment after them.
    get assessment() {
      assessment ??= assess(record, ctx.acting, ctx)
      return assessment
    },
  }
}

/** Open: begun, and satisfied (or, where `whileEnrolling`, about to enroll). */
export function requireOpen(record: MfaRecord, ctx: Context, whileEnrolling: boolean): Gate {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return gate
  const { satisfied, next } = gate.assessment
  if (satisfied || (whileEnrolling && next === 'enroll')) return gate
  return { ok: false, reason: 'more_factors_required', assessment: gate.assessment }
}

/** Fresh: open, with a recent enough proof in this very session (NIST 63B-4 4.1.2.1, ASVS 7.5.1). */
export function requireFresh(record: MfaRecord, ctx: Context, demand: FreshnessDemand = {}): Gate {
  const gate = requireOpen(record, ctx, demand.whileEnrolling ?? false)
  if (!gate.ok) return gate
  const ways = waysToBeFresh(gate, record, ctx, demand)
  return ways.some((way) => hasFresh(way.proofs, way.maxAge, ctx)) ? gate : refuseStale(gate.assessment, ways[0])
}

/** Proofs of which one must be recent enough. */
interface WayToBeFresh {
  readonly proofs: readonly LedgerEntry[]
  readonly maxAge: number | 'session'
  readonly needs: FreshProofNeeds
}

/**
 * Once MFA is enforced, a second factor; before that the first, or a second. A session that must enroll needs the first
 * factor, or, in its place, the factor it has proven that the host no longer accepts.
 */
function waysToBeFresh(
  { session, assessment }: Admitted,
  record: MfaRecord,
  ctx: Context,
  demand: FreshnessDemand,
): readonly [WayToBeFresh, ...WayToBeFresh[]] {
  const { managementMaxAgeMs, managementFirstFactorMaxAgeMs } = ctx.policy
  const entries = countingEntries(session, record, ctx)
  const first: WayToBeFresh = {
    proofs: entries.filter(({ origin }) => origin === 'sign_in'),
    maxAge: managementFirstFactorMaxAgeMs,
    needs: { proof: 'first_factor' },
  }
  const second: WayToBeFresh = {
    // One that the host no longer accepts stands in for the first factor, and manages apps as one; no more.
    proofs: entries.filter(
      (entry, index) =>
        (demand.asStrongAsApp || !(assessment.satisfied && assessment.proofs[index]?.notAccepted)) &&
        isManagementProof(entry, entries, record, ctx, demand),
    ),
    maxAge: managementMaxAgeMs,
    needs: { proof: 'second_factor', ...(demand.anyOf && { anyOf: demand.anyOf }) },
  }
  if (!assessment.satisfied) return [second.proofs.length > 0 ? { ...second, maxAge: first.maxAge } : first]
  return assessment.enforced ? [second] : [first, second]
}

/**
 * A live, independent second proof of an acceptable kind; not an enrollment made while MFA was already enforced. A
 * user-verified passkey serves as any of them.
 */
function isManagementProof(
  entry: LedgerEntry,
  entries: readonly LedgerEntry[],
  record: MfaRecord,
  ctx: Context,
  { anyOf, asStrongAsApp = false }: FreshnessDemand,
): boolean {
  if (asStrongAsApp && !isAsStrongAsApp(entry, record)) return false
  if (entry.origin === 'sign_in') return isVerifiedPasskey(entry)
  const kind = entry.name as FactorKind
  if (entry.whileEnforced || (anyOf !== undefined && !anyOf.includes(kind))) return false
  return isIndependent(kind, entries, record, ctx)
}

function hasFresh(entries: readonly LedgerEntry[], maxAge: number | 'session', ctx: Context): boolean {
  if (ctx.nowMs - ctx.realNowMs > toleratedClockLagMs) return false
  return entries.some(({ atMs }) => maxAge === 'session' || ctx.nowMs - atMs <= maxAge)
}

function refuseStale(assessment: Assessment, { needs, maxAge }: WayToBeFresh): Gate {
  return {
    ok: false,
    reason: 'fresh_proof_required',
    needs,
    ...(maxAge !== 'session' && { maxAgeMs: maxAge }),
    offers: assessment.offers.filter(
      ({ factor, notAccepted }) => needs.anyOf?.includes(factor) ?? !(assessment.satisfied && notAccepted),
    ),
    assessment,
  }
}

/**
 * True when something added now, beside the apps there are, is added by a weaker proof than theirs: it then satisfies
 * like any other, but does not manage them.
 */
export function isAddedByWeaker(record: MfaRecord, session: Session, ctx: Context): boolean {
  if (!record.factors.some(({ kind }) => kind === 'totp') || !isEnforced(record, ctx)) return false
  const entries = countingEntries(session, record, ctx)
  const strong = entries.filter((entry) => isManagementProof(entry, entries, record, ctx, { asStrongAsApp: true }))
  return !hasFresh(strong, ctx.policy.managementMaxAgeMs, ctx)
}
