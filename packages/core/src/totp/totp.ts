/** TOTP (RFC 6238): HOTP over time steps, a small window, and steps that only ever move forward. */

import { parseDecimalCode } from '../challenge/typed-code.js'
import { invalidArgument } from '../errors.js'
import { hotpCode, hotpValue } from './hotp.js'
import { requireKey, requirePeriod, type TotpAlgorithm, type TotpOptions } from './parameters.js'
import { keyPool, wipe } from './pooled-hmac.js'

export type { TotpOptions } from './parameters.js'

/** Steps before and after the current one. */
export interface StepWindow {
  /** 0 to 2 steps. */
  readonly past: number
  /** 0 to 2 steps. */
  readonly future: number
}

/** Options of `verifyTotp`. */
export interface VerifyTotpOptions extends TotpOptions {
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  /** Steps accepted before and after the current one, each 0 to 2; default 1 (RFC 6238, 5.2). */
  readonly window?: number | StepWindow
  /** The last accepted step: this one and all before never match again. */
  readonly afterStep?: number
}

/** `step` is to be stored as the next `afterStep`; `delta` is the distance from the current step. */
export type TotpVerdict = { readonly ok: true; readonly step: number; readonly delta: number } | { readonly ok: false }

const no: TotpVerdict = { ok: false }

// Few codes are early or late, and more are late: people type slowly.
const nearestFirst: readonly number[] = [0, -1, 1, -2, 2]

/** The code at a time. Throws `invalid_argument` for bad parameters. */
export function generateTotp(secret: Uint8Array, timeMs: number, options: TotpOptions = {}): string {
  const { algorithm = 'SHA-1', digits = 6, allowShortSecret = false } = options
  const { periodSeconds = 30, allowUncommonPeriod = false } = options
  requireKey(secret, algorithm, digits, allowShortSecret)
  requirePeriod(periodSeconds, allowUncommonPeriod)
  requireTime(timeMs)
  return hotpCode(secret, stepAt(timeMs, periodSeconds), algorithm, digits)
}

/**
 * Checks a typed code: the current step first, then its neighbors. Anything that is not `digits` ASCII digits, after
 * removing ASCII spaces and hyphens, is `{ ok: false }`. Throws `invalid_argument` only for bad parameters.
 *
 * The caller MUST store the answered `step` by compare-and-swap and pass it as `afterStep` next time: a code is good
 * once (RFC 6238, 5.2).
 */
export function verifyTotp(secret: Uint8Array, code: string, options: VerifyTotpOptions): TotpVerdict {
  const { timeMs, window = 1, afterStep = -1, algorithm = 'SHA-1', digits = 6 } = options
  const { periodSeconds = 30, allowShortSecret = false, allowUncommonPeriod = false } = options
  requireKey(secret, algorithm, digits, allowShortSecret)
  requirePeriod(periodSeconds, allowUncommonPeriod)
  requireTime(timeMs)
  if (!Number.isSafeInteger(afterStep)) throw invalidArgument('afterStep', 'a whole number')
  const past = stepsOf(window, 'past')
  const future = stepsOf(window, 'future')
  const typed = typeof code === 'string' ? parseDecimalCode(code, digits) : undefined
  if (typed === undefined) return no

  const expected = Number(typed)
  const current = stepAt(timeMs, periodSeconds)
  const lastUsed = Math.max(afterStep, -1)
  const pool = keyPool(algorithm, secret)
  let verdict = no
  for (const delta of nearestFirst) {
    const step = current + delta
    if (delta < -past || delta > future || step <= lastUsed) continue
    if (hotpValue(pool, step, digits) === expected) {
      verdict = { ok: true, step, delta }
      break
    }
  }
  wipe(pool)
  return verdict
}

/** What `findMatchingStep` is given; already checked. */
export interface StepSearch {
  readonly timeMs: number
  readonly window: StepWindow
  readonly algorithm: TotpAlgorithm
  readonly digits: number
  readonly periodSeconds: number
}

/**
 * The newest step of the window whose code this is, or `undefined`. Every step is computed whatever the answer, so
 * that a right, a wrong and a replayed code cost the same (X35); whether the step was used is the caller's to judge.
 */
export function findMatchingStep(secret: Uint8Array, code: string, search: StepSearch): number | undefined {
  const { timeMs, window, algorithm, digits, periodSeconds } = search
  const expected = Number(code)
  const current = stepAt(timeMs, periodSeconds)
  const pool = keyPool(algorithm, secret)
  let found: number | undefined
  for (let step = current - window.past; step <= current + window.future; step++) {
    const value = hotpValue(pool, Math.max(step, 0), digits)
    if (step >= 0 && value === expected) found = step
  }
  wipe(pool)
  return found
}

function stepAt(timeMs: number, periodSeconds: number): number {
  return Math.floor(timeMs / (periodSeconds * 1000))
}

// The last instant a `Date` can hold; every step up to it is a safe integer.
const lastTimeMs = 8.64e15

function requireTime(timeMs: number): void {
  if (Number.isFinite(timeMs) && timeMs >= 0 && timeMs <= lastTimeMs) return
  throw invalidArgument('timeMs', 'milliseconds since the epoch, up to 8.64e15')
}

function stepsOf(window: number | StepWindow, side: 'past' | 'future'): number {
  const steps = typeof window === 'number' ? window : window?.[side]
  if (steps === 0 || steps === 1 || steps === 2) return steps
  throw invalidArgument('window', '0, 1 or 2 steps each way')
}
