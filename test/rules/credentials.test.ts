import { createTestMfa, type GivenUser, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const kinds = (offers: readonly { factor: string }[]): readonly string[] => offers.map(({ factor }) => factor)
const day = 86_400_000

async function enabled(
  options: Parameters<TestMfa['givenUser']>[0],
  overrides: Parameters<typeof createTestMfa>[0] = {},
): Promise<TestMfa & { user: GivenUser }> {
  const test = createTestMfa(overrides)
  const user = await test.givenUser({ ...options, enabled: true })
  return { ...test, app: user.app, user }
}

describe('a password set over a channel counts as derived from it', () => {
  it('for a user with a factor over another medium until that factor is proven after the change', async () => {
    const test = await enabled({ email: true, totp: true })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    test.clock.advance(2 * day)
    const session = await test.user.signIn()
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['totp'])
    expect(await test.mfa.challenges.create(session, { factor: 'email' })).toMatchObject({
      reason: 'same_channel_as_sign_in',
    })
    unwrap(await test.mfa.challenges.verify(session, { factor: 'totp', code: test.app.freshCode() }))
    expect(kinds((await test.mfa.sessions.assess(await test.user.signIn())).offers)).toEqual(['totp', 'email'])
  })

  it('or until a recovery code is used', async () => {
    const test = await enabled({ email: true, totp: true, recoveryCodes: true })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    const session = await test.user.signIn()
    unwrap(
      await test.mfa.challenges.verify(session, {
        factor: 'recovery_code',
        code: test.user.recoveryCodes[0] as string,
      }),
    )
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toContain('email')
  })

  it('else for 24 h', async () => {
    const test = await enabled({ email: true })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    test.clock.advance(day - 1)
    const session = await test.user.signIn()
    expect((await test.mfa.sessions.assess(session)).next).toBe('other_sign_in_method')
    test.clock.advance(1)
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['email'])
  })

  it('a phone reset excludes the phone; a change in the session or by an administrator excludes nothing', async () => {
    const test = await enabled({ email: true, phone: true })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'phone' }))
    expect(kinds((await test.mfa.sessions.assess(await test.user.signIn())).offers)).toEqual(['email'])
    for (const via of ['session', 'admin'] as const) {
      const other = await enabled({ email: true, phone: true })
      unwrap(await other.mfa.credentials.changed({ userId: other.user.userId }, { via }))
      expect(kinds((await other.mfa.sessions.assess(await other.user.signIn())).offers)).toEqual(['phone', 'email'])
    }
  })

  it('a later change in the session does not make it independent again', async () => {
    const test = await enabled({ email: true, phone: true })
    const userRef = { userId: test.user.userId }
    unwrap(await test.mfa.credentials.changed(userRef, { via: 'email' }))
    unwrap(await test.mfa.credentials.changed(userRef, { via: 'session' }))
    expect(kinds((await test.mfa.sessions.assess(await test.user.signIn())).offers)).toEqual(['phone'])
  })

  it('all other sessions lose credit; the one excepted goes on, its earlier password untouched', async () => {
    const test = await enabled({ email: true, totp: true })
    const other = await test.user.signIn()
    const { sessionId } = test.user.session
    test.clock.advance(1)
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email', except: sessionId }))
    expect((await test.mfa.sessions.assess(other)).next).toBe('sign_in')
    expect(kinds((await test.mfa.sessions.assess(test.user.session)).offers)).toEqual(['totp', 'email'])
  })

  it('every change sends a notice to the other addresses', async () => {
    const test = await enabled({ email: true, phone: true })
    test.outbox.clear()
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    expect(test.outbox.notices.map(({ notice, channel }) => [notice, channel])).toEqual([
      ['credentials_changed', 'phone'],
    ])
  })
})
