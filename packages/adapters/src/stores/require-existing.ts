/** Turns a vanished record into an error: absent would mean "no MFA", which opens the account (S9). */

import { MfaError, type MfaStore, type UserRef } from '@countersign/core'

/**
 * Wraps a store with the host's own knowledge of who has MFA, such as a column of its user table.
 *
 * @param mustExist true for a user whose record must be there; gets `userId` and, where given, `tenantId`, as the host
 * gave them. Asked only when the record is not there. What it throws is passed on. Anything but `false`, and an owner
 * that names no user, is a `store_misbehaved` error.
 */
export function requireExisting(store: MfaStore, mustExist: (user: UserRef) => boolean | Promise<boolean>): MfaStore {
  const refuseMissing = async (owner: string): Promise<void> => {
    const user = userOf(owner)
    if (user === undefined) throw new MfaError('store_misbehaved', 'The store was asked for an owner that is no user.')
    if ((await mustExist(user)) !== false) {
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

const encoder = /* @__PURE__ */ new TextEncoder()

/** Who is behind the core's `"<bytes of tenant in UTF-8>:<tenant><user>"`; `undefined` for anything else. */
function userOf(owner: string): UserRef | undefined {
  const [, length, rest] = /^(0|[1-9][0-9]{0,2}):(.+)$/su.exec(owner) ?? []
  if (length === undefined || rest === undefined) return undefined
  let bytesLeft = Number(length)
  let end = 0
  for (const character of rest) {
    if (bytesLeft <= 0) break
    bytesLeft -= encoder.encode(character).length
    end += character.length
  }
  const userId = rest.slice(end)
  if (bytesLeft !== 0 || userId === '') return undefined
  return end === 0 ? { userId } : { userId, tenantId: rest.slice(0, end) }
}
