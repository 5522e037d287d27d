/** A clock that moves only when told to. */

import type { Clock } from '@countersign/core'

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves forward (or, with a negative number, back). */
  advance(byMs: number): void
  /** Moves to this time, in milliseconds since the epoch. */
  set(nowMs: number): void
}

/**
 * A clock that stands still at `startMs` until it is moved.
 *
 * @param startMs milliseconds since the epoch
 */
export function createManualClock(startMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs
  return {
    nowMs: () => now,
    advance(byMs) {
      now += byMs
    },
    set(nowMs) {
      now = nowMs
    },
  }
}
