/** A clock that moves only when told to. */

import type { Clock } from '@countersign/core'

export interface ManualClock extends Clock {
  /** Moves forward (or, with a negative number, back). */
  advance(byMs: number): void
  set(nowMs: number): void
}

/** @param startMs milliseconds since the epoch */
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
