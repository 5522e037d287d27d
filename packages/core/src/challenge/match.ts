/** Comparing a typed code with what a factor expects, at the same work whatever the answer (X35). */

import type { Context } from '../decision.js'
import { totpSecretPlace } from '../factor/enroll.js'
import { isTotp } from '../factor/usable.js'
import { open } from '../keys/seal.js'
import type { FailureDetail } from '../ports/events.js'
import { withFactor } from '../record/change.js'
import type { Challenge, Factor, MfaRecord } from '../record/record.js'
import { findRecoveryCode, parseRecoveryCode } from '../recovery/code.js'
import type { FactorKind } from '../session/assessment.js'
import { findMatchingStep } from '../totp/totp.js'
import { isSentCode } from './sent-code.js'
import { parseDecimalCode } from './typed-code.js'

/** What was right, with the record in which it is spent; or why not. */
export type Match =
  | { readonly ok: true; readonly record: MfaRecord; readonly factor?: Factor }
  | { readonly ok: false; readonly detail: FailureDetail }

/** What a code is typed for. */
export interface Target {
  readonly kind: FactorKind
  readonly purpose: string
  readonly factorId: string | undefined
  /** Absent when created and completed in one call. */
  readonly challenge?: Challenge
}

/** `factors` are the usable ones that were selected. Codes that have no possible form answer `malformed` before any work. */
export function matchCode(
  record: MfaRecord,
  target: Target,
  factors: readonly Factor[],
  typed: string,
  ctx: Context,
): Match {
  if (target.kind === 'recovery_code') return matchRecovery(record, typed, ctx)
  return target.kind === 'totp'
    ? matchTotp(record, factors, typed, ctx)
    : matchSent(record, target, factors, typed, ctx)
}

/** Every app is tried and every step of its window computed; a step at or before the last accepted one is a replay (X26). */
function matchTotp(record: MfaRecord, factors: readonly Factor[], typed: string, ctx: Context): Match {
  const apps = factors.filter(isTotp).filter(({ digits }) => parseDecimalCode(typed, digits) !== undefined)
  if (apps.length === 0) return { ok: false, detail: 'malformed' }
  let match: Match = { ok: false, detail: 'wrong' }
  for (const app of apps) {
    const { algorithm, digits, periodSeconds, lastStep } = app
    const secret = open(ctx.keys, totpSecretPlace(ctx.owner, app.id), app.secret)
    if (secret === undefined) continue
    const code = parseDecimalCode(typed, digits) as string
    const window = ctx.policy.totpWindow
    const step = findMatchingStep(secret, code, { timeMs: ctx.realNowMs, window, algorithm, digits, periodSeconds })
    if (step === undefined || match.ok) continue
    if (step <= lastStep) {
      match = { ok: false, detail: 'replayed' }
    } else {
      const used = { ...app, lastStep: step, lastUsedAtMs: ctx.nowMs }
      match = { ok: true, record: withFactor(record, used), factor: used }
    }
  }
  return match
}

function matchSent(record: MfaRecord, target: Target, factors: readonly Factor[], typed: string, ctx: Context): Match {
  const { challenge } = target
  const factor = factors[0]
  const code = parseDecimalCode(typed, ctx.policy.codeDigits)
  if (code === undefined) return { ok: false, detail: 'malformed' }
  if (challenge === undefined || factor === undefined || factor.generation !== challenge.generation) {
    return { ok: false, detail: 'factor_changed' }
  }
  if (!isSentCode(challenge, code, ctx)) return { ok: false, detail: 'wrong' }
  const used = { ...factor, lastUsedAtMs: ctx.nowMs }
  return { ok: true, record: withFactor(record, used), factor: used }
}

function matchRecovery(record: MfaRecord, typed: string, ctx: Context): Match {
  const code = parseRecoveryCode(typed)
  if (code === undefined) return { ok: false, detail: 'malformed' }
  const set = record.recovery
  const index = findRecoveryCode(set, code, ctx)
  if (set === undefined || index < 0) return { ok: false, detail: 'wrong' }
  if (set.codes[index]?.usedAtMs !== undefined) return { ok: false, detail: 'already_used' }
  const codes = set.codes.map((entry, position) => (position === index ? { ...entry, usedAtMs: ctx.nowMs } : entry))
  return { ok: true, record: { ...record, recovery: { ...set, codes } } }
}
