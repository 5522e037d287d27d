import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { parseDecimalCode } from '../../packages/core/src/challenge/typed-code.js'
import { halfway, minute } from './halfway.js'

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

  it('is told by an event with the challenge, the factor and the purpose, where there are any', async () => {
    const { mfa, create, session, codeTo, app, events } = await halfway({
      email: true,
      totp: true,
      recoveryCodes: true,
    })
    const { id: challengeId, factorId } = await create('email', session, 'transfer')
    unwrap(await mfa.challenges.complete(session, { challengeId, code: codeTo('email') }))
    const completed = { type: 'challenge.completed', afterFailures: 0 }
    expect(events.at(-1)).toMatchObject({ ...completed, challengeId, factor: 'email', factorId, purpose: 'transfer' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(events.at(-1)).toMatchObject({
      ...completed,
      factor: 'totp',
      factorId: expect.any(String),
      purpose: 'sign_in',
    })
    expect(events.at(-1)).not.toHaveProperty('challengeId')
    const { id: another } = await create('email', session, 'delete')
    await mfa.challenges.complete(session, { challengeId: another, code: '000000' })
    const failed = {
      type: 'challenge.failed',
      challengeId: another,
      factor: 'email',
      purpose: 'delete',
      detail: 'wrong',
    }
    expect(events.at(-1)).toMatchObject(failed)
    await mfa.challenges.complete(session, { challengeId: 'unknown', code: '000000' })
    expect(Object.keys(events.at(-1) as object)).not.toContain('factor')
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
    const { mfa, create, session, codeTo } = await halfway(undefined, { policy: { backoffFromFailure: 10 } })
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

  it('a challenge by app ends at its deadline, ten minutes after creation', async () => {
    for (const [ageMs, ok] of [
      [10 * minute - 1, true],
      [10 * minute, false],
      [10 * minute + 1, false],
    ] as const) {
      const { mfa, clock, create, session, app } = await halfway()
      const { id: challengeId, createdAtMs, expiresAtMs } = await create('totp')
      expect(expiresAtMs).toBe(createdAtMs + 10 * minute)
      clock.set(createdAtMs + ageMs)
      expect((await mfa.challenges.complete(session, { challengeId, code: app.code() })).ok, `${ageMs}`).toBe(ok)
    }
  })
})

it('a typed code has at most 64 characters, spaces and hyphens included', () => {
  const typed = (length: number) => parseDecimalCode('1 2-3456'.padEnd(length), 6)
  expect([typed(8), typed(64), typed(65)]).toEqual(['123456', '123456', undefined])
})
