/** A store that counts calls, and can be told to misbehave once. */

import { createMemoryStore } from '@countersign/adapters/memory'
import type { MfaStore } from '@countersign/core'

export interface ObservedStore extends MfaStore {
  readonly calls: { load: number; save: number; erase: number }
  /** Replaces the next call of a method. `original` performs it. */
  next<K extends keyof MfaStore>(method: K, replace: (original: () => ReturnType<MfaStore[K]>) => unknown): void
  reset(): void
}

export function createObservedStore(inner: MfaStore = createMemoryStore()): ObservedStore {
  const calls = { load: 0, save: 0, erase: 0 }
  const queued = new Map<keyof MfaStore, ((original: () => Promise<unknown>) => unknown)[]>()
  const through = <T>(method: keyof MfaStore, original: () => Promise<T>): Promise<T> => {
    calls[method]++
    const replace = queued.get(method)?.shift()
    return replace === undefined ? original() : (replace(original) as Promise<T>)
  }
  return {
    calls,
    load: (owner) => through('load', () => inner.load(owner)),
    save: (owner, data, version, expected) => through('save', () => inner.save(owner, data, version, expected)),
    erase: (owner) => through('erase', () => inner.erase(owner)),
    next(method, replace) {
      const list = queued.get(method) ?? []
      list.push(replace as (original: () => Promise<unknown>) => unknown)
      queued.set(method, list)
    },
    reset() {
      Object.assign(calls, { load: 0, save: 0, erase: 0 })
      queued.clear()
    },
  }
}
