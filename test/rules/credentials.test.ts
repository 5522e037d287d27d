import type { TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { enabled, kinds } from './enabled.js'

const day = 86_400_000

async function prove(test: TestMfa, session: SessionRef, channel: 'email' | 'phone', address: string) {
  const created = await test.mfa.challenges.create(session, { factor: channel })
  return created.ok
    ? test.mfa.challenges.complete(session, { challengeId: created.challenge.id, code: test.outbox.codeTo(address) })
    : created
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

  it('after a change over the channel or by an administrator or in the session, every address that is left is told', async () => {
    for (const [via, told] of [
      ['phone', ['email']],
      ['session', ['email', 'phone']],
      ['admin', ['email', 'phone']],
    ] as const) {
      const test = await enabled({ email: true, phone: true })
      test.outbox.clear()
      unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via }))
      expect(test.outbox.notices.map(({ channel }) => channel).sort()).toEqual(told)
      expect(test.events.at(-1)).toMatchObject({ type: 'credentials.changed', via })
    }
  })

  it('only a password is derived: a sign-in by another method proves what it always did', async () => {
    const test = await enabled({ email: true, totp: true })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    const byPasskey = await test.user.signIn({ method: 'passkey' })
    expect(kinds((await test.mfa.sessions.assess(byPasskey)).offers)).toEqual(['totp', 'email'])
  })

  it('a password typed at the very instant of the change, or later in the excepted session, is derived too', async () => {
    const test = await enabled({ email: true, totp: true })
    const { session } = test.user
    test.clock.advance(1)
    unwrap(
      await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email', except: session.sessionId }),
    )
    expect(kinds((await test.mfa.sessions.assess(await test.user.signIn())).offers)).toEqual(['totp'])
    const { assessment } = unwrap(await test.mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect(kinds(assessment.offers)).toEqual(['totp'])
  })

  it('a locked factor over another medium is a factor too: waiting 24 h changes nothing', async () => {
    const test = await enabled({ email: true, totp: true }, { policy: { lockAfterFailures: 1 } })
    await test.mfa.challenges.verify(await test.user.signIn(), { factor: 'totp', code: '000000' })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    test.clock.advance(10 * day)
    expect(await test.mfa.sessions.assess(await test.user.signIn())).toMatchObject({
      satisfied: false,
      next: 'other_sign_in_method',
      offers: [],
    })
  })

  it('a withdrawn one can never be proven, so that it is 24 h as for a user without another', async () => {
    const test = await enabled({ email: true, phone: true })
    unwrap(await test.mfa.contacts.withdraw({ userId: test.user.userId }, { channel: 'phone' }))
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    test.clock.advance(day - 1)
    const session = await test.user.signIn()
    expect((await test.mfa.sessions.assess(session)).offers).toEqual([])
    test.clock.advance(1)
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['email'])
  })

  it('resetIndependenceMs is the policy’s, and a second reset starts it again', async () => {
    const hour = 3_600_000
    const test = await enabled({ email: true }, { policy: { resetIndependenceMs: hour } })
    const reset = async () => unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    await reset()
    test.clock.advance(hour - 1)
    await reset()
    test.clock.advance(hour - 1)
    const session = await test.user.signIn()
    expect((await test.mfa.sessions.assess(session)).offers).toEqual([])
    test.clock.advance(1)
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['email'])
  })

  it('proving the channel itself ends nothing: the derived password stays derived', async () => {
    const test = await enabled({ email: true, phone: true })
    unwrap(await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email' }))
    const byPasskey = await test.user.signIn({ method: 'passkey' })
    unwrap(await prove(test, byPasskey, 'email', test.user.email as string))
    expect(kinds((await test.mfa.sessions.assess(await test.user.signIn())).offers)).toEqual(['phone'])
    unwrap(await prove(test, await test.user.signIn(), 'phone', test.user.phone as string))
    expect(kinds((await test.mfa.sessions.assess(await test.user.signIn())).offers)).toEqual(['phone', 'email'])
  })

  it('an email challenge open in the excepted session cannot complete over a password derived from email (X19)', async () => {
    const test = await enabled({ email: true, totp: true })
    const session = await test.user.signIn()
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'email' }))
    unwrap(
      await test.mfa.credentials.changed({ userId: test.user.userId }, { via: 'email', except: session.sessionId }),
    )
    unwrap(await test.mfa.sessions.reauthenticate(session, { method: 'password' }))
    const code = test.outbox.codeTo(test.user.email as string)
    expect(await test.mfa.challenges.complete(session, { challengeId: challenge.id, code })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('except names a session that goes on with what it had open; one that is unknown excepts nobody', async () => {
    const test = await enabled({ email: true, totp: true })
    const userRef = { userId: test.user.userId }
    const session = await test.user.signIn()
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'email' }))
    unwrap(await test.mfa.credentials.changed(userRef, { via: 'session', except: session.sessionId }))
    const code = test.outbox.codeTo(test.user.email as string)
    expect((await test.mfa.challenges.complete(session, { challengeId: challenge.id, code })).ok).toBe(true)
    unwrap(await test.mfa.credentials.changed(userRef, { via: 'session', except: 'unknown' }))
    expect((await test.mfa.sessions.assess(session)).next).toBe('sign_in')
  })
})
