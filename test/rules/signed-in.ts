/** A user without any factor who just signed in with a password. */

import { createTestMfa } from '@countersign/adapters/testing'

export const minute = 60_000
export const email = 'kim@example.com'
export const phone = '+4915112345678'
export const url = 'https://acme.example/verify?lang=en#top'
export const support = { actor: 'support:7', reason: 'called in, identity checked' }

export async function signedIn(overrides: Parameters<typeof createTestMfa>[0] = {}) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser()
  return { ...test, app: user.app, user, session: user.session, ref: { userId: user.userId } }
}
