import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, type HostEnforcement, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway, hour, minute } from './halfway.js'

const support = { actor: 'support', reason: 'asked' }
const required: HostEnforcement = { mfa: 'required' }
const kinds = (offers: readonly { factor: string }[]): readonly string[] => offers.map(({ factor }) => factor)

describe('what an assessment says', () => {
  it('offers are best first, recovery last, with masked addresses and labels', async () => {
    const { mfa, session, app, user } = await halfway({
      email: 'kim@example.com',
      phone: true,
      totp: true,
      recoveryCodes: true,
    })
    app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'kim', label: 'Tablet' })).uri)
    unwrap(await mfa.totp.confirm(user.session, { code: app.freshCode() }))
    const id = expect.any(String)
    expect((await mfa.sessions.assess(session)).offers).toEqual([
      { factor: 'totp', factorId: id },
      { factor: 'totp', factorId: id, label: 'Tablet' },
      { factor: 'phone', factorId: id, sentTo: expect.stringMatching(/^\+49\*+\d\d$/) },
      { factor: 'email', factorId: id, sentTo: 'k***@example.com' },
      { factor: 'recovery_code' },
    ])
  })

  it('missing names what and why; a satisfied session misses nothing', async () => {
    const { mfa, session, app } = await halfway({ totp: true })
    expect(await mfa.sessions.assess(session)).toMatchObject({
      next: 'second_factor',
      missing: [{ what: 'second_factor', why: 'missing' }],
    })
    const { assessment } = unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(assessment).toMatchObject({ satisfied: true, next: 'none', missing: [] })
  })

  it('a level that the sign-in cannot carry asks for another sign-in, also where MFA is not enforced', async () => {
    const { mfa, user, app } = await halfway({ totp: true }, { policy: { optIn: 'explicit' } })
    const session = await user.signIn({ method: 'email_otp' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(await mfa.sessions.assess(session, { level: 'aal2' })).toMatchObject({
      enforced: false,
      next: 'other_sign_in_method',
      missing: [{ what: 'level', why: 'missing' }],
    })
  })

  it('require answers the same as assess, and throws it for a no', async () => {
    const { mfa, session, user } = await halfway({ totp: true })
    expect(await mfa.sessions.require(user.session)).toEqual(await mfa.sessions.assess(user.session))
    await expect(mfa.sessions.require(session)).rejects.toMatchObject({
      name: 'MfaRequiredError',
      code: 'mfa_required',
      assessment: await mfa.sessions.assess(session),
    })
  })

  it('a session we do not know is told enforced and not opted in, whatever the user is', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { userId } = await givenUser({ totp: true, recoveryCodes: true })
    for (const who of [{ userId: 'nobody' }, { userId }]) {
      expect(await mfa.sessions.assess({ ...who, sessionId: 'unknown' })).toEqual({
        enforced: true,
        optedIn: false,
        satisfied: false,
        next: 'sign_in',
        level: 'none',
        missing: [{ what: 'session', why: 'unknown' }],
        offers: [],
        amr: [],
        proofs: [],
        assessedAtMs: expect.any(Number),
      })
    }
  })

  it('is computed at every question, never cached: what the host demands changes it at once', async () => {
    const rule = { mfa: 'optional' as 'optional' | 'required' }
    const { mfa, session } = await halfway({ email: true }, { enforcement: () => rule })
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
    rule.mfa = 'required'
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'second_factor' })
    rule.mfa = 'optional'
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
  })
})

describe('mfa and mca in amr', () => {
  it.each([
    ['password', 'email', ['pwd', 'email']],
    ['password', 'phone', ['pwd', 'sms', 'mfa']],
    ['phone_otp', 'email', ['sms', 'email', 'mca']],
    ['oauth', 'phone', ['sms', 'mfa']],
    ['passkey', 'phone', ['swk', 'sms']],
  ] as const)(
    'a sign-in by %s and %s: %j; mfa only where two categories were proven, mca only over two channels',
    async (method, factor, amr) => {
      const { mfa, user, create, codeTo } = await halfway({ email: true, phone: true, enabled: true })
      const session = await user.signIn({ method })
      const { id } = await create(factor, session)
      const { assessment } = unwrap(await mfa.challenges.complete(session, { challengeId: id, code: codeTo(factor) }))
      expect(assessment).toMatchObject({ satisfied: true, amr, level: amr.includes('mfa' as never) ? 'aal2' : 'aal1' })
    },
  )
})

describe('required, with a user-verified passkey', () => {
  it('is satisfied without any factor, and whatever kinds are allowed', async () => {
    const { mfa, user } = await halfway({ email: true }, { enforcement: { mfa: 'required', allowedFactors: ['totp'] } })
    const session = await user.signIn({ method: 'passkey', userVerified: true })
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true, enforced: true, level: 'aal2' })
    const bare = createTestMfa({ enforcement: required })
    const { assessment } = unwrap(
      await bare.mfa.sessions.begin({ userId: 'kim', sessionId: 'one' }, { method: 'passkey', userVerified: true }),
    )
    expect(assessment).toMatchObject({ satisfied: true, enforced: false, level: 'aal2' })
  })

  it('userVerified means nothing with any other method', async () => {
    const { mfa, user } = await halfway({ totp: true })
    const session = await user.signIn({ method: 'password', userVerified: true })
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, level: 'aal1' })
  })
})

