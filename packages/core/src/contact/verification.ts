/** The code or link that proves an address: made, digested, sent within the budgets. */

import type { Context } from '../decision.js'
import { digestUnderCurrentKey, matchesDigest } from '../keys/digest.js'
import { takeDecimalCode } from '../keys/entropy.js'
import { toBase64Url } from '../keys/text.js'
import { messageBase } from '../message/base.js'
import type { Channel, Message } from '../ports/messenger.js'
import { withPending } from '../record/change.js'
import type { MfaRecord, PendingContact } from '../record/record.js'
import { logNewAddress, logSend, sendableFromMs } from '../throttle/sends.js'
import { contactOf } from './activate.js'
import { isSameAddress } from './address.js'
import { linkWithSecret } from './link.js'

/** A pending address with its code or link under way, or the time from which one may be sent. */
export type PreparedVerification =
  | { readonly ok: true; readonly record: MfaRecord; readonly pending: PendingContact; readonly message: Message }
  | { readonly ok: false; readonly retryAtMs?: number }

/** How long a code sent over this channel lives. */
export function codeLifetimeMs(channel: Channel, ctx: Pick<Context, 'policy'>): number {
  return channel === 'email' ? ctx.policy.emailCodeLifetimeMs : ctx.policy.phoneCodeLifetimeMs
}

/** Sends a link where a `url` is given, else a code; either replaces what was sent before. */
export function prepareVerification(
  record: MfaRecord,
  pending: PendingContact,
  url: string | undefined,
  isEnforced: boolean,
  ctx: Context,
): PreparedVerification {
  const isNew = isNewAddress(record, pending)
  const retryAtMs = sendableFromMs(record, pending.kind, ctx, isNew)
  if (retryAtMs !== undefined) return { ok: false, retryAtMs }
  if (!ctx.sendAllowed) return { ok: false }

  const { code: formerCode, link: formerLink, sentWhileEnforced: _, ...rest } = pending
  const sends = (formerCode ?? formerLink)?.sends ?? 0
  const secret =
    url === undefined ? takeDecimalCode(ctx.entropy, ctx.policy.codeDigits) : toBase64Url(ctx.entropy.take(16))
  const lifetimeMs = url === undefined ? codeLifetimeMs(pending.kind, ctx) : ctx.policy.linkLifetimeMs
  const fields = url === undefined ? codeFields(pending, secret, ctx) : linkFields(pending.kind, secret, ctx)
  const sent = {
    ...digestUnderCurrentKey(ctx.keys, 'code', fields),
    sentAtMs: ctx.nowMs,
    expiresAtMs: Math.min(ctx.nowMs + lifetimeMs, pending.expiresAtMs),
    sends: sends + 1,
  }
  const next: PendingContact = {
    ...rest,
    ...(url === undefined ? { code: sent } : { link: sent }),
    ...(isEnforced && { sentWhileEnforced: true }),
  }
  const base = messageBase(ctx, pending.kind, pending.address, `${pending.id}.${sent.sends}`)
  const shared = { ...base, purpose: 'verify_contact', expiresAtMs: sent.expiresAtMs } as const
  const logged = logSend(withPending(record, next), pending.kind, ctx.nowMs)
  return {
    ok: true,
    record: isNew ? logNewAddress(logged, pending.kind, ctx.nowMs) : logged,
    pending: next,
    message:
      url === undefined
        ? { ...shared, kind: 'code', code: secret }
        : { ...shared, kind: 'link', secret, link: linkWithSecret(url, ctx.user.userId, secret) },
  }
}

/** An address counts as new to the user until something was sent to it or it is the factor. */
function isNewAddress(record: MfaRecord, pending: PendingContact): boolean {
  const factor = contactOf(record, pending.kind)
  if (factor && isSameAddress(factor.address, pending.address)) return false
  return ![pending, ...record.pending].some(
    (each) => each.kind === pending.kind && wasSent(each) && isSameAddress(each.address, pending.address),
  )
}

/** The code or link on its way to a pending address. */
export function wasSent(pending: PendingContact): boolean {
  return pending.code !== undefined || pending.link !== undefined
}

/** True when the typed code is the one sent to this pending address in this session. */
export function isVerificationCode(pending: PendingContact, code: string, ctx: Context): boolean {
  return pending.code !== undefined && matchesDigest(ctx.keys, pending.code, 'code', codeFields(pending, code, ctx))
}

/** True when the secret is that of the link sent to this pending address; works without a session. */
export function isLinkSecret(pending: PendingContact, secret: string, ctx: Context): boolean {
  return (
    pending.link !== undefined && matchesDigest(ctx.keys, pending.link, 'code', linkFields(pending.kind, secret, ctx))
  )
}

function codeFields(pending: PendingContact, code: string, ctx: Context): readonly string[] {
  return ['mfa/contact-code/v1', ctx.owner, pending.startedBy, pending.id, pending.kind, pending.address, code]
}

function linkFields(channel: Channel, secret: string, ctx: Context): readonly string[] {
  return ['mfa/contact-link/v1', ctx.owner, channel, secret]
}
