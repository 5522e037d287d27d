/** TOTP (RFC 6238): HOTP over time steps, a small window, and steps that only ever move forward. */

import { parseDecimalCode } from '../challenge/typed-code.js'
import { invalidArgument } from '../errors.js'
import { type HotpOptions, hotpValue, requireParameters } from './hotp.js'
import { keyPool, type TotpAlgorithm, wipe } from './pooled-hmac.js'

/** Options of `generateTotp`. */
export interface TotpOptions extends HotpOptions {
  /** 15 to 60, default 30; 1 to 3600 with `allowUncommonPeriod`. */
  readonly periodSeconds?: number
  readonly allowUncommonPeriod?: boolean
}

/** Options of `verifyTotp`. */
export interface VerifyTotpOptions extends TotpOptions {
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  /** Steps accepted before and after the current one, each 0 to 2; default 1 (RFC 6238, 5.2). */
  readonly window?: number | { readonly past: number; readonly future: number }
  /** The last accepted step: this one and all before never match again. */
  readonly afterStep?: number
}

/** `step` is to be stored as the next `afterStep`; `delta` is the distance from the current step. */
export type TotpVerdict = { readonly ok: true; readonly step: number; readonly delta: number } | { readonly ok: false }

const no: TotpVerdict = { ok: false }

/** The code at a time. Throws `invalid_argument` for bad parameters. */
export function generateTotp(secret: Uint8Array, timeMs: number, options: TotpOptions = {}): string {
  const {
    algorithm = 'SHA-1',
    digits = 6,
    periodSeconds = 30,
    allowShortSecret = false,
    allowUncommonPeriod = false,
  } = options
  requireParameters(secret, algorithm, digits, allowShortSecret)
  const step = stepAt(timeMs, periodSeconds, allowUncommonPeriod)
  const pool = keyPool(algorithm, secret)
  const value = hotpValue(pool, step, digits)
  wipe(pool)
  return value.toString().padStart(digits, '0')
}

/**
 * Checks a typed code: the current step first, then its neighbors. Anything that is not `digits` ASCII digits, after
 * removing ASCII spaces and hyphens, is `{ ok: false }`. Throws `invalid_argument` only for bad parameters.
 *
 * Store the answered `step` by compare-and-swap and pass it as `afterStep` next time: a code is good once.
 */
export function verifyTotp(secret: Uint8Array, code: string, options: VerifyTotpOptions): TotpVerdict {
  const { timeMs, window = 1, afterStep = -1, algorithm = 'SHA-1', digits = 6 } = options
  const { periodSeconds = 30, allowShortSecret = false, allowUncommonPeriod = false } = options
  requireParameters(secret, algorithm, digits, allowShortSecret)
  if (!Number.isSafeInteger(afterStep)) throw invalidArgument('afterStep', 'a whole number')
  const past = typeof window === 'number' ? window : window.past
  const future = typeof window === 'number' ? window : window.future
  requireWindow(past, future)
  const current = stepAt(timeMs, periodSeconds, allowUncommonPeriod)
  const typed = typeof code === 'string' ? parseDecimalCode(code, digits) : undefined
  if (typed === undefined) return no

  const expected = Number(typed)
  const pool = keyPool(algorithm, secret)
  let verdict = no
  for (let distance = 0; distance <= Math.max(past, future) && !verdict.ok; distance++) {
    for (const delta of distance === 0 ? [0] : [-distance, distance]) {
      const step = current + delta
      if (delta < -past || delta > future || step < 0 || step <= afterStep || !Number.isSafeInteger(step)) continue
      if (hotpValue(pool, step, digits) === expected) {
        verdict = { ok: true, step, delta }
        break
      }
    }
  }
  wipe(pool)
  return verdict
}

/** What `findMatchingStep` is given; already checked. */
export interface StepSearch {
  readonly timeMs: number
  readonly window: { readonly past: number; readonly future: number }
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
  const current = Math.floor(timeMs / (periodSeconds * 1000))
  const pool = keyPool(algorithm, secret)
  let found: number | undefined
  for (let step = current - window.past; step <= current + window.future; step++) {
    const value = hotpValue(pool, Math.max(step, 0), digits)
    if (step >= 0 && value === expected) found = step
  }
  wipe(pool)
  return found
}

function stepAt(timeMs: number, periodSeconds: number, allowUncommonPeriod: boolean): number {
  if (!Number.isFinite(timeMs) || timeMs < 0) throw invalidArgument('timeMs', 'milliseconds since the epoch')
  const [least, most] = allowUncommonPeriod ? [1, 3600] : [15, 60]
  if (!Number.isInteger(periodSeconds) || periodSeconds < least || periodSeconds > most) {
    throw invalidArgument('periodSeconds', `a whole number from ${least} to ${most}`)
  }
  const step = Math.floor(timeMs / (periodSeconds * 1000))
  if (!Number.isSafeInteger(step)) throw invalidArgument('timeMs', 'milliseconds since the epoch')
  return step
}

function requireWindow(past: number, future: number): void {
  for (const steps of [past, future]) {
    if (steps !== 0 && steps !== 1 && steps !== 2) throw invalidArgument('window', '0, 1 or 2 steps each way')
  }
}
