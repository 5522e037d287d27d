/** A user who signed in with a password only, and what the tests of challenges, throttles and sends do with one. */

import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type FactorKind, type SessionRef, unwrap } from '@countersign/core'

export const minute = 60_000
export const hour: number = 60 * minute
export const day: number = 24 * hour

/** `has`: what the user has; by default an email address, a phone and an authenticator app. */
export async function halfway(
  has: Parameters<TestMfa['givenUser']>[0] = { email: true, phone: true, totp: true },
  overrides: Parameters<typeof createTestMfa>[0] = {},
) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser(has)
  const session = await user.signIn()
  test.outbox.clear()
  test.events.length = 0
  const create = async (factor: FactorKind, at: SessionRef = session, purpose?: string) =>
    unwrap(await test.mfa.challenges.create(at, { factor, ...(purpose !== undefined && { purpose }) })).challenge
  const codeTo = (factor: 'email' | 'phone') => test.outbox.codeTo(user[factor] as string)
  const wrong = (at: SessionRef = session) => test.mfa.challenges.verify(at, { factor: 'totp', code: '000000' })
  const throttles = async () => unwrap(await test.mfa.admin.inspect({ userId: user.userId })).throttles
  return { ...test, app: user.app, user, session, create, codeTo, wrong, throttles }
}
