import { createTestMfa } from '@countersign/adapters/testing'
import { type HostEnforcement, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const user = { userId: 'kim' }
const session = { ...user, sessionId: 'one' }
const day = 86_400_000

describe('when MFA is enforced', () => {
  it('when the user opted in and an eligible factor exists; opting in without one is not enforced, and says so', async () => {
    const { mfa } = createTestMfa()
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    const switched = unwrap(await mfa.enable(session))
    expect(switched).toMatchObject({ enforced: false, assessment: { optedIn: true, satisfied: true } })
    expect(switched.warnings).toContain('no_factor')
    unwrap(await mfa.contacts.attest(user, { channel: 'email', address: 'kim@example.com' }))
    expect(await mfa.sessions.assess(session)).toMatchObject({
      enforced: true,
      satisfied: false,
      next: 'second_factor',
    })
  })

  it('a verified address alone never opts in', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { signIn } = await givenUser({ email: true, phone: true })
    expect(await mfa.sessions.assess(await signIn())).toMatchObject({
      enforced: false,
      satisfied: true,
      optedIn: false,
    })
  })

  it('when enforcement says required and an eligible factor exists', async () => {
    const { mfa, givenUser } = createTestMfa({ enforcement: { mfa: 'required' } })
    const { signIn } = await givenUser({ email: true })
    expect(await mfa.sessions.assess(await signIn())).toMatchObject({
      enforced: true,
      optedIn: false,
      satisfied: false,
      next: 'second_factor',
    })
  })

  it('recovery codes are never an eligible factor', async () => {
    const { mfa, givenUser } = createTestMfa({ enforcement: { mfa: 'required' } })
    const { signIn } = await givenUser({ recoveryCodes: true })
    expect(await mfa.sessions.assess(await signIn())).toMatchObject({
      enforced: false,
      satisfied: false,
      next: 'enroll',
    })
  })

  it('required without any factor answers enroll: unsatisfied, but may enroll, verify contacts and generate recovery codes', async () => {
    const { mfa, app } = createTestMfa({ enforcement: { mfa: 'required' } })
    const { assessment } = unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(assessment).toMatchObject({
      satisfied: false,
      next: 'enroll',
      missing: [{ what: 'factor', why: 'not_enrolled' }],
      enforced: false,
    })
    for (const refused of [
      mfa.enable(session),
      mfa.disable(session),
      mfa.recoveryCodes.regenerate(session),
      mfa.sessions.endOthers(session),
      mfa.factors.remove(session, { kind: 'totp' }),
      mfa.contacts.remove(session, { channel: 'email' }),
    ]) {
      expect(await refused).toMatchObject({ reason: 'more_factors_required' })
    }
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
    expect((await mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com' })).ok).toBe(true)
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    expect(unwrap(await mfa.totp.confirm(session, { code: app.freshCode() })).assessment).toMatchObject({
      satisfied: true,
      enforced: true,
    })
  })

  it('enrolling while required wants a fresh first factor', async () => {
    const { mfa, clock } = createTestMfa({ enforcement: { mfa: 'required' } })
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    clock.advance(900_001)
    expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { proof: 'first_factor' },
      maxAgeMs: 900_000,
    })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect((await mfa.totp.enroll(session, { accountName: 'kim' })).ok).toBe(true)
  })

  it('inside a grace period satisfied, with enrollByMs', async () => {
    const { mfa, clock } = createTestMfa({ enforcement: { mfa: 'required', requiredFromMs: Date.UTC(2026, 0, 2) } })
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true, enrollByMs: Date.UTC(2026, 0, 2) })
    clock.advance(day - 1)
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
    clock.advance(1)
    const late = await mfa.sessions.assess(session)
    expect(late).toMatchObject({ satisfied: false, next: 'enroll' })
    expect(late.enrollByMs).toBeUndefined()
  })

  it('grace is for users who never had a factor', async () => {
    const rule: HostEnforcement = { mfa: 'required', requiredFromMs: Date.UTC(2027, 0, 1) }
    const { mfa, givenUser } = createTestMfa({ enforcement: rule })
    const { userId, signIn } = await givenUser({ email: true })
    expect((await mfa.sessions.assess(await signIn())).next).toBe('second_factor')
    unwrap(await mfa.admin.reset({ userId }, { actor: 'support', reason: 'lost everything' }))
    expect((await mfa.sessions.assess(await signIn())).next).toBe('enroll')
  })

  it('locked, withdrawn and disallowed factors count as existing: they never mean that no MFA is needed (X45)', async () => {
    const withdrawn = createTestMfa()
    const one = await withdrawn.givenUser({ email: true, enabled: true })
    unwrap(await withdrawn.mfa.contacts.withdraw({ userId: one.userId }, { channel: 'email' }))
    expect(await withdrawn.mfa.sessions.assess(await one.signIn())).toMatchObject({
      enforced: true,
      satisfied: false,
      next: 'other_sign_in_method',
      missing: [{ why: 'unusable' }],
    })

    const locked = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const two = await locked.givenUser({ totp: true })
    await locked.mfa.challenges.verify(two.session, { factor: 'totp', code: '000000' })
    expect(await locked.mfa.sessions.assess(await two.signIn())).toMatchObject({ enforced: true, satisfied: false })

    const disallowed = createTestMfa({ enforcement: { mfa: 'optional', allowedFactors: ['totp'] } })
    const three = await disallowed.givenUser({ email: true, enabled: true })
    expect(await disallowed.mfa.sessions.assess(await three.signIn())).toMatchObject({
      enforced: true,
      satisfied: false,
    })
  })

  it('a factor of a kind the policy later switches off still exists for a user who proved it', async () => {
    const { mfa, store, outbox, givenUser, clock } = createTestMfa()
    const { userId, email, signIn } = await givenUser({ email: true, enabled: true })
    const proven = await signIn()
    const { challenge } = unwrap(await mfa.challenges.create(proven, { factor: 'email' }))
    unwrap(await mfa.challenges.complete(proven, { challengeId: challenge.id, code: outbox.codeTo(email as string) }))
    const later = createTestMfa({ store, clock, policy: { factors: ['totp'] } })
    unwrap(await later.mfa.sessions.begin({ userId, sessionId: 'later' }, { method: 'password' }))
    expect(await later.mfa.sessions.assess({ userId, sessionId: 'later' })).toMatchObject({
      enforced: true,
      satisfied: false,
      offers: [],
    })
    expect(await later.mfa.challenges.create({ userId, sessionId: 'later' }, { factor: 'email' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'disabled',
    })
  })

  it('in the nist profile an attested email is a contact, never a factor', async () => {
    const { mfa, givenUser } = createTestMfa({ profile: 'nist', enforcement: { mfa: 'required' } })
    const { signIn } = await givenUser({ email: true })
    expect(await mfa.sessions.assess(await signIn())).toMatchObject({ enforced: false, next: 'enroll' })
  })
})

