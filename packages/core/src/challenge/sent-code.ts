/** Codes that are sent: made, bound to everything they belong to, kept as a digest (ASVS 6.6.2, NIST 63B-4 3.1.3.2). */

import type { Context } from '../decision.js'
import { digestUnderCurrentKey, matchesDigest } from '../keys/digest.js'
import { takeDecimalCode } from '../keys/entropy.js'
import { messageBase } from '../message/base.js'
import type { Channel, CodeMessage } from '../ports/messenger.js'
import type { Challenge, ContactFactor, MfaRecord, SentCode } from '../record/record.js'
import type { Refusal } from '../result.js'
import { logSend, refuseSend } from '../throttle/sends.js'

export type PreparedCode =
  | { readonly ok: true; readonly record: MfaRecord; readonly challenge: Challenge; readonly message: CodeMessage }
  | Refusal<'throttled'>

/** Puts a fresh code on the challenge in place of a former one, within the send budget. Attempts and deadline stay. */
export function prepareCode(
  record: MfaRecord,
  challenge: Challenge,
  factor: ContactFactor,
  ctx: Context,
): PreparedCode {
  const refusal = refuseSend(record, factor.kind, ctx)
  if (refusal) return refusal
  const code = takeDecimalCode(ctx.entropy, ctx.policy.codeDigits)
  const sent = sentNow(
    fieldsOf(challenge, code, ctx),
    codeLifetimeMs(factor.kind, ctx),
    challenge.deadlineAtMs,
    challenge.code,
    ctx,
  )
  const message: CodeMessage = {
    ...messageBase(ctx, factor.kind, factor.address, `${challenge.id}.${sent.sends}`),
    kind: 'code',
    code,
    purpose: challenge.purpose,
    expiresAtMs: sent.expiresAtMs,
  }
  return { ok: true, record: logSend(record, factor.kind, ctx.nowMs), challenge: { ...challenge, code: sent }, message }
}

/** How long a code sent over this channel lives. */
export function codeLifetimeMs(channel: Channel, ctx: Pick<Context, 'policy'>): number {
  return channel === 'email' ? ctx.policy.emailCodeLifetimeMs : ctx.policy.phoneCodeLifetimeMs
}

/** What is kept of something that goes out now, in place of what went out before. */
export function sentNow(
  fields: readonly string[],
  lifetimeMs: number,
  deadlineAtMs: number,
  former: SentCode | undefined,
  ctx: Context,
): SentCode {
  return {
    ...digestUnderCurrentKey(ctx.keys, 'code', fields),
    sentAtMs: ctx.nowMs,
    expiresAtMs: Math.min(ctx.nowMs + lifetimeMs, deadlineAtMs),
    sends: (former?.sends ?? 0) + 1,
  }
}

/** True when the typed code is the one last sent for this challenge. One HMAC. */
export function isSentCode(challenge: Challenge, code: string, ctx: Context): boolean {
  return challenge.code !== undefined && matchesDigest(ctx.keys, challenge.code, 'code', fieldsOf(challenge, code, ctx))
}

/** Does the work of one comparison, so that an unknown or expired challenge takes as long as a wrong code (X35). */
export function pretendToCompare(code: string, ctx: Context): void {
  digestUnderCurrentKey(ctx.keys, 'code', ['mfa/oob/v1', ctx.owner, '', '', '', '', code.slice(0, 64)])
}

function fieldsOf(challenge: Challenge, code: string, ctx: Context): readonly string[] {
  return ['mfa/oob/v1', ctx.owner, challenge.id, challenge.session, challenge.purpose, challenge.factorId ?? '', code]
}
