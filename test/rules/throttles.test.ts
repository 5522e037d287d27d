import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway, hour } from './halfway.js'

describe('failures', () => {
  it('wait after the fifth in a row: 30 s, doubling, up to an hour', async () => {
    const { clock, wrong } = await halfway({ totp: true })
    for (let failure = 1; failure <= 4; failure++) expect(await wrong()).not.toHaveProperty('retryAtMs')
    for (const wait of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
      expect(await wrong()).toMatchObject({ reason: 'invalid_code', retryAtMs: clock.nowMs() + wait * 1000 })
      clock.advance(wait * 1000 - 1)
      expect(await wrong()).toMatchObject({ reason: 'throttled', retryAtMs: clock.nowMs() + 1 })
      clock.advance(1)
    }
  })

  it('during a wait the right code gets the wrong code’s answer, and neither is counted (X16)', async () => {
    const { mfa, session, app, wrong, throttles } = await halfway({ totp: true })
    for (let failure = 1; failure <= 5; failure++) await wrong()
    const right = await mfa.challenges.verify(session, { factor: 'totp', code: app.code() })
    expect(right).toMatchObject({ ok: false, reason: 'throttled' })
    expect(right).toEqual(await wrong())
    expect(await throttles()).toMatchObject({ totp: { failures: 5 } })
    expect(await mfa.challenges.create(session, { factor: 'totp' })).toMatchObject({
      ok: false,
      reason: 'throttled',
      retryAtMs: expect.any(Number),
    })
    expect((await mfa.sessions.assess(session)).offers).toMatchObject([
      { factor: 'totp', availableAtMs: expect.any(Number) },
    ])
  })

  it('survive sessions, challenges and resends (X08)', async () => {
    const { user, wrong, throttles, mfa } = await halfway({ totp: true })
    for (let failure = 1; failure <= 4; failure++) await wrong(await user.signIn())
    const session = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'totp' }))
    await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    expect(await throttles()).toMatchObject({ totp: { failures: 5 }, total: 5 })
    unwrap(await mfa.sessions.endAll({ userId: user.userId }))
    expect(await wrong(await user.signIn())).toMatchObject({ reason: 'throttled' })
  })

  it('a success resets its own kind and the total, unless it is recovery; the total has no wait of its own', async () => {
    const { mfa, clock, session, app, user, wrong, throttles } = await halfway({
      email: true,
      recoveryCodes: true,
      totp: true,
    })
    const byEmail = async (code?: string) => {
      clock.advance(61 * 1000)
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      return mfa.challenges.complete(session, { challengeId: challenge.id, code: code ?? '000000' })
    }
    for (let failure = 1; failure <= 3; failure++) await wrong()
    await byEmail()
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    expect(await throttles()).toMatchObject({ totp: { failures: 3 }, email: { failures: 1 }, total: 4 })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(await throttles()).toEqual({ email: { failures: 1, lastAtMs: expect.any(Number) }, total: 0 })
  })

  it('notices go out once per streak of failures, not once per failure; a replay tells at once', async () => {
    const { mfa, session, app, wrong, outbox, clock } = await halfway({ email: true, totp: true })
    for (let failure = 1; failure <= 2; failure++) await wrong()
    expect(outbox.notices).toEqual([])
    for (let failure = 3; failure <= 5; failure++) await wrong()
    expect(outbox.notices.map(({ notice }) => notice)).toEqual(['repeated_failures'])
    clock.advance(hour)
    const code = app.freshCode()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code }))
    await mfa.challenges.verify(session, { factor: 'totp', code })
    await mfa.challenges.verify(session, { factor: 'totp', code })
    expect(outbox.notices.map(({ notice }) => notice)).toEqual(['repeated_failures', 'code_replayed'])
  })

  it('nothing moves a counter without a begun session (X15)', async () => {
    const { mfa, user, throttles } = await halfway({ totp: true })
    for (let tries = 0; tries < 40; tries++) {
      await mfa.challenges.verify(
        { userId: user.userId, sessionId: `stranger-${tries}` },
        { factor: 'totp', code: '000000' },
      )
      await mfa.contacts.confirm({ userId: user.userId }, { channel: 'email', code: 'x'.repeat(22) })
    }
    expect(await throttles()).toEqual({ total: 0 })
  })

  it('a success after failures says in its event how many there were', async () => {
    const { mfa, session, app, events, wrong } = await halfway({ totp: true })
    await wrong()
    await wrong()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(events.at(-1)).toMatchObject({ type: 'challenge.completed', afterFailures: 2 })
  })

  it('make their own kind wait, and no other', async () => {
    const { mfa, session, wrong } = await halfway({ email: true, recoveryCodes: true, totp: true })
    for (let failure = 1; failure <= 5; failure++) await wrong()
    const { offers } = await mfa.sessions.assess(session)
    expect(offers.filter(({ availableAtMs }) => availableAtMs !== undefined).map(({ factor }) => factor)).toEqual([
      'totp',
    ])
    for (const factor of ['email', 'recovery_code'] as const)
      expect((await mfa.challenges.create(session, { factor })).ok).toBe(true)
  })

  it('an offer is available once both its wait and its send budget are over', async () => {
    const policy = { sendsPerHour: 1, backoffFromFailure: 1 }
    const { mfa, clock, session, create } = await halfway({ email: true }, { policy })
    const sentAtMs = clock.nowMs()
    const { id } = await create('email')
    expect(await mfa.challenges.complete(session, { challengeId: id, code: '000000' })).toMatchObject({
      retryAtMs: sentAtMs + 30 * 1000,
    })
    expect((await mfa.sessions.assess(session)).offers).toMatchObject([{ availableAtMs: sentAtMs + hour }])
  })

  it('a streak that a success ended is over: the next one is told anew', async () => {
    const { mfa, clock, session, app, wrong, outbox } = await halfway({ email: true, totp: true })
    for (const told of [1, 2]) {
      for (let failure = 1; failure <= 4; failure++) await wrong()
      expect(outbox.notices.map(({ notice }) => notice)).toEqual(Array(told).fill('repeated_failures'))
      clock.advance(hour)
      unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    }
  })

  it('all apps count together, whichever is named', async () => {
    const { mfa, clock, user, session, app, throttles } = await halfway({ totp: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    const { factorId, uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'second' }))
    const first = user.app.code()
    app.scan(uri)
    expect(app.code()).not.toBe(first)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    const other = factors.find(({ id }) => id !== factorId)?.id as string
    for (const named of [factorId, other, factorId, other, factorId])
      await mfa.challenges.verify(session, { factor: 'totp', factorId: named, code: '000000' })
    expect(await throttles()).toMatchObject({ totp: { failures: 5 } })
    expect(await mfa.challenges.verify(session, { factor: 'totp', factorId: other, code: '000000' })).toMatchObject({
      reason: 'throttled',
      retryAtMs: clock.nowMs() + 30 * 1000,
    })
  })

  it('wrong codes for what is pending count in the total, never on the active factors of its kind', async () => {
    const { mfa, session, app, throttles } = await halfway({ totp: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    unwrap(await mfa.totp.enroll(session, { accountName: 'second' }))
    for (let failure = 1; failure <= 9; failure++)
      expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({ attemptsLeft: 10 - failure })
    expect(await throttles()).toEqual({ total: 9 })
    expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({
      reason: 'invalid_code',
      attemptsLeft: 0,
    })
    expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({ reason: 'nothing_pending' })
    expect(await throttles()).toEqual({ total: 10 })
  })

  it('a clock that jumps back neither ends a wait nor makes it longer', async () => {
    const { clock, wrong } = await halfway({ totp: true })
    for (let failure = 1; failure <= 5; failure++) await wrong()
    const retryAtMs = clock.nowMs() + 30 * 1000
    clock.advance(-hour)
    expect(await wrong()).toMatchObject({ reason: 'throttled', retryAtMs })
    clock.set(retryAtMs)
    expect(await wrong()).toMatchObject({ reason: 'invalid_code' })
  })
})
