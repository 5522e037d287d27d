import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway, hour } from './halfway.js'

describe('locks', () => {
  it('30 in a row lock the kind, also for the right code; other factors go on (X15)', async () => {
    const { mfa, clock, session, app, wrong, outbox, events, user } = await halfway({ email: true, totp: true })
    for (let failure = 1; failure <= 30; failure++) {
      expect(await wrong()).toMatchObject({ reason: 'invalid_code', attemptsLeft: 30 - failure })
      clock.advance(hour)
    }
    expect(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() })).toMatchObject({
      reason: 'locked',
      assessment: { enforced: true, satisfied: false },
    })
    expect(events.filter(({ type }) => type === 'factor.locked')).toMatchObject([{ factor: 'totp' }])
    expect(outbox.notices.map(({ notice }) => notice)).toEqual(['repeated_failures', 'factor_locked'])
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    expect(
      (await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(user.email as string) }))
        .ok,
    ).toBe(true)
  })

  it('50 in total lock the typed kinds, never recovery', async () => {
    const { mfa, clock, session, user, wrong, throttles } = await halfway(
      { email: true, recoveryCodes: true, totp: true },
      { policy: { lockAllAfterFailures: 8, lockAfterFailures: 100 } },
    )
    const byEmail = async () => {
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    }
    for (let failure = 1; failure <= 4; failure++) {
      await wrong()
      await byEmail()
      clock.advance(hour)
    }
    expect((await mfa.sessions.assess(session)).offers.map(({ factor }) => factor)).toEqual(['recovery_code'])
    expect(await throttles()).toEqual({ total: 0 })
    expect(
      (await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string })).ok,
    ).toBe(true)
  })

  it('29 in a row, a success and 29 more lock nothing', async () => {
    const { mfa, clock, session, app, wrong, throttles } = await halfway({ totp: true })
    for (const round of [1, 2]) {
      for (let failure = 1; failure <= 29; failure++) {
        expect((await wrong()).ok).toBe(false)
        clock.advance(hour)
      }
      expect(await throttles(), `round ${round}`).toMatchObject({ totp: { failures: 29 }, total: 29 })
      expect((await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() })).ok).toBe(true)
    }
  })

  it('the fiftieth in total locks every typed kind, the forty-ninth none; each lock is told once', async () => {
    const { mfa, clock, session, user, wrong, throttles, events, outbox } = await halfway(
      { email: true, phone: true, totp: true },
      { policy: { sendsPerDay: 100 } },
    )
    const wrongByPhone = async () => {
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
      return mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    }
    for (let failure = 1; failure <= 49; failure++) {
      expect(await (failure <= 28 ? wrong() : wrongByPhone())).toMatchObject({ reason: 'invalid_code' })
      clock.advance(hour)
    }
    expect(await throttles()).toMatchObject({ totp: { failures: 28 }, phone: { failures: 21 }, total: 49 })
    expect(events.filter(({ type }) => type === 'factor.locked')).toEqual([])
    await wrong()
    expect(events.filter(({ type }) => type === 'factor.locked')).toMatchObject([
      { factor: 'totp' },
      { factor: 'email' },
      { factor: 'phone' },
    ])
    expect(
      outbox.notices.filter(({ notice, channel }) => notice === 'factor_locked' && channel === 'email'),
    ).toHaveLength(3)
    for (const factor of ['totp', 'email', 'phone'] as const)
      expect(await mfa.challenges.create(session, { factor })).toMatchObject({ reason: 'locked' })
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).factors.map(({ status }) => status)).toEqual([
      'locked',
      'locked',
      'locked',
    ])
  })

  it('wrong codes for what is pending reach the total too; a withdrawn factor stays withdrawn', async () => {
    const { mfa, user, session, app, events } = await halfway(undefined, { policy: { lockAllAfterFailures: 8 } })
    unwrap(await mfa.contacts.withdraw({ userId: user.userId }, { channel: 'phone' }))
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    unwrap(await mfa.totp.enroll(session, { accountName: 'second' }))
    for (let failure = 1; failure <= 8; failure++) {
      expect(events.filter(({ type }) => type === 'factor.locked')).toEqual([])
      await mfa.totp.confirm(session, { code: '000000' })
    }
    expect(events.filter(({ type }) => type === 'factor.locked')).toMatchObject([
      { factor: 'totp' },
      { factor: 'email' },
    ])
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    expect(factors.map(({ kind, status }) => `${kind} ${status}`).sort()).toEqual([
      'email locked',
      'phone withdrawn',
      'totp locked',
      'totp pending',
    ])
  })
})
