/** Opening a ledger with the first factor: at sign-in, for a session that already lived, and proven again later. */

import { isSameAddress } from '../contact/address.js'
import { attestAddress } from '../contact/attest.js'
import { accept, type Context, type Decision, refuse } from '../decision.js'
import { takeRef } from '../keys/entropy.js'
import type { MfaEventBody } from '../ports/events.js'
import type { Channel } from '../ports/messenger.js'
import { withoutSessions, withSession } from '../record/change.js'
import type { LedgerEntry, MfaRecord, Session } from '../record/record.js'
import { assess } from './assess.js'
import type { Assessment } from './assessment.js'
import { isEnforced } from './enforced.js'
import { requireBegun } from './gates.js'
import { addProof, liveSession } from './ledger.js'
import { standingOfMethod } from './methods.js'

/** What the host proved itself. */
export interface FirstFactor {
  readonly method: string
  /** What it went over; the table decides for known methods but `oauth`. */
  readonly channel?: Channel | 'none'
  readonly provider?: string
  readonly userVerified?: boolean
}

export interface BeginInput extends FirstFactor {
  readonly sessionHash: string
  readonly expiresAtMs?: number
  /** Normalized addresses that the host vouches for. */
  readonly verified: Partial<Readonly<Record<Channel, string>>>
}

/** An answer that says no more than where the session stands now. */
export interface Assessed {
  /** Where the session stands now. */
  readonly assessment: Assessment
}

/** Opens a ledger; beginning a known session id again starts an empty one. */
export function beginSession(record: MfaRecord, input: BeginInput, ctx: Context): Decision<Assessed> {
  if (mayStayUnknown(record, input, ctx)) return accept(null, { assessment: assess(record, input.sessionHash, ctx) })
  const attested = attestAll(
    withoutSessions(record, ({ id }) => id === input.sessionHash),
    input,
    ctx,
  )
  const session = openLedger(input, ctx.nowMs, ctx)
  const next = withSession(attested.record, session)
  return accept(
    next,
    { assessment: assess(next, session.id, ctx) },
    { events: [signInEvent('session.started', input), ...attested.events], notices: attested.notices },
  )
}

/** In a gradual roll-out nothing is written for a user without a record, so that sign-ins stay free of writes. */
function mayStayUnknown(record: MfaRecord, input: BeginInput, ctx: Context): boolean {
  return (
    ctx.unknownSessions === 'allow_without_mfa' &&
    record.saves === 0 &&
    ctx.enforcement.mfa === 'optional' &&
    Object.keys(input.verified).length === 0
  )
}

/** While MFA is enforced a sign-in's claim about addresses changes nothing: only `contacts.attest` does. */
function attestAll(
  record: MfaRecord,
  input: BeginInput,
  ctx: Context,
): Pick<ReturnType<typeof attestAddress>, 'record' | 'events' | 'notices'> {
  const claims = Object.entries(input.verified) as [Channel, string][]
  if (isEnforced(record, ctx)) {
    const ignored = claims.filter(
      ([channel, address]) => !record.factors.some((f) => f.kind === channel && isSameAddress(f.address, address)),
    )
    return { record, events: ignored.map(([channel]) => ({ type: 'contact.verified_ignored', channel })), notices: [] }
  }
  return claims.reduce<Pick<ReturnType<typeof attestAddress>, 'record' | 'events' | 'notices'>>(
    (sofar, [channel, address]) => {
      const step = attestAddress(sofar.record, channel, address, ctx)
      return {
        record: step.record,
        events: [...sofar.events, ...step.events],
        notices: [...sofar.notices, ...step.notices],
      }
    },
    { record, events: [], notices: [] },
  )
}

export interface AdoptInput extends FirstFactor {
  readonly sessionHash: string
  readonly authenticatedAtMs: number
  readonly expiresAtMs?: number
}

/** Gives a session that already lived a first-factor credit at the time it really signed in. A known one is left alone. */
export function adoptSession(record: MfaRecord, input: AdoptInput, ctx: Context): Decision<Assessed> {
  if (liveSession(record, input.sessionHash, ctx))
    return accept(null, { assessment: assess(record, input.sessionHash, ctx) })
  const session = openLedger(input, input.authenticatedAtMs, ctx)
  const next = withSession(
    withoutSessions(record, ({ id }) => id === input.sessionHash),
    session,
  )
  const isTooOld = input.authenticatedAtMs <= (record.sessionsNotBeforeMs ?? Number.NEGATIVE_INFINITY)
  const isInFuture = input.authenticatedAtMs > ctx.nowMs
  if (isTooOld || isInFuture || !liveSession(next, session.id, ctx)) return refuse('sign_in_again')
  return accept(
    next,
    { assessment: assess(next, session.id, ctx) },
    { events: [signInEvent('session.adopted', input)] },
  )
}

/** The host proved the first factor again in this session. */
export function reauthenticate(record: MfaRecord, input: FirstFactor, ctx: Context): Decision<Assessed> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const next = withSession(record, addProof(gate.session, signInEntry(input, ctx.nowMs)))
  return accept(
    next,
    { assessment: assess(next, ctx.acting, ctx) },
    { events: [signInEvent('session.reauthenticated', input)] },
  )
}

function signInEvent(
  type: 'session.started' | 'session.adopted' | 'session.reauthenticated',
  { method, provider }: FirstFactor,
): MfaEventBody {
  return { type, method, ...(provider !== undefined && { provider }) }
}

function openLedger(input: BeginInput | AdoptInput, startedAtMs: number, ctx: Context): Session {
  const verifiedEmail = 'verified' in input ? input.verified.email : undefined
  return {
    id: input.sessionHash,
    ref: takeRef(ctx.entropy),
    startedAtMs,
    ...(input.expiresAtMs !== undefined && { expiresAtMs: input.expiresAtMs }),
    entries: [signInEntry(input, startedAtMs, verifiedEmail)],
  }
}

function signInEntry(input: FirstFactor, atMs: number, verifiedEmail?: string): LedgerEntry {
  const { category, medium } = standingOfMethod(input.method, input.userVerified === true)
  const channel = medium === 'none' ? (input.channel ?? 'none') : medium
  return {
    name: input.method,
    category,
    ...(channel !== 'none' && { channel }),
    origin: 'sign_in',
    atMs,
    ...(input.userVerified && { userVerified: true }),
    ...(input.method === 'oauth' && verifiedEmail !== undefined && { verifiedEmail }),
  }
}
