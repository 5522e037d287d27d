import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { support } from './signed-in.js'

describe('support staff', () => {
  it('inspect sees a redacted view; an unknown user is not_found', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ email: 'kim@example.com', totp: true, recoveryCodes: true })
    const view = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    expect(view).toMatchObject({ optedIn: true, enforced: true, openChallenges: 0, keyIds: ['test'] })
    expect(view.factors.map(({ kind }) => kind)).toEqual(['email', 'totp', 'recovery_code'])
    expect(view.sessions).toEqual([expect.objectContaining({ session: expect.stringMatching(/^.{16}$/) })])
    expect(JSON.stringify(view)).not.toMatch(/kim@example|digest|box|secret/)
    for (const call of [
      mfa.admin.inspect({ userId: 'x' }),
      mfa.admin.reset({ userId: 'x' }, support),
      mfa.admin.unlock({ userId: 'x' }, support),
      mfa.admin.removeFactor({ userId: 'x' }, { factorId: 'y', ...support }),
    ]) {
      expect(await call).toMatchObject({ reason: 'not_found' })
    }
  })

  it('reset goes back to a user without MFA, ends every session, and says who and why (X43)', async () => {
    const { mfa, events, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, totp: true, recoveryCodes: true })
    outbox.clear()
    unwrap(await mfa.admin.reset({ userId: user.userId }, support))
    expect((await mfa.sessions.assess(user.session)).next).toBe('sign_in')
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId }))).toMatchObject({
      optedIn: false,
      factors: [],
      sessions: [],
    })
    expect(events.at(-1)).toMatchObject({ type: 'admin.reset', ...support })
    expect(outbox.notices).toMatchObject([{ notice: 'mfa_reset', address: user.email }])
    for (const bad of [{}, { actor: 'a' }, { actor: '', reason: 'b' }, { actor: 'a\nb', reason: 'c' }]) {
      await expect(mfa.admin.reset({ userId: user.userId }, bad as never)).rejects.toMatchObject({
        code: 'invalid_argument',
      })
    }
  })

  it('unlock lifts one factor’s lock, or all and the counts', async () => {
    const { mfa, outbox, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ email: true, totp: true, recoveryCodes: true })
    const session = await user.signIn()
    const lockAll = async () => {
      await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: '0'.repeat(24) })
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    }
    await lockAll()
    expect(outbox.notices.filter(({ notice }) => notice === 'factor_locked')).toHaveLength(3)
    expect((await mfa.sessions.assess(session)).offers).toEqual([])
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    const factorId = factors.find(({ kind }) => kind === 'totp')?.id as string
    unwrap(await mfa.admin.unlock({ userId: user.userId }, { factorId, ...support }))
    expect((await mfa.sessions.assess(session)).offers.map(({ factor }) => factor)).toEqual(['totp'])
    unwrap(await mfa.admin.unlock({ userId: user.userId }, support))
    expect((await mfa.sessions.assess(session)).offers.map(({ factor }) => factor)).toEqual([
      'totp',
      'email',
      'recovery_code',
    ])
    expect(await mfa.admin.unlock({ userId: user.userId }, { factorId: 'x', ...support })).toMatchObject({
      reason: 'not_found',
    })
  })

  it('a lock is also lifted by a recovery-code sign-in followed by enrolling anew', async () => {
    const { mfa, app, clock, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ totp: true, recoveryCodes: true })
    const session = await user.signIn()
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    clock.advance(60_000)
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'new' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect((await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: app.freshCode() })).ok).toBe(true)
    expect(
      unwrap(await mfa.admin.inspect({ userId: user.userId })).factors.filter(({ status }) => status === 'locked'),
    ).toHaveLength(1)
  })

  it('removeFactor removes one factor, the last one switching MFA off', async () => {
    const { mfa, events, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    unwrap(await mfa.admin.removeFactor({ userId: user.userId }, { factorId: factors[0]?.id as string, ...support }))
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['admin.factor_removed', 'factor.removed', 'mfa.disabled'])
    expect((await mfa.sessions.assess(user.session)).enforced).toBe(false)
  })

  it('users.erase forgets the user, can be repeated, and leaves nothing behind', async () => {
    const { mfa, givenUser, events } = createTestMfa()
    const user = await givenUser({ totp: true })
    unwrap(await mfa.users.erase({ userId: user.userId }))
    unwrap(await mfa.users.erase({ userId: user.userId }))
    expect(events.at(-1)).toMatchObject({ type: 'user.erased', userId: user.userId })
    expect(await mfa.admin.inspect({ userId: user.userId })).toMatchObject({ reason: 'not_found' })
  })
})
