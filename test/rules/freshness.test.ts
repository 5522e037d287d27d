import { createTestMfa } from '@countersign/adapters/testing'
import { type Mfa, type Result, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { day, halfway } from './halfway.js'

const second = 1000
type Call = (mfa: Mfa, session: SessionRef) => Promise<Result>
const address = 'not an address'

/** Every call that needs a fresh proof, with the refusal of its own that it answers last. */
const fresh: readonly (readonly [string, Call, string])[] = [
  ['totp.confirm', (mfa, at) => mfa.totp.confirm(at, { code: 'nonsense' }), 'nothing_pending'],
  ['contacts.set', (mfa, at) => mfa.contacts.set(at, { channel: 'email', address }), 'invalid_address'],
  [
    'contacts.sendVerification',
    (mfa, at) => mfa.contacts.sendVerification(at, { channel: 'email' }),
    'nothing_pending',
  ],
  ['contacts.confirm', (mfa, at) => mfa.contacts.confirm(at, { channel: 'email', code: '000000' }), 'invalid_code'],
  ['contacts.remove', (mfa, at) => mfa.contacts.remove(at, { channel: 'email' }), 'not_found'],
  ['recoveryCodes.generate', (mfa, at) => mfa.recoveryCodes.generate(at), 'already_generated'],
  ['factors.rename', (mfa, at) => mfa.factors.rename(at, { factorId: 'x', label: 'y' }), 'not_found'],
  ['factors.remove', (mfa, at) => mfa.factors.remove(at, { factorId: 'x' }), 'not_found'],
  ['totp.enroll', (mfa, at) => mfa.totp.enroll(at, { accountName: 'kim' }), 'too_many_factors'],
  ['disable', (mfa, at) => mfa.disable(at), 'required_by_policy'],
]

describe('the order of refusals is fixed', () => {
  const overrides = { enforcement: { mfa: 'required' }, policy: { maxTotpFactors: 1 } } as const

  it.each(fresh)(
    '%s: unknown_session, more_factors_required, fresh_proof_required, then its own',
    async (_, call, own) => {
      const { mfa, clock, session, app } = await halfway({ totp: true, recoveryCodes: true }, overrides)
      const unknown = { ...session, sessionId: 'unknown' }
      expect(await call(mfa, unknown)).toMatchObject({ reason: 'unknown_session', assessment: { next: 'sign_in' } })
      expect(await call(mfa, session)).toMatchObject({
        reason: 'more_factors_required',
        assessment: { next: 'second_factor' },
      })
      unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
      clock.advance(300 * second + 1)
      expect(await call(mfa, session)).toMatchObject({
        reason: 'fresh_proof_required',
        needs: { proof: 'second_factor' },
        assessment: { satisfied: true },
      })
      unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
      expect(await call(mfa, session)).toMatchObject({ ok: false, reason: own })
    },
  )

  it.each<[string, Call]>([
    ['recoveryCodes.regenerate', (mfa, at) => mfa.recoveryCodes.regenerate(at)],
    ['enable', (mfa, at) => mfa.enable(at)],
  ])('%s: the same three, then it works', async (_, call) => {
    const { mfa, clock, session, app } = await halfway({ totp: true, recoveryCodes: true }, overrides)
    expect(await call(mfa, { ...session, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
    expect(await call(mfa, session)).toMatchObject({ reason: 'more_factors_required' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    clock.advance(300 * second + 1)
    expect(await call(mfa, session)).toMatchObject({ reason: 'fresh_proof_required' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect((await call(mfa, session)).ok).toBe(true)
  })
})

describe('how old a management proof may be', () => {
  it.each([
    ['standard', 300, 900],
    ['nist', 120, 300],
  ] as const)(
    '%s: the second factor %i s once MFA is enforced, the first %i s before',
    async (profile, secondS, firstS) => {
      const before = createTestMfa({ profile })
      const { session: first } = await before.givenUser()
      before.clock.advance(firstS * second)
      expect((await before.mfa.totp.enroll(first, { accountName: 'kim' })).ok).toBe(true)
      before.clock.advance(1)
      expect(await before.mfa.totp.enroll(first, { accountName: 'kim' })).toMatchObject({
        reason: 'fresh_proof_required',
        needs: { proof: 'first_factor' },
        maxAgeMs: firstS * second,
      })

      const { mfa, clock, session, app } = await halfway({ totp: true }, { profile })
      unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
      clock.advance(secondS * second)
      expect((await mfa.totp.enroll(session, { accountName: 'kim' })).ok).toBe(true)
      clock.advance(1)
      expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toMatchObject({
        reason: 'fresh_proof_required',
        needs: { proof: 'second_factor' },
        maxAgeMs: secondS * second,
      })
    },
  )

  it('before enforcement a second-factor proof serves within its own age, not the first factor’s', async () => {
    const { mfa, clock, session, app } = await halfway({ totp: true }, { policy: { optIn: 'explicit' } })
    clock.advance(900 * second + 1)
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    clock.advance(300 * second)
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
    clock.advance(1)
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { proof: 'first_factor' },
      offers: [{ factor: 'totp' }, { factor: 'recovery_code' }],
    })
  })

  it('both are the policy’s', async () => {
    const policy = { managementMaxAgeMs: 10 * second, managementFirstFactorMaxAgeMs: 20 * second }
    const { mfa, clock, givenUser } = createTestMfa({ policy })
    const { session, app } = await givenUser()
    clock.advance(20 * second)
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    clock.advance(10 * second + 1)
    expect(await mfa.recoveryCodes.generate(session)).toMatchObject({ maxAgeMs: 10 * second })
  })

  it('with session the first factor is fresh any time in the session, and only until MFA is enforced', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { managementFirstFactorMaxAgeMs: 'session' } })
    const { session, app } = await givenUser()
    clock.advance(30 * day)
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    clock.advance(300 * second + 1)
    expect(await mfa.recoveryCodes.generate(session)).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('the proof is usable until it ages out: as often as one likes, and for whatever purpose it was made', async () => {
    const { mfa, clock, session, app } = await halfway({ totp: true, recoveryCodes: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode(), purpose: 'transfer' }))
    for (let times = 0; times < 3; times++) {
      clock.advance(100 * second)
      expect((await mfa.recoveryCodes.regenerate(session)).ok).toBe(true)
    }
    clock.advance(1)
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('a session with a disallowed proof enrolls within the first factor’s age of that proof', async () => {
    const { mfa, clock, session, create, codeTo } = await halfway(
      { email: true },
      { enforcement: { mfa: 'required', allowedFactors: ['totp'] } },
    )
    clock.advance(2000 * second)
    const { id } = await create('email')
    unwrap(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email') }))
    clock.advance(900 * second)
    expect((await mfa.totp.enroll(session, { accountName: 'kim' })).ok).toBe(true)
    clock.advance(1)
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { proof: 'second_factor' },
      maxAgeMs: 900 * second,
      offers: [{ factor: 'email' }],
    })
  })
})

describe('while the clock is more than 60 s behind its mark', () => {
  it.each([900 * second, 'session'] as const)('no first-factor proof is fresh (%s), at 60 s it is', async (limit) => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { managementFirstFactorMaxAgeMs: limit } })
    const { session } = await givenUser()
    clock.advance(-60 * second)
    expect((await mfa.totp.enroll(session, { accountName: 'kim' })).ok).toBe(true)
    clock.advance(-1)
    const refused = await mfa.totp.enroll(session, { accountName: 'kim' })
    expect(refused).toMatchObject({ reason: 'fresh_proof_required', needs: { proof: 'first_factor' } })
    // A session has no age to tell.
    if (limit === 'session') expect(refused).not.toHaveProperty('maxAgeMs')
    else expect(refused).toHaveProperty('maxAgeMs', limit)
  })

  it('a sign-in that claims user verification without a passkey proves no second factor', async () => {
    const { mfa, clock, session, app } = await halfway({ totp: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    clock.advance(300 * second + 1)
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'oauth', userVerified: true } as never))
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'passkey', userVerified: false }))
    expect(await mfa.recoveryCodes.generate(session)).toMatchObject({ reason: 'fresh_proof_required' })
    expect((await mfa.sessions.assess(session)).amr).toEqual(['pwd', 'otp', 'swk', 'mfa'])
  })

  it('a proof made just now is not fresh either, until the clock is within 60 s of it', async () => {
    const { mfa, clock, session } = await halfway({ totp: true })
    clock.advance(-61 * second)
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'passkey', userVerified: true }))
    expect(await mfa.recoveryCodes.generate(session)).toMatchObject({ reason: 'fresh_proof_required' })
    clock.advance(second)
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
  })
})