describe('a disallowed factor', () => {
  const allowApps = { enforcement: { mfa: 'required', allowedFactors: ['totp'] } as const }

  it('is offered and challengeable; its proof leaves the session unsatisfied with next enroll, in place of the fresh first factor', async () => {
    const { mfa, clock, outbox, app, givenUser } = createTestMfa(allowApps)
    const { signIn, email } = await givenUser({ email: true })
    const half = await signIn()
    expect(await mfa.sessions.assess(half)).toMatchObject({ next: 'second_factor', offers: [{ factor: 'email' }] })
    expect(await mfa.totp.enroll(half, { accountName: 'kim' })).toMatchObject({ reason: 'more_factors_required' })
    clock.advance(899_000)
    const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
    const done = unwrap(
      await mfa.challenges.complete(half, { challengeId: challenge.id, code: outbox.codeTo(email as string) }),
    )
    expect(done.assessment).toMatchObject({
      satisfied: false,
      next: 'enroll',
      missing: [{ what: 'second_factor', why: 'not_allowed' }],
    })
    clock.advance(100_000)
    const enrollment = unwrap(await mfa.totp.enroll(half, { accountName: 'kim' }))
    app.scan(enrollment.uri)
    expect(unwrap(await mfa.totp.confirm(half, { code: app.freshCode() })).assessment.satisfied).toBe(true)
  })

  it('a recovery code of a user without an allowed factor leads to enrolling one, too', async () => {
    const { mfa, givenUser } = createTestMfa({ ...allowApps, policy: { optIn: 'explicit' } })
    const { session: first, signIn, recoveryCodes } = await givenUser({ recoveryCodes: true })
    unwrap(await mfa.contacts.attest({ userId: first.userId }, { channel: 'email', address: 'kim@example.com' }))
    const half = await signIn()
    expect((await mfa.sessions.assess(half)).offers.map(({ factor }) => factor)).toEqual(['email', 'recovery_code'])
    const code = recoveryCodes[0] as string
    expect(unwrap(await mfa.challenges.verify(half, { factor: 'recovery_code', code })).assessment.next).toBe('enroll')
  })
})

describe('enforcement as a function', () => {
  it('is asked with the user before each decision', async () => {
    const asked: unknown[] = []
    const { mfa } = createTestMfa({
      enforcement: async (ref) => {
        asked.push(ref)
        return { mfa: ref.tenantId === 'strict' ? 'required' : 'optional' }
      },
    })
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    unwrap(await mfa.sessions.begin({ ...session, tenantId: 'strict' }, { method: 'password' }))
    expect(asked).toEqual([{ userId: 'kim' }, { userId: 'kim', tenantId: 'strict' }])
    expect((await mfa.sessions.assess({ ...session, tenantId: 'strict' })).next).toBe('enroll')
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('down')
      },
    ],
    ['answers nonsense', () => 'optional' as never],
    ['answers nothing', () => undefined as never],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('that %s denies: nothing is satisfied and nothing opens for enrollment (X41)', async (_, enforcement) => {
    const rule = { now: (): HostEnforcement | Promise<HostEnforcement> => ({ mfa: 'optional' }) }
    const { mfa, events, givenUser } = createTestMfa({ enforcement: () => rule.now(), portTimeLimitMs: 20 })
    const { session: full } = await givenUser({ totp: true })
    const plain = await givenUser()
    rule.now = enforcement
    for (const each of [full, plain.session]) {
      expect(await mfa.sessions.assess(each)).toMatchObject({
        satisfied: false,
        next: 'sign_in',
        missing: [{ what: 'enforcement', why: 'unavailable' }],
      })
      expect(await mfa.totp.enroll(each, { accountName: 'kim' })).toMatchObject({ reason: 'more_factors_required' })
      await expect(mfa.sessions.require(each)).rejects.toMatchObject({ code: 'mfa_required' })
    }
    expect(events.at(-1)).toMatchObject({ type: 'port.failed', port: 'enforcement' })
  })
})
