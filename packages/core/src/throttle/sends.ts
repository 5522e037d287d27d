/** Send budgets: per user and channel, over all purposes, surviving removal and reset (X17, X40, ASVS 6.6.3-6.6.4). */

import type { Context } from '../decision.js'
import type { Channel } from '../ports/messenger.js'
import type { MfaRecord } from '../record/record.js'
import type { Refusal } from '../result.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** When a code or link may next be sent over this channel, or `undefined` when now. */
export function sendableFromMs(
  record: MfaRecord,
  channel: Channel,
  ctx: Pick<Context, 'policy' | 'nowMs'>,
  isNewAddress = false,
): number | undefined {
  const log = record.sends[channel]
  const waits = [
    freeFromMs(log.sentAtMs, ctx.policy.sendsPerHour, hourMs, ctx.nowMs),
    freeFromMs(log.sentAtMs, ctx.policy.sendsPerDay, dayMs, ctx.nowMs),
    isNewAddress ? freeFromMs(log.newAddressAtMs, ctx.policy.newAddressesPerDay, dayMs, ctx.nowMs) : undefined,
  ].filter((wait) => wait !== undefined)
  return waits.length === 0 ? undefined : Math.max(...waits)
}

/** Why nothing may be sent over this channel now: a budget, or the host's own limiter. */
export function refuseSend(
  record: MfaRecord,
  channel: Channel,
  ctx: Context,
  isNewAddress = false,
): Refusal<'throttled'> | undefined {
  const retryAtMs = sendableFromMs(record, channel, ctx, isNewAddress)
  if (retryAtMs !== undefined) return { ok: false, reason: 'throttled', retryAtMs }
  return ctx.sendAllowed ? undefined : { ok: false, reason: 'throttled' }
}

/** When the window holds fewer than `limit` again. */
function freeFromMs(times: readonly number[], limit: number, windowMs: number, nowMs: number): number | undefined {
  const inWindow = times.filter((time) => time > nowMs - windowMs)
  const oldestThatMustLeave = inWindow[inWindow.length - limit]
  return oldestThatMustLeave === undefined ? undefined : oldestThatMustLeave + windowMs
}

/** Remembers a send, and forgets those older than a day. */
export function logSend(record: MfaRecord, channel: Channel, nowMs: number): MfaRecord {
  return withLog(record, channel, 'sentAtMs', nowMs)
}

/** Remembers that an address new to this user was entered. */
export function logNewAddress(record: MfaRecord, channel: Channel, nowMs: number): MfaRecord {
  return withLog(record, channel, 'newAddressAtMs', nowMs)
}

function withLog(record: MfaRecord, channel: Channel, list: 'sentAtMs' | 'newAddressAtMs', nowMs: number): MfaRecord {
  const log = record.sends[channel]
  const times = [...log[list].filter((time) => time > nowMs - dayMs), nowMs]
  return { ...record, sends: { ...record.sends, [channel]: { ...log, [list]: times } } }
}
