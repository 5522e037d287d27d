import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const minute = 60_000

async function halfway(
  options: Parameters<TestMfa['givenUser']>[0] = {},
  overrides: Parameters<typeof createTestMfa>[0] = {},
) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser({ email: true, phone: true, totp: true, ...options })
  const session = await user.signIn()
  test.outbox.clear()
  test.events.length = 0
  const create = async (
    factor: 'email' | 'phone' | 'totp' | 'recovery_code',
    at: SessionRef = session,
    purpose?: string,
  ) => unwrap(await test.mfa.challenges.create(at, { factor, ...(purpose !== undefined && { purpose }) })).challenge
  const codeTo = (factor: 'email' | 'phone') => test.outbox.codeTo(user[factor] as string)
  return { ...test, app: user.app, user, session, create, codeTo }
}

describe('creating a challenge', () => {
  it('answers what a page needs, never the code', async () => {
    const { clock, create, user, outbox } = await halfway()
    const challenge = await create('email')
    expect(challenge).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      factor: 'email',
      factorId: expect.any(String),
      purpose: 'sign_in',
      createdAtMs: clock.nowMs(),
      expiresAtMs: clock.nowMs() + 10 * minute,
      sentTo: 'u***@example.com',
      codeLength: 6,
      delivery: 'sent',
    })
    expect(outbox.last).toMatchObject({
      kind: 'code',
      address: user.email,
      purpose: 'sign_in',
      expiresAtMs: challenge.expiresAtMs,
    })
    expect(await create('totp')).toMatchObject({ delivery: 'none', codeLength: 6 })
  })

  it('within the resend cooldown answers the open one again, and sends nothing', async () => {
    const { clock, create, outbox } = await halfway()
    const first = await create('email')
    clock.advance(minute - 1)
    expect(await create('email')).toEqual({ ...first, delivery: 'none' })
    expect(outbox.messages).toHaveLength(1)
  })

  it('after the cooldown a new one supersedes the old (X09)', async () => {
    const { mfa, clock, create, session, codeTo } = await halfway()
    const first = await create('email')
    const code = codeTo('email')
    clock.advance(minute)
    const second = await create('email')
    expect(second.id).not.toBe(first.id)
    expect(await mfa.challenges.complete(session, { challengeId: first.id, code })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(await mfa.challenges.complete(session, { challengeId: second.id, code })).toMatchObject({
      reason: 'invalid_code',
      attemptsLeft: 4,
    })
    expect((await mfa.challenges.complete(session, { challengeId: second.id, code: codeTo('email') })).ok).toBe(true)
  })

  it('is one per session, factor and purpose: others stay open', async () => {
    const { mfa, create, session, user, app } = await halfway()
    const byEmail = await create('email')
    const byPhone = await create('phone')
    const transfer = await create('totp', session, 'transfer')
    await create('email', await user.signIn())
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).openChallenges).toBe(4)
    expect((await mfa.challenges.complete(session, { challengeId: transfer.id, code: app.freshCode() })).ok).toBe(true)
    expect(byEmail.id).not.toBe(byPhone.id)
  })

  it('at most 40 are open per user, oldest out first', async () => {
    const { mfa, user, create, session } = await halfway()
    const first = await create('totp', session, 'purpose-0')
    for (let index = 1; index <= 40; index++) await create('totp', session, `purpose-${index}`)
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).openChallenges).toBe(40)
    expect(await mfa.challenges.complete(session, { challengeId: first.id, code: user.app.freshCode() })).toMatchObject(
      { reason: 'invalid_code' },
    )
  })

  it('is refused with the assessment: factor_not_available says why', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser()
    for (const factor of ['totp', 'email', 'phone', 'recovery_code'] as const) {
      expect(await mfa.challenges.create(session, { factor })).toMatchObject({
        ok: false,
        reason: 'factor_not_available',
        why: 'none',
        assessment: { satisfied: true },
      })
    }
    unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345678' }))
    expect(await mfa.challenges.create(session, { factor: 'phone' })).toMatchObject({ why: 'unverified' })
    const appsOnly = createTestMfa({ policy: { factors: ['totp'] } })
    const user = await appsOnly.givenUser({ email: true })
    expect(await appsOnly.mfa.challenges.create(user.session, { factor: 'email' })).toMatchObject({ why: 'disabled' })
  })
})

