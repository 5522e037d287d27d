/** Stores that each break one law on purpose: the suite must catch every one. */

import type { StoredRecord } from '@countersign/core'
import { type BrokenStore, broken, folding, later } from './break-store.js'

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
  broken('lost update under load', 'S5', (right, records) => {
    let busy = 0
    return {
      async save(owner, data, version, expected) {
        busy++
        await later()
        const isOverloaded = busy > 4 && records.has(owner)
        busy--
        if (!isOverloaded) return right.save(owner, data, version, expected)
        records.set(owner, { version, data })
        return true
      },
    }
  }),
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
  broken('a lost answer taken for false', 'S4', (right) => {
    let saves = 0
    return {
      async save(owner, data, version, expected) {
        const saved = await right.save(owner, data, version, expected)
        return saved && ++saves % 10 !== 0
      },
    }
  }),
  broken('true before it is stored', 'S3', (right) => ({
    async save(owner, data, version, expected) {
      const matched = ((await right.load(owner))?.version ?? null) === expected
      if (matched) setTimeout(() => right.save(owner, data, version, expected), 5)
      return matched
    },
  })),
  broken('truncated text', 'S1', (right) => ({
    save: (owner, text, ...rest) => right.save(owner, text.slice(0, 4096), ...rest),
  })),
  broken('normalized text', 'S1', (right) => ({
    save: (owner, text, ...rest) => right.save(owner, text.normalize('NFC'), ...rest),
  })),
  broken('trimmed text', 'S1', (right) => ({
    save: (owner, text, ...rest) => right.save(owner, text.trim(), ...rest),
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
  folding('case-folding owners', (owner) => owner.toLowerCase()),
  folding('owners without trailing spaces', (owner) => owner.trimEnd()),
  folding('owners in normal form', (owner) => owner.normalize('NFC')),
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
  broken('record that expires', 'S9', (right, records) => {
    // Its clock ticks with every call.
    const born = new Map<string, number>()
    let now = 0
    return {
      async load(owner) {
        if (++now - (born.get(owner) ?? now) > 100) records.delete(owner)
        return right.load(owner)
      },
      async save(owner, data, version, expected) {
        born.set(owner, ++now)
        return right.save(owner, data, version, expected)
      },
    }
  }),
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
