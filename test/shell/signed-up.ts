/** A user with an app and an email address, signed in, on a store that fails when told. */

import { createTestMfa } from '@countersign/adapters/testing'
import { isMfaError } from '@countersign/core'
import { createObservedStore } from './observed-store.js'

export const lost = (): never => {
  throw new Error('connection lost')
}

export async function signedUp() {
  const store = createObservedStore()
  const test = createTestMfa({ store, portTimeLimitMs: 50 })
  const user = await test.givenUser({ email: true, totp: true })
  const session = await user.signIn()
  store.reset()
  test.outbox.clear()
  test.events.length = 0
  return { ...test, store, user, session }
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isMfaError(error) ? error.code : `not an MfaError: ${String(error)}`
}
