/** The session's ledger: which proofs it holds, and which of them still count. */

import type { Context } from '../decision.js'
import { isKindEnabled } from '../policy/policy.js'
import { byId } from '../record/change.js'
import type { Factor, LedgerEntry, MfaRecord, Session } from '../record/record.js'
import type { FactorKind } from './assessment.js'
import { factorTable } from './methods.js'

const maxEntries = 16

/**
 * Adds a proof in place of an older one of the same thing. Over the cap the oldest second proof goes; among sign-ins
 * alone, one that names no channel, never the first: what a sign-in went over is not forgotten.
 */
export function addProof(session: Session, entry: LedgerEntry): Session {
  const others = session.entries.filter((existing) => !isSameProof(existing, entry))
  const entries = [...others, entry]
  if (entries.length > maxEntries) entries.splice(expendable(entries), 1)
  return {
    ...session,
    entries,
    ...(entry.origin === 'challenge' && { lastChallengeAtMs: entry.atMs }),
  }
}

function expendable(entries: readonly LedgerEntry[]): number {
  const second = entries.findIndex(({ origin }) => origin !== 'sign_in')
  if (second >= 0) return second
  const plain = entries.findIndex(
    (entry, index) => index > 0 && entry.channel === undefined && entry.verifiedEmail === undefined,
  )
  return plain >= 0 ? plain : 1
}

/** Sign-ins over different channels, or with and without user verification, stand beside each other. */
function isSameProof(a: LedgerEntry, b: LedgerEntry): boolean {
  return (
    a.name === b.name &&
    a.factorId === b.factorId &&
    a.origin === b.origin &&
    a.purpose === b.purpose &&
    a.channel === b.channel &&
    a.verifiedEmail === b.verifiedEmail &&
    a.userVerified === b.userVerified
  )
}

/** The entry for a proof of a factor, or of a recovery code where `factor` is absent. */
export function proofOf(
  factor: Factor | undefined,
  origin: 'challenge' | 'enrollment',
  atMs: number,
  extra: Pick<LedgerEntry, 'purpose' | 'whileEnforced' | 'byWeaker'> = {},
): LedgerEntry {
  const kind: FactorKind = factor?.kind ?? 'recovery_code'
  const { category, medium } = factorTable[kind]
  return {
    name: kind,
    category,
    ...(medium !== 'none' && { channel: medium }),
    origin,
    atMs,
    ...(factor && { factorId: factor.id, generation: factor.generation }),
    ...extra,
  }
}

/**
 * The entries that count now: every sign-in, and each proof whose factor is active with the same generation (X23) and
 * of a kind that is a factor under the policy. Entries stamped in the future count for nothing.
 */
export function countingEntries(session: Session, record: MfaRecord, ctx: Context): readonly LedgerEntry[] {
  return session.entries.filter((entry) => {
    if (entry.atMs > ctx.nowMs) return false
    if (entry.factorId === undefined) return true
    const factor = byId(record.factors, entry.factorId)
    if (factor === undefined || !isKindEnabled(ctx.policy, factor.kind)) return false
    return factor.status === 'active' && factor.generation === entry.generation
  })
}

/** Proofs by recovery code count no longer, save in the session of `keptRef`: their set is gone, or someone else's (X23, X46). */
export function withoutRecoveryProofs(record: MfaRecord, keptRef?: string): MfaRecord {
  const sessions = record.sessions.map((session) =>
    session.ref === keptRef
      ? session
      : { ...session, entries: session.entries.filter(({ origin, factorId }) => origin === 'sign_in' || factorId) },
  )
  return { ...record, sessions }
}

/** The one sign-in that is two categories by itself. */
export function isVerifiedPasskey({ name, userVerified }: LedgerEntry): boolean {
  return name === 'passkey' && userVerified === true
}

/** The known and live session of this hash. One without any sign-in has nothing to stand on. */
export function liveSession(record: MfaRecord, sessionHash: string | undefined, ctx: Context): Session | undefined {
  const session = sessionHash === undefined ? undefined : byId(record.sessions, sessionHash)
  const signedIn = session?.entries.some(({ origin }) => origin === 'sign_in')
  return session && signedIn && isLive(session, ctx) ? session : undefined
}

/** When the session's ledger ends, if anyone limits it. */
export function endOf(session: Session, ctx: Pick<Context, 'policy'>): number | undefined {
  const { sessionMaxAgeMs } = ctx.policy
  const ends = [session.expiresAtMs, sessionMaxAgeMs === undefined ? undefined : session.startedAtMs + sessionMaxAgeMs]
  const known = ends.filter((end) => end !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

export function isLive(session: Session, ctx: Pick<Context, 'policy' | 'nowMs'>): boolean {
  const end = endOf(session, ctx)
  return end === undefined || ctx.nowMs < end
}
