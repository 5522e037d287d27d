/** Limits on signing in and signing up, in this process's memory. Several processes would share a store for them. */

import type { Clock } from '@countersign/core'
import { ApiError } from './errors.js'

export interface Limit {
  readonly name: string
  readonly perHour: number
  /** Success clears the count: for limits on guessing. */
  readonly clearedBySuccess?: boolean
}

export interface Attempt {
  /** Call it when the try was no failure. */
  succeeded(): void
}

export interface Limits {
  /** Counts one try before any work is done; throws 429 over the limit. */
  take(limit: Limit, subject: string): Attempt
}

interface Count {
  used: number
  readonly endsAtMs: number
}

const windowMs = 3600 * 1000
const maxCounts = 50_000

export function createLimits(clock: Clock, countFailuresOnly: boolean): Limits {
  const counts = new Map<string, Count>()
  const currentOf = (key: string): Count => {
    const nowMs = clock.nowMs()
    const known = counts.get(key)
    if (known !== undefined && nowMs < known.endsAtMs) return known
    if (counts.size >= maxCounts) dropOld(counts, nowMs)
    const fresh = { used: 0, endsAtMs: nowMs + windowMs }
    counts.delete(key)
    counts.set(key, fresh)
    return fresh
  }
  return {
    take({ name, perHour, clearedBySuccess = false }, subject) {
      const key = `${name} ${subject}`
      const count = currentOf(key)
      if (count.used >= perHour) throw new ApiError('general_rate_limit_exceeded', { retryAtMs: count.endsAtMs })
      count.used++
      return {
        succeeded() {
          if (clearedBySuccess) counts.delete(key)
          else if (countFailuresOnly) count.used--
        },
      }
    },
  }
}

/** Ended ones first; if all still run, the oldest tenth. */
function dropOld(counts: Map<string, Count>, nowMs: number): void {
  for (const [key, { endsAtMs }] of counts) if (endsAtMs <= nowMs) counts.delete(key)
  if (counts.size < maxCounts) return
  for (const key of [...counts.keys()].slice(0, maxCounts / 10)) counts.delete(key)
}
