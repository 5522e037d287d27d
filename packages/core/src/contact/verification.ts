/** The code or link that proves an address: made, digested, sent within the budgets. */

import { codeLifetimeMs, sentNow } from '../challenge/sent-code.js'
import type { Context } from '../decision.js'
import { matchesDigest } from '../keys/digest.js'
import { takeDecimalCode } from '../keys/entropy.js'
import { toBase64Url } from '../keys/text.js'
import { messageBase } from '../message/base.js'
import type { Channel, Message } from '../ports/messenger.js'
import { withPending } from '../record/change.js'
import type { MfaRecord, PendingContact } from '../record/record.js'
import type { Refusal } from '../result.js'
import { logNewAddress, logSend, refuseSend } from '../throttle/sends.js'
import { contactOf } from './activate.js'
import { isSameAddress } from './address.js'
import { linkWithSecret } from './link.js'

/** A pending address with its code or link under way, or why nothing may be sent. */
export type PreparedVerification =
  | { readonly ok: true; readonly record: MfaRecord; readonly pending: PendingContact; readonly message: Message }
  | Refusal<'throttled'>

/** Sends a link where a `url` is given, else a code; either replaces what was sent before. */
export function prepareVerification(
  record: MfaRecord,
  pending: PendingContact,
  url: string | undefined,
  isEnforced: boolean,
  ctx: Context,
): PreparedVerification {
  const isNew = isNewAddress(record, pending)
  const refusal = refuseSend(record, pending.kind, ctx, isNew)
  if (refusal) return refusal

  const { code: formerCode, link: formerLink, sentWhileEnforced: _, ...rest } = pending
  const secret =
    url === undefined ? takeDecimalCode(ctx.entropy, ctx.policy.codeDigits) : toBase64Url(ctx.entropy.take(16))
  const lifetimeMs = url === undefined ? codeLifetimeMs(pending.kind, ctx) : ctx.policy.linkLifetimeMs
  const fields = url === undefined ? codeFields(pending, secret, ctx) : linkFields(pending.kind, secret, ctx)
  const sent = sentNow(fields, lifetimeMs, pending.expiresAtMs, formerCode ?? formerLink, ctx)
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
