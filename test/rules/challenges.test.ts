import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway, minute } from './halfway.js'

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
    expect(await resend()).toMatchObject({ ok: false, reason: 'throttled', retryAtMs: clock.nowMs() + minute })
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

describe('the cooldown', () => {
  it('runs from the newest send: after a resend create answers the same challenge for another minute', async () => {
    const { mfa, clock, create, session, outbox } = await halfway()
    const { id: challengeId } = await create('email')
    clock.advance(minute)
    const { challenge } = unwrap(await mfa.challenges.resend(session, { challengeId }))
    clock.advance(minute - 1)
    expect(await create('email')).toEqual({ ...challenge, delivery: 'none' })
    clock.advance(1)
    expect((await create('email')).id).not.toBe(challengeId)
    expect(outbox.messages).toHaveLength(3)
  })

  // Answered again today: `expiresAtMs` lies in the past, and no code completes it until the cooldown ends.
  it('longer than a code lives never answers a challenge whose code has expired', async () => {
    const policy = { resendCooldownMs: 10 * minute, phoneCodeLifetimeMs: 2 * minute }
    const { mfa, clock, session } = await halfway(undefined, { policy })
    unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
    clock.advance(2 * minute)
    const answer = await mfa.challenges.create(session, { factor: 'phone' })
    expect(answer.ok ? answer.challenge.expiresAtMs : answer.retryAtMs).toBeGreaterThan(clock.nowMs())
  })

  it('holds for one session, factor and purpose: another session is bound only by the budgets', async () => {
    const { create, session, user, outbox } = await halfway()
    const first = await create('email')
    for (const [at, purpose] of [
      [session, 'manage'],
      [await user.signIn(), undefined],
    ] as const) {
      expect(await create('email', at, purpose)).toMatchObject({
        delivery: 'sent',
        id: expect.not.stringMatching(first.id),
      })
    }
    expect(outbox.messages).toHaveLength(3)
  })

  it('is over when the challenge is used up or canceled', async () => {
    const { mfa, create, session } = await halfway(undefined, { policy: { attemptsPerChallenge: 1 } })
    const used = await create('email')
    await mfa.challenges.complete(session, { challengeId: used.id, code: '000000' })
    const next = await create('email')
    expect(next).toMatchObject({ delivery: 'sent', id: expect.not.stringMatching(used.id) })
    unwrap(await mfa.challenges.cancel(session, { challengeId: next.id }))
    expect(await create('email')).toMatchObject({ delivery: 'sent', id: expect.not.stringMatching(next.id) })
  })
})
