/** The model's clock and its counts of wrong codes: waits, and locks. */

import type { Kind, ModelFactor, ModelRecovery } from './shapes.js'
import { hour, second, typedKinds } from './shapes.js'

export class ModelCounts {
  /** The mark of time: nothing is judged earlier than this. */
  markMs = 0
  realMs = 0
  factors: ModelFactor[] = []
  recovery: ModelRecovery | undefined
  failures: Partial<Record<Kind, { count: number; lastMs: number }>> = {}
  total = 0

  get nowMs(): number {
    return Math.max(this.realMs, this.markMs)
  }

  /** When the kind may be tried again. */
  waits(kind: Kind): boolean {
    const { count, lastMs } = this.failures[kind] ?? { count: 0, lastMs: 0 }
    return count >= 5 && this.nowMs < lastMs + Math.min(30 * second * 2 ** (count - 5), hour)
  }

  /** One wrong code. */
  fail(kind: Kind): void {
    const count = (this.failures[kind]?.count ?? 0) + 1
    this.failures[kind] = { count, lastMs: this.nowMs }
    if (kind !== 'recovery_code') this.total++
    if (kind !== 'recovery_code' && this.total >= 50) this.lockTyped()
    else if (count >= 30) this.lock(kind)
  }

  failPending(): void {
    if (++this.total >= 50) this.lockTyped()
  }

  private lockTyped(): void {
    this.total = 0
    for (const each of typedKinds) this.lock(each)
  }

  private lock(kind: Kind): void {
    delete this.failures[kind]
    if (kind === 'recovery_code' && this.recovery) this.recovery.locked = true
    for (const factor of this.factors) if (factor.kind === kind && factor.status === 'active') factor.status = 'locked'
  }
}
