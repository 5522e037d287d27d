/** What support staff may do, always with actor and reason; never set a secret or prove anything for a user (X43). */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { isRequired, takeAway } from '../factor/remove.js'
import { byId, withoutSessions } from '../record/change.js'
import {
  type Factor,
  initialRecord,
  type MfaRecord,
  type SendLog,
  type Session,
  type Throttles,
} from '../record/record.js'

/** Who intervenes and why: goes into the event. */
export interface Intervention {
  /** Who acted, by the host’s own id: 1 to 128 characters; for events only. */
  readonly actor: string
  /** Why, in the host’s words: 1 to 512 characters; for events only. */
  readonly reason: string
}

/**
 * Back to a user without MFA: no factor, code, session or anything pending. Kept are the send budgets, the mark of
 * time, over what the password was set, and that there once was a factor, so that no grace period opens.
 */
export function resetUser(record: MfaRecord, input: Intervention, ctx: Context): Decision<object> {
  if (record.saves === 0) return refuse('not_found')
  const { saves, recent, seenAtMs, sends, factorEverAtMs, derivedPassword } = record
  const next: MfaRecord = {
    ...initialRecord(),
    saves,
    recent,
    seenAtMs,
    sends,
    sessionsNotBeforeMs: ctx.nowMs,
    ...(factorEverAtMs !== undefined && { factorEverAtMs }),
    ...(derivedPassword && { derivedPassword }),
  }
  return accept(
    next,
    {},
    {
      events: [{ type: 'admin.reset', actor: input.actor, reason: input.reason }],
      notices: [{ notice: 'mfa_reset' }],
    },
  )
}

/** Removes one factor on support's authority; the last one of a user who must have MFA only by `reset`. */
export function adminRemoveFactor(
  record: MfaRecord,
  input: Intervention & { readonly factorId: string },
  ctx: Context,
): Decision<object> {
  const factor = byId(record.factors, input.factorId)
  if (factor === undefined) return refuse('not_found')
  if (isRequired(record, [factor], ctx)) return refuse('required_by_policy')
  const taken = takeAway(record, [factor], ctx)
  const { factorId, actor, reason } = input
  return accept(
    taken.record,
    {},
    {
      events: [{ type: 'admin.factor_removed', factorId, actor, reason }, ...taken.events],
      notices: taken.notices,
    },
  )
}

/**
 * Lifts the lock of one factor, or all locks and counts. It also takes the clock as it is now: what was stamped
 * later, by a clock that ran ahead, is dropped.
 */
export function unlockUser(
  record: MfaRecord,
  input: Intervention & { readonly factorId?: string },
  ctx: Context,
): Decision<object> {
  const { factorId, actor, reason } = input
  if (record.saves === 0 || (factorId !== undefined && !byId(record.factors, factorId))) return refuse('not_found')
  const unlocked = dropStampedAfter(
    factorId === undefined ? unlockAll(record) : unlockFactor(record, factorId),
    ctx.realNowMs,
  )
  return accept(
    unlocked,
    {},
    {
      events: [{ type: 'factor.unlocked', ...(factorId !== undefined && { factorId }), actor, reason }],
      resetsClock: true,
    },
  )
}

function unlockAll(record: MfaRecord): MfaRecord {
  const unlocked = record.factors.reduce((sofar, { id }) => unlockFactor(sofar, id), record)
  const { recovery } = record
  if (recovery === undefined) return { ...unlocked, throttles: { total: 0 } }
  const { locked: _, ...open } = recovery
  return { ...unlocked, throttles: { total: 0 }, recovery: open }
}

function unlockFactor(record: MfaRecord, factorId: string): MfaRecord {
  const factor = byId(record.factors, factorId)
  if (factor === undefined) return record
  const { [factor.kind]: _, ...throttles } = record.throttles
  return {
    ...record,
    throttles: { ...throttles, total: 0 },
    factors: record.factors.map((each) => (each.id === factorId ? openFactor(each) : each)),
  }
}

function openFactor(factor: Factor): Factor {
  if (factor.status === 'locked') return { ...factor, status: 'active' }
  if (factor.kind === 'totp') return factor
  const { lockedWhenWithdrawn: _, ...open } = factor
  return open
}

function dropStampedAfter(record: MfaRecord, nowMs: number): MfaRecord {
  if (record.seenAtMs <= nowMs) return record
  const upToNow = (times: readonly number[]): readonly number[] => times.filter((time) => time <= nowMs)
  const logUpToNow = ({ sentAtMs, newAddressAtMs }: SendLog): SendLog => ({
    sentAtMs: upToNow(sentAtMs),
    newAddressAtMs: upToNow(newAddressAtMs),
  })
  const sessions = record.sessions.map((session) => withoutLaterProofs(session, nowMs))
  // A session whose first factor was proven again by that clock has none left: sign in again.
  const known = withoutSessions(
    { ...record, sessions },
    ({ startedAtMs, entries }) => startedAtMs > nowMs || !entries.some(({ origin }) => origin === 'sign_in'),
  )
  return {
    ...known,
    seenAtMs: nowMs,
    challenges: known.challenges.filter(({ createdAtMs }) => createdAtMs <= nowMs),
    pending: known.pending.filter(({ createdAtMs }) => createdAtMs <= nowMs),
    throttles: clampThrottles(record.throttles, nowMs),
    sends: { email: logUpToNow(record.sends.email), phone: logUpToNow(record.sends.phone) },
    ...(record.sessionsNotBeforeMs !== undefined && {
      sessionsNotBeforeMs: Math.min(record.sessionsNotBeforeMs, nowMs),
    }),
    ...(record.derivedPassword && {
      derivedPassword: { ...record.derivedPassword, atMs: Math.min(record.derivedPassword.atMs, nowMs) },
    }),
  }
}

function clampThrottles({ total, ...counts }: Throttles, nowMs: number): Throttles {
  const clamped = Object.entries(counts).map(([kind, count]) => [
    kind,
    { ...count, lastAtMs: Math.min(count.lastAtMs, nowMs) },
  ])
  return { ...Object.fromEntries(clamped), total }
}

function withoutLaterProofs(session: Session, nowMs: number): Session {
  const { lastChallengeAtMs, ...rest } = session
  return {
    ...rest,
    ...(lastChallengeAtMs !== undefined && lastChallengeAtMs <= nowMs && { lastChallengeAtMs }),
    entries: session.entries.filter(({ atMs }) => atMs <= nowMs),
  }
}
