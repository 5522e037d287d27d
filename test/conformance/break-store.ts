/** Breaks a right store in one place. */

import type { Law, StoreHarness } from '@countersign/adapters/conformance'
import type { MfaStore, StoredRecord } from '@countersign/core'

export interface BrokenStore {
  readonly name: string
  readonly breaks: Law
  readonly harness: () => StoreHarness
}

type Records = Map<string, StoredRecord>

function memory(records: Records): MfaStore {
  return {
    load: async (owner) => records.get(owner) ?? null,
    async save(owner, data, version, expected) {
      if ((records.get(owner)?.version ?? null) !== expected) return false
      records.set(owner, { version, data })
      return true
    },
    erase: async (owner) => {
      records.delete(owner)
    },
  }
}

/** A right store in memory, with what `change` puts in the place of its methods. */
export function broken(
  name: string,
  breaks: Law,
  change: (right: MfaStore, records: Records) => Partial<MfaStore>,
): BrokenStore {
  return {
    name,
    breaks,
    harness() {
      const records: Records = new Map()
      return {
        async open() {
          const right = memory(records)
          return { ...right, ...change(right, records) }
        },
        rawLoad: async (owner) => records.get(owner)?.data ?? null,
      }
    },
  }
}

/** Takes owners for the same that `fold` makes equal. */
export function folding(name: string, fold: (owner: string) => string): BrokenStore {
  return broken(name, 'S10', (right) => ({
    load: (owner) => right.load(fold(owner)),
    save: (owner, data, version, expected) => right.save(fold(owner), data, version, expected),
    erase: (owner) => right.erase(fold(owner)),
  }))
}

/** Lets everything else that is ready go first. */
export const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
