/** What support staff may see of a user: everything that explains a situation, nothing that opens one. */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { type FactorItem, factorItem, pendingItem, recoveryItem } from '../factor/list.js'
import type { MfaRecord, Session, Throttles } from '../record/record.js'
import { pruneExpired } from '../record/settle.js'
import { isEnforced } from '../session/enforced.js'
import { endOf } from '../session/ledger.js'

/** One session as support staff may see it. */
export interface InspectedSession {
  /** The first 16 characters of the session's hash, as in events. */
  readonly session: string
  /** When it was begun or adopted, in milliseconds since the epoch. */
  readonly startedAtMs: number
  /** When its ledger ends, in milliseconds since the epoch; absent without a limit. */
  readonly expiresAtMs?: number
  /** Its ledger, oldest first: method or factor kind, how it came in, and when in milliseconds since the epoch. */
  readonly proofs: readonly { readonly name: string; readonly origin: string; readonly atMs: number }[]
}

/** The answer of `admin.inspect`. */
export interface Inspection {
  /** Whether MFA was switched on by the user. */
  readonly optedIn: boolean
  /** Whether a second factor is demanded of the user now. */
  readonly enforced: boolean
  /** All factors, pending ones of every session, and the recovery codes. */
  readonly factors: readonly FactorItem[]
  /** Consecutive failures, by factor kind. */
  readonly throttles: Throttles
  /** The sessions that have not ended. */
  readonly sessions: readonly InspectedSession[]
  /** How many challenges wait for a code. */
  readonly openChallenges: number
  /** The keys this user still depends on: one that no user names can be retired. */
  readonly keyIds: readonly string[]
  /** The latest time the record has seen, in milliseconds since the epoch: the mark that time never falls behind. */
  readonly lastSeenAtMs: number
}

export function inspectUser(
  stored: MfaRecord,
  input: { readonly tagKey?: string },
  ctx: Context,
): Decision<Inspection> {
  if (stored.saves === 0) return refuse('not_found')
  const record = pruneExpired(stored, ctx)
  return accept(null, {
    optedIn: record.optedInAtMs !== undefined,
    enforced: isEnforced(record, ctx),
    factors: [
      ...record.factors.map((each) => factorItem(each, ctx)),
      ...record.pending.map(pendingItem),
      ...recoveryItem(record, ctx),
    ],
    throttles: record.throttles,
    sessions: record.sessions.map((session) => inspectSession(session, ctx)),
    openChallenges: record.challenges.length,
    keyIds: keyIdsOf(record, input.tagKey),
    lastSeenAtMs: record.seenAtMs,
  })
}

function inspectSession(session: Session, ctx: Context): InspectedSession {
  const expiresAtMs = endOf(session, ctx)
  return {
    session: session.id.slice(0, 16),
    startedAtMs: session.startedAtMs,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    proofs: session.entries.map(({ name, origin, atMs }) => ({ name, origin, atMs })),
  }
}

function keyIdsOf(record: MfaRecord, tagKey: string | undefined): readonly string[] {
  const ids = [
    tagKey,
    ...record.factors.map((factor) => (factor.kind === 'totp' ? factor.secret.key : undefined)),
    ...record.pending.flatMap((each) => (each.kind === 'totp' ? [each.secret.key] : [each.code?.key, each.link?.key])),
    ...record.challenges.map(({ code }) => code?.key),
    record.recovery?.codes.some(({ usedAtMs }) => usedAtMs === undefined) ? record.recovery.key : undefined,
  ]
  return [...new Set(ids.filter((id) => id !== undefined))].sort()
}
