/** Codes that are sent: made, bound to everything they belong to, kept as a digest (ASVS 6.6.2, NIST 63B-4 3.1.3.2). */

import { codeLifetimeMs } from '../contact/verification.js'
import type { Context } from '../decision.js'
import { digestUnderCurrentKey, matchesDigest } from '../keys/digest.js'
import { takeDecimalCode } from '../keys/entropy.js'
import { messageBase } from '../message/base.js'
import type { CodeMessage } from '../ports/messenger.js'
import type { Challenge, ContactFactor, MfaRecord } from '../record/record.js'
import type { Refusal } from '../result.js'
import { logSend, sendableFromMs } from '../throttle/sends.js'

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
  const retryAtMs = sendableFromMs(record, factor.kind, ctx)
  if (retryAtMs !== undefined) return { ok: false, reason: 'throttled', retryAtMs }
  if (!ctx.sendAllowed) return { ok: false, reason: 'throttled' }
  const code = takeDecimalCode(ctx.entropy, ctx.policy.codeDigits)
  const expiresAtMs = Math.min(ctx.nowMs + codeLifetimeMs(factor.kind, ctx), challenge.deadlineAtMs)
  const sends = (challenge.code?.sends ?? 0) + 1
  const next: Challenge = {
    ...challenge,
    code: {
      ...digestUnderCurrentKey(ctx.keys, 'code', fieldsOf(challenge, code, ctx)),
      sentAtMs: ctx.nowMs,
      expiresAtMs,
      sends,
    },
  }
  const message: CodeMessage = {
    ...messageBase(ctx, factor.kind, factor.address, `${challenge.id}.${sends}`),
    kind: 'code',
    code,
    purpose: challenge.purpose,
    expiresAtMs,
  }
  return { ok: true, record: logSend(record, factor.kind, ctx.nowMs), challenge: next, message }
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
