/** Entering an address, and having its code or link sent (again). It is pending until confirmed; the former one stands. */

import { accept, type Context, type Decision, type Delivery, refuse } from '../decision.js'
import { takeId } from '../keys/entropy.js'
import type { Channel } from '../ports/messenger.js'
import { withPending } from '../record/change.js'
import type { MfaRecord, PendingContact } from '../record/record.js'
import { isEnforced } from '../session/enforced.js'
import { requireFresh } from '../session/gates.js'
import { contactOf } from './activate.js'
import { isSameAddress, maskAddress, normalizeAddress } from './address.js'
import { prepareVerification, wasSent } from './verification.js'

/** The answer of `contacts.set` and `contacts.sendVerification`: the address waits for its code or link. */
export interface VerificationUnderWay {
  /** The id that the factor will have. */
  readonly factorId: string
  /** Masked address. */
  readonly sentTo: string
  /** In milliseconds since the epoch. */
  readonly createdAtMs: number
  /** When the code or link, or while none was sent the pending address, expires. */
  readonly expiresAtMs: number
  /** Whether a message went out. */
  readonly delivery: Delivery
}

export interface SetContactInput {
  readonly channel: Channel
  readonly address: string
  /** Email only: send a link to this URL instead of a code. */
  readonly url?: string
  readonly send: boolean
}

export function setContact(record: MfaRecord, input: SetContactInput, ctx: Context): Decision<VerificationUnderWay> {
  const gate = requireFresh(record, ctx, { whileEnrolling: true })
  if (!gate.ok) return refuse(gate)
  const address = normalizeAddress(input.channel, input.address)
  if (address === undefined) return refuse('invalid_address')

  const former = pendingContactOf(record, gate.session.ref, input.channel, ctx)
  const isRepeated = former !== undefined && isSameAddress(former.address, address)
  // A double click sends nothing.
  if (isRepeated && input.send && isCoolingDown(former, ctx)) return accept(null, underWay(former, 'none'))
  const lifetimeMs = input.send && input.url === undefined ? ctx.policy.pendingLifetimeMs : ctx.policy.linkLifetimeMs
  const pending: PendingContact = {
    ...(isRepeated ? former : { id: takeId(ctx.entropy), attempts: 0 }),
    kind: input.channel,
    address,
    startedBy: gate.session.ref,
    createdAtMs: ctx.nowMs,
    expiresAtMs: ctx.nowMs + lifetimeMs,
  }
  const replaced = { ...record, pending: record.pending.filter(({ id }) => id !== former?.id) }
  const event = { type: 'factor.pending', factor: input.channel, factorId: pending.id } as const
  if (!input.send) return accept(withPending(replaced, pending), underWay(pending, 'none'), { events: [event] })
  return send(replaced, pending, input.url, ctx, [event])
}

export function sendVerification(
  record: MfaRecord,
  input: { readonly channel: Channel; readonly url?: string },
  ctx: Context,
): Decision<VerificationUnderWay> {
  const gate = requireFresh(record, ctx, { whileEnrolling: true })
  if (!gate.ok) return refuse(gate)
  const pending = pendingContactOf(record, gate.session.ref, input.channel, ctx)
  if (pending === undefined) {
    return refuse(contactOf(record, input.channel)?.status === 'active' ? 'already_verified' : 'nothing_pending')
  }
  if (isCoolingDown(pending, ctx)) {
    return refuse({ ok: false, reason: 'throttled', retryAtMs: lastSentAtMs(pending) + ctx.policy.resendCooldownMs })
  }
  const expiresAtMs =
    input.url === undefined ? pending.expiresAtMs : Math.max(pending.expiresAtMs, ctx.nowMs + ctx.policy.linkLifetimeMs)
  return send(record, { ...pending, expiresAtMs }, input.url, ctx, [])
}

function send(
  record: MfaRecord,
  pending: PendingContact,
  url: string | undefined,
  ctx: Context,
  events: readonly { type: 'factor.pending'; factor: Channel; factorId: string }[],
): Decision<VerificationUnderWay> {
  const prepared = prepareVerification(record, pending, url, isEnforced(record, ctx), ctx)
  if (!prepared.ok) {
    return refuse(prepared, { events: [{ type: 'sends.exhausted', channel: pending.kind }] })
  }
  return accept(prepared.record, underWay(prepared.pending, 'sent'), {
    events,
    message: { content: prepared.message, outcomeIfFailed: { ok: true, ...underWay(prepared.pending, 'failed') } },
  })
}

/** What this session has pending for a channel and has not expired. */
export function pendingContactOf(
  record: MfaRecord,
  sessionRef: string,
  channel: Channel,
  ctx: Pick<Context, 'nowMs'>,
): PendingContact | undefined {
  return record.pending.find(
    (each): each is PendingContact =>
      each.kind === channel && each.startedBy === sessionRef && ctx.nowMs < each.expiresAtMs,
  )
}

function lastSentAtMs(pending: PendingContact): number {
  return Math.max(
    pending.code?.sentAtMs ?? Number.NEGATIVE_INFINITY,
    pending.link?.sentAtMs ?? Number.NEGATIVE_INFINITY,
  )
}

function isCoolingDown(pending: PendingContact, ctx: Context): boolean {
  return wasSent(pending) && ctx.nowMs < lastSentAtMs(pending) + ctx.policy.resendCooldownMs
}

function underWay(pending: PendingContact, delivery: Delivery): VerificationUnderWay {
  return {
    factorId: pending.id,
    sentTo: maskAddress(pending.address),
    createdAtMs: pending.createdAtMs,
    expiresAtMs: (pending.code ?? pending.link)?.expiresAtMs ?? pending.expiresAtMs,
    delivery,
  }
}
