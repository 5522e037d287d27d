/** The only file that names the platform: wall clock, random source, timers. Hosts and tests replace the first two. */

import type { Clock, RandomSource } from '../ports/clock.js'

declare const crypto: { getRandomValues<T extends Uint8Array>(target: T): T }
declare const performance: { now(): number }
declare function setTimeout(task: () => void, delayMs: number): unknown
declare function clearTimeout(timer: unknown): void

/** The server's wall clock. */
export const systemClock: Clock = { nowMs: () => Date.now() }

/** The platform's cryptographically secure random source. */
export const systemRandom: RandomSource = (length) => crypto.getRandomValues(new Uint8Array(length))

/** Milliseconds that only move forward, for deadlines; unrelated to the wall clock and to an injected one. */
export function monotonicMs(): number {
  return performance.now()
}

/** Resolves after a random time up to `maxMs` (full jitter), so that rivals do not meet again. */
export function sleepUpTo(maxMs: number): Promise<void> {
  return sleep(Math.random() * maxMs)
}

/** Resolves after `delayMs`. */
function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs)
  })
}

/** Settles as `work` does, or rejects with what `onTimeout` makes when `limitMs` passes first. */
export function withTimeLimit<T>(work: Promise<T>, limitMs: number, onTimeout: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(onTimeout()), limitMs)
    const stopped =
      <V>(settle: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(timer)
        settle(value)
      }
    work.then(stopped(resolve), stopped(reject))
  })
}
