import { createTestMfa } from '@countersign/adapters/testing'
import { type Assessment, meets, toClaims, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const minute = 60_000

async function fullSession() {
  const test = createTestMfa()
  const user = await test.givenUser({ email: true, totp: true, recoveryCodes: true })
  const session = await user.signIn()
  test.clock.advance(minute)
  unwrap(await test.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
  return { ...test, app: user.app, user, session }
}

describe('a requirement', () => {
  it('with anyOf: the newest counting proof of one of those kinds must be within maxAgeMs, bound inclusive', async () => {
    const { mfa, clock, session } = await fullSession()
    const requirement = { anyOf: ['totp'], maxAgeMs: minute } as const
    clock.advance(minute)
    expect((await mfa.sessions.assess(session, requirement)).satisfied).toBe(true)
    clock.advance(1)
    expect(await mfa.sessions.assess(session, requirement)).toMatchObject({
      satisfied: false,
      next: 'second_factor',
      missing: [{ what: 'second_factor', why: 'expired' }],
      offers: [{ factor: 'totp' }],
    })
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
  })

  it('without anyOf where MFA is enforced: the newest second-factor proof; a first-factor proof never freshens a second', async () => {
    const { mfa, clock, session } = await fullSession()
    clock.advance(minute + 1)
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect(await mfa.sessions.assess(session, { maxAgeMs: minute })).toMatchObject({
      satisfied: false,
      next: 'second_factor',
    })
  })

  it('without anyOf where MFA is not enforced: the newest first-factor proof', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { session } = await givenUser()
    clock.advance(minute + 1)
    expect(await mfa.sessions.assess(session, { maxAgeMs: minute })).toMatchObject({
      satisfied: false,
      next: 'sign_in',
      missing: [{ what: 'first_factor', why: 'expired' }],
    })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect((await mfa.sessions.assess(session, { maxAgeMs: minute })).satisfied).toBe(true)
  })

  it('is judged also when MFA is not enforced: a user with nothing to prove fails it', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser()
    expect(await mfa.sessions.assess(session, { level: 'aal2' })).toMatchObject({ satisfied: false, next: 'enroll' })
    expect(await mfa.sessions.assess(session, { anyOf: ['totp'] })).toMatchObject({ satisfied: false, next: 'enroll' })
    await expect(mfa.sessions.require(session, { level: 'aal2' })).rejects.toMatchObject({ code: 'mfa_required' })
    expect((await mfa.sessions.assess(session, { level: 'aal1' })).satisfied).toBe(true)
    expect((await mfa.sessions.assess(session, {})).satisfied).toBe(true)
  })

  it('counts a recovery code only where anyOf names it', async () => {
    const { mfa, user } = await fullSession()
    const session = await user.signIn()
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: true,
      level: 'aal2',
      amr: ['pwd', 'recovery', 'mfa'],
    })
    expect((await mfa.sessions.assess(session, { level: 'aal1' })).satisfied).toBe(true)
    expect((await mfa.sessions.assess(session, { maxAgeMs: minute })).satisfied).toBe(false)
    expect((await mfa.sessions.assess(session, { level: 'aal2' })).satisfied).toBe(false)
    expect((await mfa.sessions.assess(session, { anyOf: ['recovery_code'], maxAgeMs: minute })).satisfied).toBe(true)
  })

  it('with a purpose: only proofs made for exactly that one, and made fresh for the next (X24)', async () => {
    const { mfa, clock, session, app } = await fullSession()
    const transfer = { purpose: 'transfer', maxAgeMs: minute }
    expect((await mfa.sessions.assess(session, transfer)).satisfied).toBe(false)
    clock.advance(30_000)
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode(), purpose: 'transfer' }))
    expect((await mfa.sessions.assess(session, transfer)).satisfied).toBe(true)
    expect((await mfa.sessions.assess(session, { purpose: 'delete' })).satisfied).toBe(false)
  })

  it('with origin challenge: an enrollment does not count', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session, app } = await givenUser({ totp: true })
    const requirement = { origin: 'challenge', maxAgeMs: minute } as const
    expect((await mfa.sessions.assess(session, requirement)).satisfied).toBe(false)
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect((await mfa.sessions.assess(session, requirement)).satisfied).toBe(true)
  })

  it('of level aal2 is never freshened by a weaker proof (X20)', async () => {
    const { mfa, clock, outbox, user, session } = await fullSession()
    clock.advance(10 * minute)
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    unwrap(
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(user.email as string) }),
    )
    expect((await mfa.sessions.assess(session, { maxAgeMs: minute })).satisfied).toBe(true)
    expect(await mfa.sessions.assess(session, { level: 'aal2', maxAgeMs: minute })).toMatchObject({
      satisfied: false,
      offers: [{ factor: 'totp' }],
    })
  })

  it('of maxAgeMs 0 is met by a proof of this very instant', async () => {
    const { mfa, clock, session } = await fullSession()
    expect((await mfa.sessions.assess(session, { maxAgeMs: 0 })).satisfied).toBe(true)
    clock.advance(1)
    expect((await mfa.sessions.assess(session, { maxAgeMs: 0 })).satisfied).toBe(false)
  })

  it('changes nothing in the answer about an unsatisfied session', async () => {
    const { mfa, user } = await fullSession()
    const half = await user.signIn()
    const answer = await mfa.sessions.assess(half)
    expect(answer).toMatchObject({ satisfied: false, next: 'second_factor' })
    for (const requirement of [{ level: 'none' }, { anyOf: ['phone'] }, { maxAgeMs: 0 }] as const)
      expect(await mfa.sessions.assess(half, requirement)).toEqual(answer)
  })

  it('a user-verified passkey freshens a second factor, but is no challenge, has no purpose and is none of anyOf', async () => {
    const { mfa, clock, user } = await fullSession()
    const session = await user.signIn({ method: 'passkey', userVerified: true })
    clock.advance(minute)
    expect((await mfa.sessions.assess(session, { level: 'aal2', maxAgeMs: minute })).satisfied).toBe(true)
    expect((await mfa.sessions.assess(session, { maxAgeMs: minute - 1 })).satisfied).toBe(false)
    for (const requirement of [{ origin: 'challenge' }, { purpose: 'sign_in' }, { anyOf: ['totp'] }] as const) {
      expect(await mfa.sessions.assess(session, requirement)).toMatchObject({
        satisfied: false,
        next: 'second_factor',
        missing: [{ what: 'second_factor', why: 'missing' }],
      })
    }
  })

  it('of level aal2 after a sign-in that is itself something one has: another sign-in method, not the same app again', async () => {
    const { mfa, user } = await fullSession()
    const session = await user.signIn({ method: 'email_otp' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    expect(await mfa.sessions.assess(session, { level: 'aal2' })).toMatchObject({
      satisfied: false,
      next: 'other_sign_in_method',
      missing: [{ what: 'level', why: 'missing' }],
      offers: [],
    })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect((await mfa.sessions.assess(session, { level: 'aal2' })).satisfied).toBe(true)
  })

  it('anyOf without a kind is met by nothing', async () => {
    const { mfa, session } = await fullSession()
    expect(await mfa.sessions.assess(session, { anyOf: [] })).toMatchObject({ satisfied: false, offers: [] })
  })

  it('where MFA is not enforced, level aal2 asks for a second factor and the first one’s age does not matter', async () => {
    const test = createTestMfa({ policy: { optIn: 'explicit' } })
    const user = await test.givenUser({ totp: true })
    const session = await user.signIn()
    test.clock.advance(10 * minute)
    expect(await test.mfa.sessions.assess(session, { level: 'aal2', maxAgeMs: minute })).toMatchObject({
      satisfied: false,
      next: 'second_factor',
      offers: [{ factor: 'totp' }],
    })
    unwrap(await test.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    expect((await test.mfa.sessions.assess(session, { level: 'aal2', maxAgeMs: minute })).satisfied).toBe(true)
    expect((await test.mfa.sessions.assess(session, { maxAgeMs: minute })).missing).toEqual([
      { what: 'first_factor', why: 'expired' },
    ])
  })
})

describe('meets', () => {
  it('judges an assessment in hand at a later instant, and is false for an earlier one', async () => {
    const { mfa, session } = await fullSession()
    const assessment = await mfa.sessions.assess(session)
    const requirement = { anyOf: ['totp'], maxAgeMs: minute } as const
    expect(meets(assessment, requirement)).toBe(true)
    expect(meets(assessment, requirement, assessment.assessedAtMs + minute)).toBe(true)
    expect(meets(assessment, requirement, assessment.assessedAtMs + minute + 1)).toBe(false)
    expect(meets(assessment, requirement, assessment.assessedAtMs - 1)).toBe(false)
    expect(meets(assessment, requirement, Number.NaN)).toBe(false)
  })

  it('is false after the session’s end, and for an unsatisfied session', async () => {
    const { mfa, clock, user } = await fullSession()
    const short = await user.signIn({ method: 'passkey', userVerified: true, expiresAtMs: clock.nowMs() + minute })
    const assessment = await mfa.sessions.assess(short)
    expect(meets(assessment, {}, assessment.assessedAtMs + minute - 1)).toBe(true)
    expect(meets(assessment, {}, assessment.assessedAtMs + minute)).toBe(false)
    expect(meets(await mfa.sessions.assess(await user.signIn()), {})).toBe(false)
  })
})

describe('toClaims', () => {
  it('says what was proven, in seconds', async () => {
    const { mfa, session } = await fullSession()
    const assessment = await mfa.sessions.assess(session)
    expect(toClaims(assessment)).toEqual({
      acr: 'urn:countersign:aal2',
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: Math.floor((assessment.authTimeMs as number) / 1000),
    })
  })

  it('says 0 where nothing was proven', () => {
    expect(toClaims({ level: 'none', amr: [] } as unknown as Assessment)).toEqual({ acr: '0', amr: [] })
  })
})

describe('levels are honest and separate from satisfied', () => {
  it('email never raises to aal2, SMS does, recovery does', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, phone: true, recoveryCodes: true, enabled: true })
    for (const [factor, address, level] of [
      ['email', user.email, 'aal1'],
      ['phone', user.phone, 'aal2'],
    ] as const) {
      const session = await user.signIn()
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor }))
      const done = unwrap(
        await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(address as string) }),
      )
      expect(done.assessment).toMatchObject({ satisfied: true, level })
    }
    const session = await user.signIn()
    const done = unwrap(
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
    )
    expect(done.assessment).toMatchObject({ satisfied: true, level: 'aal2' })
  })

  it('two things one has are not aal2 (NIST 63B-4, 2.2.1)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const session = await user.signIn({ method: 'email_otp' })
    const done = unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    expect(done.assessment).toMatchObject({ satisfied: true, level: 'aal1', amr: ['email', 'otp'] })
  })
})
