/** What happens to sessions after they began: longer life, a new id, the end, and what a changed credential does. */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { invalidArgument } from '../errors.js'
import type { Channel } from '../ports/messenger.js'
import { byId, withoutOthersPending, withoutSessions, withSession } from '../record/change.js'
import type { MfaRecord, Session } from '../record/record.js'
import { assess } from './assess.js'
import type { Assessed } from './begin.js'
import { requireBegun, requireOpen } from './gates.js'
import { isByDerivedPassword } from './independence.js'
import { isLive } from './ledger.js'

/** The host prolongs (or shortens) the session; the policy's own limit still holds. */
export function extendSession(
  record: MfaRecord,
  input: { readonly expiresAtMs: number },
  ctx: Context,
): Decision<Assessed> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const next = withSession(record, { ...gate.session, expiresAtMs: input.expiresAtMs })
  return accept(next, { assessment: assess(next, ctx.acting, ctx) }, { events: [{ type: 'session.extended' }] })
}

/** The host gave the session a new id: the ledger moves to it, and the old id holds no credit (X22). */
export function rotateSession(
  record: MfaRecord,
  input: { readonly newSessionHash: string },
  ctx: Context,
): Decision<Assessed> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const next = moveSession(record, gate.session, input.newSessionHash)
  return accept(
    next,
    { assessment: assess(next, input.newSessionHash, ctx) },
    { events: [{ type: 'session.rotated' }], actingAfter: input.newSessionHash },
  )
}

/** Moves a ledger to a new session id; one that is known already is the host's mistake. */
export function moveSession(record: MfaRecord, session: Session, newSessionHash: string): MfaRecord {
  requireUnknownId(record, newSessionHash)
  return {
    ...record,
    sessions: record.sessions.map((each) => (each.ref === session.ref ? { ...each, id: newSessionHash } : each)),
  }
}

/** Throws `invalid_argument` when the new id is that of a session we know. */
export function requireUnknownId(record: MfaRecord, newSessionHash: string): void {
  if (byId(record.sessions, newSessionHash)) throw invalidArgument('newSessionId', 'an id that is not in use')
}

/** Forgets the session. Repeatable. */
export function endSession(record: MfaRecord, _input: unknown, ctx: Context): Decision<object> {
  const next = withoutSessions(record, ({ id }) => id === ctx.acting)
  return next === record ? accept(null, {}) : accept(next, {}, { events: [{ type: 'session.ended' }] })
}

/** Ends every session but this one, and voids what they had pending; none that signed in before is adopted again. */
export function endOtherSessions(
  record: MfaRecord,
  _input: unknown,
  ctx: Context,
): Decision<{ readonly ended: number }> {
  const gate = requireOpen(record, ctx, false)
  if (!gate.ok) return refuse(gate)
  const kept = withoutSessions(record, ({ ref }) => ref !== gate.session.ref)
  const next = { ...withoutOthersPending(kept, gate.session.ref), sessionsNotBeforeMs: ctx.nowMs }
  const ended = countLive(record, ctx) - countLive(next, ctx)
  return accept(next, { ended }, { events: [{ type: 'sessions.ended', scope: 'others', count: ended }] })
}

/** Sessions that have expired, but are not pruned yet, were over before. */
function countLive(record: MfaRecord, ctx: Context): number {
  return record.sessions.filter((session) => isLive(session, ctx)).length
}

/** Ends every session, and voids everything pending with its links. */
export function endAllSessions(record: MfaRecord, _input: unknown, ctx: Context): Decision<object> {
  const count = countLive(record, ctx)
  return accept(withoutAllSessions(record, ctx), {}, { events: [{ type: 'sessions.ended', scope: 'all', count }] })
}

/** No session, no challenge, nothing pending; nothing that signed in until now is adopted. */
export function withoutAllSessions(record: MfaRecord, ctx: Context, exceptHash?: string): MfaRecord {
  const kept = exceptHash === undefined ? undefined : byId(record.sessions, exceptHash)
  return {
    ...withoutOthersPending(
      withoutSessions(record, ({ id }) => id !== exceptHash),
      kept?.ref,
    ),
    sessionsNotBeforeMs: ctx.nowMs,
  }
}

export interface CredentialsChangedInput {
  /** What authorized the change. */
  readonly via: Channel | 'session' | 'admin'
  /** The session that made it, if it may go on; one that signed in by a password set over a channel never may over a channel. */
  readonly exceptHash?: string
}

/**
 * A first-factor credential changed: all other sessions lose their credit, and a password that was set over a
 * channel counts as derived from it (X19) until another factor is proven beside it.
 */
export function changeCredentials(record: MfaRecord, input: CredentialsChangedInput, ctx: Context): Decision<object> {
  const { via, exceptHash } = input
  const channel = via === 'email' || via === 'phone' ? via : undefined
  // Set twice over a channel, a password is still no more than that channel: who signed in by it signs in again.
  const restsOnChannel = ({ id, entries }: Session): boolean =>
    id === exceptHash && entries.some((entry) => isByDerivedPassword(entry, record))
  const isKept = channel === undefined || !record.sessions.some(restsOnChannel)
  const next: MfaRecord = {
    ...withoutAllSessions(record, ctx, isKept ? exceptHash : undefined),
    ...(channel && { derivedPassword: { via: channel, atMs: ctx.nowMs } }),
  }
  return accept(
    next,
    {},
    {
      events: [{ type: 'credentials.changed', via }],
      notices: [{ notice: 'credentials_changed', details: { via }, ...(channel && { exceptChannel: channel }) }],
    },
  )
}
