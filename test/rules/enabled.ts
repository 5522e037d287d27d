/** A user with MFA switched on, and the kinds of the offers of a session. */

import { createTestMfa, type GivenUser, type TestMfa } from '@countersign/adapters/testing'

export const kinds = (offers: readonly { factor: string }[]): readonly string[] => offers.map(({ factor }) => factor)

export async function enabled(
  options: Parameters<TestMfa['givenUser']>[0],
  overrides: Parameters<typeof createTestMfa>[0] = {},
): Promise<TestMfa & { user: GivenUser }> {
  const test = createTestMfa(overrides)
  const user = await test.givenUser({ ...options, enabled: true })
  return { ...test, app: user.app, user }
}
