/** A user with certain factors in a new session signed in with a password, and ways to prove each. */

import { createAuthenticatorApp, createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type FactorKind, unwrap } from '@countersign/core'

export async function having(
  has: Parameters<TestMfa['givenUser']>[0],
  overrides: Parameters<typeof createTestMfa>[0] = {},
) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser(has)
  const session = await user.signIn()
  const prove = async (factor: FactorKind) => {
    if (factor === 'totp' || factor === 'recovery_code') {
      const code = factor === 'totp' ? user.app.freshCode() : (user.recoveryCodes[0] as string)
      return unwrap(await test.mfa.challenges.verify(session, { factor, code }))
    }
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor }))
    const code = test.outbox.codeTo(user[factor] as string)
    return unwrap(await test.mfa.challenges.complete(session, { challengeId: challenge.id, code }))
  }
  const idsOf = async (kind: FactorKind) =>
    unwrap(await test.mfa.admin.inspect({ userId: user.userId }))
      .factors.filter((factor) => factor.kind === kind)
      .map(({ id }) => id as string)
  const addApp = async (label: string) => {
    const app = createAuthenticatorApp(test.clock)
    app.scan(unwrap(await test.mfa.totp.enroll(session, { accountName: 'kim', label })).uri)
    const { factorId } = unwrap(await test.mfa.totp.confirm(session, { code: app.freshCode() }))
    return { app, factorId }
  }
  const outcome = (answer: { readonly ok: boolean; readonly reason?: string }) => answer.reason ?? 'removed'
  return { ...test, user, ref: { userId: user.userId }, session, prove, idsOf, addApp, outcome }
}
