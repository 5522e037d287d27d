/** What support staff may see of a user: everything that explains a situation, nothing that opens one. */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { type FactorItem, factorItem, pendingItem, recoveryItem } from '../factor/list.js'
import type { MfaRecord, Session, Throttles } from '../record/record.js'
import { pruneExpired } from '../record/settle.js'
import { isEnforced } from '../session/enforced.js'
import { endOf } from '../session/ledger.js'

export interface InspectedSession {
  /** The first 16 characters of the session's hash, as in events. */
  readonly session: string
  readonly startedAtMs: number
  readonly expiresAtMs?: number
  readonly proofs: readonly { readonly name: string; readonly origin: string; readonly atMs: number }[]
}

export interface Inspection {
  readonly optedIn: boolean
  readonly enforced: boolean
  readonly factors: readonly FactorItem[]
  readonly throttles: Throttles
  readonly sessions: readonly InspectedSession[]
  readonly openChallenges: number
  /** The keys this user still depends on: one that no user names can be retired. */
  readonly keyIds: readonly string[]
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
