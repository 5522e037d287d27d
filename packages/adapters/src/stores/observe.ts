/** Tells how long each call of a store took and how it ended; never what was stored. */

import type { MfaStore } from '@countersign/core'

/** One finished call. Neither owner nor data is in it. */
export interface StoreCall {
  /** Which of the three. */
  readonly call: 'load' | 'save' | 'erase'
  /** `found` or `absent` of a load, `saved` or `conflict` of a save, `erased`; `failed` when it threw. */
  readonly outcome: 'found' | 'absent' | 'saved' | 'conflict' | 'erased' | 'failed'
  /** How long it took, in milliseconds. */
  readonly tookMs: number
}

/** Answers exactly as `store` does; what `onCall` throws is ignored. */
export function observeStore(store: MfaStore, onCall: (call: StoreCall) => void): MfaStore {
  const watched = async <T>(
    call: StoreCall['call'],
    work: () => Promise<T>,
    outcomeOf: (answer: T) => StoreCall['outcome'],
  ): Promise<T> => {
    const startedMs = performance.now()
    let outcome: StoreCall['outcome'] = 'failed'
    try {
      const answer = await work()
      outcome = outcomeOf(answer)
      return answer
    } finally {
      tell(onCall, { call, outcome, tookMs: performance.now() - startedMs })
    }
  }
  return {
    load: (owner) =>
      watched(
        'load',
        () => store.load(owner),
        (stored) => (stored === null ? 'absent' : 'found'),
      ),
    save: (owner, data, version, expected) =>
      watched(
        'save',
        () => store.save(owner, data, version, expected),
        (saved) => (saved ? 'saved' : 'conflict'),
      ),
    erase: (owner) =>
      watched(
        'erase',
        () => store.erase(owner),
        () => 'erased',
      ),
  }
}

function tell(onCall: (call: StoreCall) => void, call: StoreCall): void {
  try {
    onCall(call)
  } catch {}
}
