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

/** By subject, in the order in which they end. */
type Counts = Map<string, Count>

const windowMs = 3600 * 1000
/** Of each limit. */
const maxCounts = 50_000

export function createLimits(clock: Clock, countFailuresOnly: boolean): Limits {
  const countsOf = new Map<string, Counts>()
  return {
    take({ name, perHour, clearedBySuccess = false }, subject) {
      const counts = countsOf.get(name) ?? new Map<string, Count>()
      countsOf.set(name, counts)
      const count = currentOf(counts, subject, clock.nowMs())
      if (count.used >= perHour) throw tooMany(count)
      count.used++
      return {
        succeeded() {
          if (clearedBySuccess) counts.delete(subject)
          else if (countFailuresOnly) count.used--
        },
      }
    },
  }
}

/** No count gives way before it ends: who fills the memory keeps newcomers waiting, and gets no fresh tries. */
function currentOf(counts: Counts, subject: string, nowMs: number): Count {
  for (const [key, { endsAtMs }] of counts) {
    if (nowMs < endsAtMs) break
    counts.delete(key)
  }
  const known = counts.get(subject)
  if (known !== undefined && nowMs < known.endsAtMs) return known
  counts.delete(subject)
  const [oldest] = counts.values()
  if (counts.size >= maxCounts && oldest !== undefined) throw tooMany(oldest)
  const fresh = { used: 0, endsAtMs: nowMs + windowMs }
  counts.set(subject, fresh)
  return fresh
}

function tooMany({ endsAtMs }: Count): ApiError {
  return new ApiError('general_rate_limit_exceeded', { retryAtMs: endsAtMs })
}
