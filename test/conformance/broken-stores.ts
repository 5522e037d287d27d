/** Stores that each break one law on purpose: the suite must catch every one. */

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

function broken(
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

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const brokenStores: readonly BrokenStore[] = [
  broken('blind save', 'S2', (_, records) => ({
    async save(owner, data, version) {
      records.set(owner, { version, data })
      return true
    },
  })),
  broken('check, then write', 'S5', (right, records) => ({
    async save(owner, data, version, expected) {
      const found = (await right.load(owner))?.version ?? null
      await later()
      if (found !== expected) return false
      records.set(owner, { version, data })
      return true
    },
  })),
  broken('upsert on creation', 'S2', (right, records) => ({
    async save(owner, data, version, expected) {
      if (expected !== null) return right.save(owner, data, version, expected)
      records.set(owner, { version, data })
      return true
    },
  })),
  broken('select, then insert', 'S5', (right, records) => ({
    async save(owner, data, version, expected) {
      if (expected !== null) return right.save(owner, data, version, expected)
      if (records.has(owner)) return false
      await later()
      records.set(owner, { version, data })
      return true
    },
  })),
  broken('stored, but answered false', 'S4', (_, records) => ({
    async save(owner, data, version, expected) {
      const matched = (records.get(owner)?.version ?? null) === expected
      records.set(owner, { version, data })
      return matched
    },
  })),
  broken('true before it is stored', 'S3', (right) => ({
    async save(owner, data, version, expected) {
      const matched = ((await right.load(owner))?.version ?? null) === expected
      if (matched) setTimeout(() => right.save(owner, data, version, expected), 5)
      return matched
    },
  })),
  broken('truncated text', 'S1', (right) => ({
    save: (owner, data, version, expected) => right.save(owner, data.slice(0, 4096), version, expected),
  })),
  broken('normalized text', 'S1', (right) => ({
    save: (owner, data, version, expected) => right.save(owner, data.normalize('NFC'), version, expected),
  })),
  broken('trimmed text', 'S1', (right) => ({
    save: (owner, data, version, expected) => right.save(owner, data.trim(), version, expected),
  })),
  broken('JSON column', 'S11', (right) => ({
    save(owner, data, version, expected) {
      try {
        return right.save(owner, JSON.stringify(JSON.parse(data)), version, expected)
      } catch {
        return right.save(owner, data, version, expected)
      }
    },
  })),
  broken('case-folding owners', 'S10', (right) => ({
    load: (owner) => right.load(owner.toLowerCase()),
    save: (owner, data, version, expected) => right.save(owner.toLowerCase(), data, version, expected),
    erase: (owner) => right.erase(owner.toLowerCase()),
  })),
  broken('owners without trailing spaces', 'S10', (right) => ({
    load: (owner) => right.load(owner.trimEnd()),
    save: (owner, data, version, expected) => right.save(owner.trimEnd(), data, version, expected),
    erase: (owner) => right.erase(owner.trimEnd()),
  })),
  broken('owners in normal form', 'S10', (right) => ({
    load: (owner) => right.load(owner.normalize('NFC')),
    save: (owner, data, version, expected) => right.save(owner.normalize('NFC'), data, version, expected),
    erase: (owner) => right.erase(owner.normalize('NFC')),
  })),
  broken('resurrecting save', 'S6', (right, records) => ({
    async save(owner, data, version, expected) {
      if (records.has(owner) || expected === null) return right.save(owner, data, version, expected)
      records.set(owner, { version, data })
      return true
    },
  })),
  broken('bounded cache as a store', 'S9', (right, records) => ({
    async save(owner, data, version, expected) {
      const saved = await right.save(owner, data, version, expected)
      if (records.size > 30) records.delete([...records.keys()][0] as string)
      return saved
    },
  })),
  broken('stale reads', 'S1', (right) => {
    const cache = new Map<string, StoredRecord | null>()
    return {
      async load(owner) {
        if (!cache.has(owner)) cache.set(owner, await right.load(owner))
        return cache.get(owner) ?? null
      },
    }
  }),
  broken('undefined for absent', 'S1', (right) => ({
    load: async (owner) => ((await right.load(owner)) ?? {}) as StoredRecord,
  })),
  broken('versions compared by prefix', 'S2', (right, records) => ({
    async save(owner, data, version, expected) {
      const found = records.get(owner)?.version ?? null
      const matches = expected === null ? found === null : found?.startsWith(expected) === true
      return matches ? right.save(owner, data, version, found) : false
    },
  })),
  broken('versions compared without case', 'S2', (right, records) => ({
    async save(owner, data, version, expected) {
      const found = records.get(owner)?.version ?? null
      return found?.toLowerCase() === expected?.toLowerCase() ? right.save(owner, data, version, found) : false
    },
  })),
  broken('versions by a counter', 'S7', (_, records) => ({
    async save(owner, data, _version, expected) {
      const found = records.get(owner)?.version ?? null
      if (found !== expected) return false
      records.set(owner, { version: String(Number(found ?? 0) + 1), data })
      return true
    },
  })),
  broken('equal data is not a change', 'S2', (right, records) => ({
    async save(owner, data, version, expected) {
      return records.get(owner)?.data === data ? false : right.save(owner, data, version, expected)
    },
  })),
  broken('cross-owner update', 'S10', (_, records) => ({
    async save(owner, data, version, expected) {
      if (expected === null) {
        if (records.has(owner)) return false
        records.set(owner, { version, data })
        return true
      }
      const hit = records.get(owner)?.version === expected
      for (const [each, record] of records) if (hit && record.version === expected) records.set(each, { version, data })
      return hit
    },
  })),
  broken('erase by prefix', 'S8', (_, records) => ({
    async erase(owner) {
      for (const each of [...records.keys()]) if (each.startsWith(owner)) records.delete(each)
    },
  })),
  broken('erase marks only', 'S8', (right) => {
    const erased = new Set<string>()
    return {
      load: async (owner) => (erased.has(owner) ? null : right.load(owner)),
      save: async (owner, data, version, expected) => {
        const saved = await right.save(owner, data, version, expected)
        if (saved) erased.delete(owner)
        return saved
      },
      erase: async (owner) => {
        erased.add(owner)
      },
    }
  }),
  broken('retry inside the adapter', 'S5', (right) => ({
    async save(owner, data, version, expected) {
      if (await right.save(owner, data, version, expected)) return true
      await later()
      const found = await right.load(owner)
      return found === null || expected === null ? false : right.save(owner, data, version, found.version)
    },
  })),
]
