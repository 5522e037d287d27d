/** Turns a vanished record into an error: absent would mean "no MFA", which opens the account (S9). */

import { MfaError, type MfaStore } from '@countersign/core'

/**
 * Wraps a store with the host's own knowledge of who has MFA, such as a column of its user table.
 *
 * @param mustExist true for an owner whose record must be there; asked only when it is not. What it throws is passed on.
 */
export function requireExisting(store: MfaStore, mustExist: (owner: string) => boolean | Promise<boolean>): MfaStore {
  const refuseMissing = async (owner: string): Promise<void> => {
    if ((await mustExist(owner)) !== false) {
      throw new MfaError('store_misbehaved', 'The record of a user who has MFA is missing from the store.')
    }
  }
  return {
    async load(owner) {
      const stored = await store.load(owner)
      if (stored === null) await refuseMissing(owner)
      return stored
    },
    async save(owner, data, version, expected) {
      if (expected === null) await refuseMissing(owner)
      return store.save(owner, data, version, expected)
    },
    erase: (owner) => store.erase(owner),
  }
}