describe('grace', () => {
  it('does not open again for a user who removed the factor', async () => {
    const rule: { now: HostEnforcement } = { now: { mfa: 'optional' } }
    const { mfa, clock, givenUser } = createTestMfa({ enforcement: () => rule.now })
    const { session, app } = await givenUser({ totp: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    rule.now = { mfa: 'required', requiredFromMs: clock.nowMs() + hour }
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'enroll' })
  })

  it('is no reason to remove the last factor', async () => {
    const { mfa, clock, session, app, user } = await halfway(
      { totp: true },
      { enforcement: { mfa: 'required', requiredFromMs: Date.UTC(2027, 0, 1) } },
    )
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(clock.nowMs()).toBeLessThan(Date.UTC(2027, 0, 1))
    expect(await mfa.factors.remove(session, { kind: 'totp' })).toMatchObject({ reason: 'required_by_policy' })
    expect(await mfa.disable(session)).toMatchObject({ reason: 'required_by_policy' })
    const { items } = unwrap(await mfa.factors.list(session))
    const removal = { factorId: items[0]?.id as string, ...support }
    expect(await mfa.admin.removeFactor({ userId: user.userId }, removal)).toMatchObject({
      reason: 'required_by_policy',
    })
  })

  it('is for required only: with optional there is nothing to wait for', async () => {
    const { mfa, session } = await halfway(
      {},
      { enforcement: { mfa: 'optional', requiredFromMs: Date.UTC(2027, 0, 1) } },
    )
    expect((await mfa.sessions.assess(session)).enrollByMs).toBeUndefined()
  })
})

describe('factors that are no longer accepted', () => {
  it('a locked one that is allowed still lets a recovery code complete the sign-in', async () => {
    const { mfa, session, user, wrong } = await halfway(
      { totp: true, recoveryCodes: true },
      { enforcement: { mfa: 'required', allowedFactors: ['totp'] }, policy: { lockAfterFailures: 1 } },
    )
    unwrap(await mfa.contacts.attest(user, { channel: 'email', address: 'kim@example.com' }))
    await wrong()
    expect(kinds((await mfa.sessions.assess(session)).offers)).toEqual(['email', 'recovery_code'])
    const code = user.recoveryCodes[0] as string
    const { assessment } = unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code }))
    expect(assessment).toMatchObject({ satisfied: true, next: 'none' })
  })

  it('an opted-in user is held to allowedFactors as one who must', async () => {
    const { mfa, session, create, codeTo } = await halfway(
      { email: true, enabled: true },
      { enforcement: { mfa: 'optional', allowedFactors: ['totp', 'phone'] } },
    )
    const { id } = await create('email')
    const { assessment } = unwrap(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email') }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'enroll', enforced: true })
  })

  it('beside an allowed one each is offered, and the allowed one satisfies', async () => {
    const { mfa, session, app, user } = await halfway(
      { totp: true },
      { enforcement: { mfa: 'required', allowedFactors: ['totp'] } },
    )
    unwrap(await mfa.contacts.attest(user, { channel: 'email', address: 'kim@example.com' }))
    expect(kinds((await mfa.sessions.assess(session)).offers)).toEqual(['totp', 'email'])
    const { assessment } = unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(assessment.satisfied).toBe(true)
  })

  it('without a messenger a contact still exists: enforced, not offered, never satisfied (X45)', async () => {
    const { store, clock, user } = await halfway({ email: true, enabled: true })
    const mfa = createMfa({ issuer: 'Acme', keys: [{ id: 'test', secret: testKey }], store, clock })
    const session = { userId: user.userId, sessionId: 'later' }
    const { assessment } = unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(assessment).toMatchObject({
      enforced: true,
      satisfied: false,
      next: 'other_sign_in_method',
      missing: [{ what: 'second_factor', why: 'unusable' }],
    })
    expect(await mfa.challenges.create(session, { factor: 'email' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'no_messenger',
    })
  })
})

describe('an enforcement function that fails', () => {
  it('leaves a half session where it was, and what it proves meanwhile counts once it answers again (X41)', async () => {
    const rule = { now: (): HostEnforcement => ({ mfa: 'optional' }) }
    const { mfa, user, app } = await halfway({ totp: true }, { enforcement: () => rule.now() })
    rule.now = () => {
      throw new Error('down')
    }
    const session = await user.signIn()
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      next: 'second_factor',
      missing: [{ what: 'second_factor' }, { what: 'enforcement', why: 'unavailable' }],
    })
    const proven = unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(proven.assessment).toMatchObject({ satisfied: false, next: 'sign_in', missing: [{ what: 'enforcement' }] })
    rule.now = () => ({ mfa: 'optional' })
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
  })

  it('stops no sign-in from being recorded, nor from being ended', async () => {
    const { mfa, clock } = createTestMfa({ enforcement: () => Promise.reject(new Error('down')) })
    const session = { userId: 'kim', sessionId: 'one' }
    const { assessment } = unwrap(await mfa.sessions.begin(session, { method: 'passkey', userVerified: true }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'sign_in', level: 'aal2' })
    clock.advance(minute)
    expect(await mfa.sessions.end(session)).toEqual({ ok: true })
  })
})