describe('completing a challenge', () => {
  it('is single use, and enters the ledger with its purpose', async () => {
    const { mfa, create, session, codeTo } = await halfway()
    const { id } = await create('email', session, 'manage')
    const code = codeTo('email')
    const done = unwrap(
      await mfa.challenges.complete(session, { challengeId: id, code: ` ${code.slice(0, 3)}-${code.slice(3)} ` }),
    )
    expect(done).toMatchObject({
      factor: 'email',
      assessment: { satisfied: true, lastChallengeAtMs: expect.any(Number) },
    })
    expect(done.assessment.proofs.at(-1)).toMatchObject({ name: 'email', origin: 'challenge', purpose: 'manage' })
    expect(await mfa.challenges.complete(session, { challengeId: id, code })).toMatchObject({ reason: 'invalid_code' })
  })

  it('malformed, wrong, expired, used and foreign codes, and unknown, foreign, superseded or malformed ids, all answer invalid_code; the difference goes to the event', async () => {
    const { mfa, clock, events, create, session, user, codeTo, givenUser } = await halfway()
    const { id } = await create('email')
    const code = codeTo('email')
    const stranger = await givenUser({ email: true, totp: true })
    const other = await user.signIn()
    const tries: [SessionRef, string, string, string][] = [
      [session, id, 'abc', 'malformed'],
      [session, id, '000000', 'wrong'],
      [session, 'nonsense', code, 'unknown_challenge'],
      [session, '__proto__', code, 'unknown_challenge'],
      [session, 'x'.repeat(5000), code, 'unknown_challenge'],
      [other, id, code, 'unknown_challenge'],
      [stranger.session, id, code, 'unknown_challenge'],
    ]
    for (const [at, challengeId, typed, detail] of tries) {
      const answer = await mfa.challenges.complete(at, { challengeId, code: typed })
      expect(answer).toMatchObject({ ok: false, reason: 'invalid_code', assessment: expect.anything() })
      expect(events.at(-1)).toMatchObject({ type: 'challenge.failed', detail })
    }
    clock.advance(10 * minute)
    expect(await mfa.challenges.complete(session, { challengeId: id, code })).toMatchObject({ reason: 'invalid_code' })
    expect(events.at(-1)).toMatchObject({ detail: 'expired' })
  })

  it('malformed codes and unknown ids count nothing (X15)', async () => {
    const { mfa, create, session, user } = await halfway()
    const { id } = await create('email')
    for (const code of [
      '',
      'x',
      '12345',
      '1234567',
      '１２３４５６',
      '12345\u0660',
      '0x1234',
      '1e1000',
      '9'.repeat(100_000),
    ]) {
      await mfa.challenges.complete(session, { challengeId: id, code })
      await mfa.challenges.verify(session, { factor: 'totp', code })
    }
    for (let index = 0; index < 20; index++)
      await mfa.challenges.complete(session, { challengeId: `id-${index}`, code: '123456' })
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles).toEqual({ total: 0 })
    expect(await mfa.challenges.complete(session, { challengeId: id, code: '000000' })).toMatchObject({
      attemptsLeft: 4,
    })
  })

  it('five attempts, then it is dead, also for the right code', async () => {
    const { mfa, create, session, codeTo } = await halfway({}, { policy: { backoffFromFailure: 10 } })
    const { id } = await create('email')
    for (let left = 4; left >= 0; left--) {
      expect(await mfa.challenges.complete(session, { challengeId: id, code: '000000' })).toMatchObject({
        reason: 'invalid_code',
        attemptsLeft: left,
      })
    }
    expect(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email') })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('a purpose given to complete that is not the challenge’s is invalid_code, counted nowhere (X06)', async () => {
    const { mfa, create, session, codeTo, user } = await halfway()
    const { id } = await create('email')
    expect(
      await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email'), purpose: 'manage' }),
    ).toMatchObject({ reason: 'invalid_code' })
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles).toEqual({ total: 0 })
    expect(
      (await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email'), purpose: 'sign_in' })).ok,
    ).toBe(true)
  })

  it('newSessionId moves the ledger in the same save', async () => {
    const { mfa, create, session, codeTo } = await halfway()
    const { id } = await create('phone')
    const done = unwrap(
      await mfa.challenges.complete(session, { challengeId: id, code: codeTo('phone'), newSessionId: 'moved' }),
    )
    expect(done.assessment.satisfied).toBe(true)
    expect((await mfa.sessions.assess(session)).next).toBe('sign_in')
    expect((await mfa.sessions.assess({ ...session, sessionId: 'moved' })).satisfied).toBe(true)
  })

  it('a code lives to the millisecond before its end: five minutes by phone, ten by email and app', async () => {
    for (const [factor, life] of [
      ['phone', 5],
      ['email', 10],
    ] as const) {
      const { mfa, clock, create, session, codeTo } = await halfway()
      const { id } = await create(factor)
      clock.advance(life * minute)
      expect(await mfa.challenges.complete(session, { challengeId: id, code: codeTo(factor) })).toMatchObject({
        reason: 'invalid_code',
      })
      const again = await create(factor)
      clock.advance(life * minute - 1)
      expect((await mfa.challenges.complete(session, { challengeId: again.id, code: codeTo(factor) })).ok).toBe(true)
    }
  })

  it('verify is create and complete in one, for factors that send nothing', async () => {
    const { mfa, session, app } = await halfway()
    expect(unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))).toMatchObject({
      factor: 'totp',
      factorId: expect.any(String),
    })
    await expect(mfa.challenges.verify(session, { factor: 'email' as 'totp', code: '123456' })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  it('only a code or id that is not a string is invalid_argument', async () => {
    const { mfa, session } = await halfway()
    for (const bad of [123456, null, undefined, ['123456'], { toString: () => '123456' }]) {
      await expect(mfa.challenges.complete(session, { challengeId: 'x', code: bad as string })).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('`code`'),
      })
      await expect(
        mfa.challenges.complete(session, { challengeId: bad as string, code: '123456' }),
      ).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('`challengeId`') })
    }
  })

  it('TOTP keeps the last accepted step and only ever moves forward: older steps of the window are refused (X26, X27)', async () => {
    const { mfa, clock, session, app, events } = await halfway()
    clock.advance(5 * minute)
    const older = app.freshCode()
    clock.advance(30_000)
    const newer = app.code()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: newer }))
    expect(await mfa.challenges.verify(session, { factor: 'totp', code: older })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(events.at(-1)).toMatchObject({ type: 'challenge.failed', detail: 'replayed' })
  })

  it('accepts one step either way and no more', async () => {
    const { mfa, clock, session, app } = await halfway()
    for (const [steps, reason] of [
      [-2, 'invalid_code'],
      [2, 'invalid_code'],
    ] as const) {
      clock.advance(10 * minute)
      const now = clock.nowMs()
      clock.set(now + steps * 30_000)
      const code = app.code()
      clock.set(now)
      expect(await mfa.challenges.verify(session, { factor: 'totp', code })).toMatchObject({ reason })
    }
    for (const steps of [-1, 1]) {
      clock.advance(10 * minute)
      const now = clock.nowMs()
      clock.set(now + steps * 30_000)
      const code = app.code()
      clock.set(now)
      expect((await mfa.challenges.verify(session, { factor: 'totp', code })).ok).toBe(true)
    }
  })
})

