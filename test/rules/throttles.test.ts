import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const second = 1000
const hour = 3600 * second
const day = 24 * hour

async function halfway(
  options: Parameters<TestMfa['givenUser']>[0] = {},
  overrides: Parameters<typeof createTestMfa>[0] = {},
) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser({ totp: true, ...options })
  const session = await user.signIn()
  const wrong = (at: SessionRef = session) => test.mfa.challenges.verify(at, { factor: 'totp', code: '000000' })
  const throttles = async () => unwrap(await test.mfa.admin.inspect({ userId: user.userId })).throttles
  test.outbox.clear()
  return { ...test, app: user.app, user, session, wrong, throttles }
}

describe('failures', () => {
  it('wait after the fifth in a row: 30 s, doubling, up to an hour', async () => {
    const { clock, wrong } = await halfway()
    for (let failure = 1; failure <= 4; failure++) expect(await wrong()).not.toHaveProperty('retryAtMs')
    for (const wait of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
      expect(await wrong()).toMatchObject({ reason: 'invalid_code', retryAtMs: clock.nowMs() + wait * second })
      clock.advance(wait * second - 1)
      expect(await wrong()).toMatchObject({ reason: 'throttled', retryAtMs: clock.nowMs() + 1 })
      clock.advance(1)
    }
  })

  it('during a wait the right code gets the wrong code’s answer, and neither is counted (X16)', async () => {
    const { mfa, session, app, wrong, throttles } = await halfway()
    for (let failure = 1; failure <= 5; failure++) await wrong()
    const right = await mfa.challenges.verify(session, { factor: 'totp', code: app.code() })
    expect(right).toEqual(await wrong())
    expect(await throttles()).toMatchObject({ totp: { failures: 5 } })
    expect(await mfa.challenges.create(session, { factor: 'totp' })).toMatchObject({
      reason: 'throttled',
      retryAtMs: expect.any(Number),
    })
    expect((await mfa.sessions.assess(session)).offers).toMatchObject([
      { factor: 'totp', availableAtMs: expect.any(Number) },
    ])
  })

  it('survive sessions, challenges and resends (X08)', async () => {
    const { user, wrong, throttles, mfa } = await halfway()
    for (let failure = 1; failure <= 4; failure++) await wrong(await user.signIn())
    const session = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'totp' }))
    await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    expect(await throttles()).toMatchObject({ totp: { failures: 5 }, total: 5 })
    unwrap(await mfa.sessions.endAll({ userId: user.userId }))
    expect(await wrong(await user.signIn())).toMatchObject({ reason: 'throttled' })
  })

  it('30 in a row lock the kind, also for the right code; other factors go on (X15)', async () => {
    const { mfa, clock, session, app, wrong, outbox, events, user } = await halfway({ email: true })
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
      { email: true, recoveryCodes: true },
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

  it('a success resets its own kind and the total, unless it is recovery; the total has no wait of its own', async () => {
    const { mfa, clock, session, app, user, wrong, throttles } = await halfway({ email: true, recoveryCodes: true })
    const byEmail = async (code?: string) => {
      clock.advance(61 * second)
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
    const { mfa, session, app, wrong, outbox, clock } = await halfway({ email: true })
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
    const { mfa, user, throttles } = await halfway()
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
    const { mfa, session, app, events, wrong } = await halfway()
    await wrong()
    await wrong()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(events.at(-1)).toMatchObject({ type: 'challenge.completed', afterFailures: 2 })
  })
})

describe('send budgets', () => {
  const send = async (test: TestMfa, at: SessionRef) => test.mfa.challenges.create(at, { factor: 'email' })

  it('are five per hour and ten per day and channel, shared by sessions and purposes', async () => {
    const test = await halfway({ email: true, phone: true })
    const started = test.clock.nowMs()
    for (let sent = 0; sent < 5; sent++) expect((await send(test, await test.user.signIn())).ok).toBe(true)
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled', retryAtMs: started + hour })
    expect((await test.mfa.challenges.create(test.session, { factor: 'phone' })).ok).toBe(true)
    expect(
      (await test.mfa.sessions.assess(test.session)).offers.find(({ factor }) => factor === 'email'),
    ).toMatchObject({ availableAtMs: started + hour })
    test.clock.advance(hour)
    for (let sent = 0; sent < 5; sent++) expect((await send(test, await test.user.signIn())).ok).toBe(true)
    test.clock.advance(hour)
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled', retryAtMs: started + day })
    expect(test.outbox.messages.filter(({ kind, channel }) => kind === 'code' && channel === 'email')).toHaveLength(10)
  })

  it('are shared by pending and active factors, and survive set, removal and reset (X40)', async () => {
    const { mfa, outbox, clock, givenUser } = createTestMfa({ policy: { newAddressesPerDay: 10 } })
    const user = await givenUser()
    const set = (address: string, at = user.session) => mfa.contacts.set(at, { channel: 'phone', address })
    for (let number = 0; number < 4; number++) expect((await set(`+491511234567${number}`)).ok).toBe(true)
    unwrap(await mfa.contacts.confirm(user.session, { channel: 'phone', code: outbox.codeTo('+4915112345673') }))
    expect((await mfa.challenges.create(user.session, { factor: 'phone' })).ok).toBe(true)
    expect(await set('+4915112345679')).toMatchObject({ reason: 'throttled' })
    unwrap(await mfa.contacts.remove(user.session, { channel: 'phone' }))
    expect(await set('+4915112345679')).toMatchObject({ reason: 'throttled' })
    unwrap(await mfa.admin.reset({ userId: user.userId }, { actor: 'a', reason: 'b' }))
    clock.advance(1)
    expect(await set('+4915112345679', await user.signIn())).toMatchObject({
      reason: 'throttled',
      retryAtMs: expect.any(Number),
    })
  })

  it('allow at most three new addresses a day', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { managementFirstFactorMaxAgeMs: 'session' } })
    const user = await givenUser()
    const set = (name: string) => mfa.contacts.set(user.session, { channel: 'email', address: `${name}@example.com` })
    for (const name of ['a', 'b', 'c']) expect((await set(name)).ok).toBe(true)
    expect(await set('d')).toMatchObject({ reason: 'throttled', retryAtMs: clock.nowMs() + day })
    clock.advance(day)
    expect((await set('d')).ok).toBe(true)
  })

  it('do not count notices or refused creates', async () => {
    const test = await halfway({ email: true })
    for (let tries = 0; tries < 20; tries++) await test.mfa.challenges.create(test.session, { factor: 'phone' })
    for (let tries = 0; tries < 20; tries++) await send(test, test.session)
    for (let failure = 0; failure < 5; failure++) await test.wrong()
    expect((await send(test, await test.user.signIn())).ok).toBe(true)
  })

  it('allowSend lets the host’s own limiter say no first: nothing is saved or sent, and it is asked once', async () => {
    const asked: unknown[] = []
    const answer = { now: (): boolean | Promise<boolean> => false }
    const test = await halfway(
      { email: true },
      {
        allowSend: (request) => {
          asked.push(request)
          return answer.now()
        },
      },
    )
    expect(await send(test, test.session)).toMatchObject({ ok: false, reason: 'throttled' })
    expect(asked).toEqual([
      { userId: test.user.userId, channel: 'email', address: test.user.email, kind: 'code', purpose: 'sign_in' },
    ])
    expect(test.outbox.messages).toEqual([])
    answer.now = () => {
      throw new Error('limiter down')
    }
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled' })
    expect(test.events.some(({ type }) => type === 'port.failed')).toBe(true)
    answer.now = async () => true
    expect((await send(test, test.session)).ok).toBe(true)
  })
})
