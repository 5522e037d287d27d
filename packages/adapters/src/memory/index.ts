/** An in-memory store: the reference implementation of the store port, for tests and for trying things out. */

import type { MfaStore, StoredRecord } from '@countersign/core'

/** Keeps records in this process only: everything is gone when it ends. */
export function createMemoryStore(): MfaStore {
  const records = new Map<string, StoredRecord>()
  return {
    async load(owner) {
      return records.get(owner) ?? null
    },
    async save(owner, data, version, expected) {
      // No await between the comparison and the write: in one process that is atomic.
      if ((records.get(owner)?.version ?? null) !== expected) return false
      records.set(owner, Object.freeze({ version, data }))
      return true
    },
    async erase(owner) {
      records.delete(owner)
    },
  }
}
