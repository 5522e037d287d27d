/** The session's ledger: which proofs it holds, and which of them still count. */

import type { Context } from '../decision.js'
import { isTotp } from '../factor/usable.js'
import { byId } from '../record/change.js'
import type { Factor, LedgerEntry, MfaRecord, Session } from '../record/record.js'
import type { FactorKind } from './assessment.js'
import { factorTable } from './methods.js'

const maxEntries = 16

/** Adds a proof in place of an older one of the same thing. Over the cap the oldest goes, never the first sign-in's. */
export function addProof(session: Session, entry: LedgerEntry): Session {
  const others = session.entries.filter((existing) => !isSameProof(existing, entry))
  const entries = [...others, entry]
  if (entries.length > maxEntries) {
    const oldest = entries.findIndex(({ origin }) => origin !== 'sign_in')
    entries.splice(oldest === -1 ? 1 : oldest, 1)
  }
  return {
    ...session,
    entries,
    ...(entry.origin === 'challenge' && { lastChallengeAtMs: entry.atMs }),
  }
}

function isSameProof(a: LedgerEntry, b: LedgerEntry): boolean {
  return (
    a.name === b.name &&
    a.factorId === b.factorId &&
    a.origin === b.origin &&
    a.purpose === b.purpose &&
    isWorthTheSame(a, b)
  )
}

/** Proving a method again over another channel, or without what came with it, takes nothing back (X19). */
function isWorthTheSame(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.channel === b.channel && a.userVerified === b.userVerified && a.verifiedEmail === b.verifiedEmail
}

/** The entry for a proof of a factor, or of a recovery code where `factor` is absent. */
export function proofOf(
  factor: Factor | undefined,
  origin: 'challenge' | 'enrollment',
  atMs: number,
  extra: Pick<LedgerEntry, 'purpose' | 'whileEnforced'> = {},
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
 * The entries that count now: every sign-in, and each proof whose factor is active with the same generation
 * (X23). Entries stamped in the future count for nothing.
 */
export function countingEntries(session: Session, record: MfaRecord, ctx: Context): readonly LedgerEntry[] {
  return session.entries.filter((entry) => {
    if (entry.atMs > ctx.nowMs) return false
    if (entry.factorId === undefined) return true
    const factor = byId(record.factors, entry.factorId)
    return factor !== undefined && factor.status === 'active' && factor.generation === entry.generation
  })
}

/** The known and live session of this hash. */
export function liveSession(record: MfaRecord, sessionHash: string | undefined, ctx: Context): Session | undefined {
  const session = sessionHash === undefined ? undefined : byId(record.sessions, sessionHash)
  return session && isLive(session, ctx) ? session : undefined
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

/** True when an authenticator app is active. */
export function hasActiveApp(record: MfaRecord): boolean {
  return record.factors.some((factor) => isTotp(factor) && factor.status === 'active')
}