describe('resending', () => {
  it('replaces the code, keeps attempts and the absolute deadline (X08)', async () => {
    const { mfa, clock, create, session, codeTo } = await halfway()
    const { id, createdAtMs } = await create('phone')
    for (let tries = 0; tries < 4; tries++) await mfa.challenges.complete(session, { challengeId: id, code: '000000' })
    const old = codeTo('phone')
    clock.advance(8 * minute)
    const again = unwrap(await mfa.challenges.resend(session, { challengeId: id })).challenge
    expect(again).toMatchObject({ id, createdAtMs, expiresAtMs: createdAtMs + 10 * minute, delivery: 'sent' })
    expect(old).not.toBe(codeTo('phone'))
    expect(await mfa.challenges.complete(session, { challengeId: id, code: old })).toMatchObject({
      reason: 'invalid_code',
      attemptsLeft: 0,
    })
    expect(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('phone') })).not.toMatchObject({
      ok: true,
    })
  })

  it('waits 60 seconds, and sends three times in all', async () => {
    const { mfa, clock, create, session, outbox } = await halfway()
    const { id } = await create('email')
    const resend = () => mfa.challenges.resend(session, { challengeId: id })
    expect(await resend()).toMatchObject({ reason: 'throttled', retryAtMs: clock.nowMs() + minute })
    for (let times = 0; times < 2; times++) {
      clock.advance(minute)
      expect((await resend()).ok).toBe(true)
    }
    clock.advance(minute)
    expect(await resend()).toMatchObject({ ok: false, reason: 'throttled' })
    expect(outbox.messages).toHaveLength(3)
  })

  it('what cannot be resent is not_found: unknown, foreign, unsent and expired challenges', async () => {
    const { mfa, clock, create, session, user } = await halfway()
    const { id } = await create('email')
    const { id: unsent } = await create('totp')
    const other = await user.signIn()
    for (const [at, challengeId] of [
      [session, 'x'],
      [other, id],
      [session, unsent],
    ] as const) {
      expect(await mfa.challenges.resend(at, { challengeId })).toMatchObject({ reason: 'not_found' })
    }
    clock.advance(10 * minute)
    expect(await mfa.challenges.resend(session, { challengeId: id })).toMatchObject({ reason: 'not_found' })
  })
})

describe('cancelling', () => {
  it('gives a challenge up, can be repeated, and touches no foreign one', async () => {
    const { mfa, create, session, user, codeTo } = await halfway()
    const { id } = await create('email')
    expect((await mfa.challenges.cancel(await user.signIn(), { challengeId: id })).ok).toBe(true)
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).openChallenges).toBe(1)
    expect((await mfa.challenges.cancel(session, { challengeId: id })).ok).toBe(true)
    expect((await mfa.challenges.cancel(session, { challengeId: id })).ok).toBe(true)
    expect(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email') })).toMatchObject({
      reason: 'invalid_code',
    })
  })
})
