import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const second = 1000

async function withApp(
  overrides: Parameters<typeof createTestMfa>[0] = {},
  options: Parameters<TestMfa['givenUser']>[0] = {},
) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser({ totp: true, ...options })
  const session = await user.signIn()
  const proveApp = async (at: SessionRef = session) =>
    unwrap(await test.mfa.challenges.verify(at, { factor: 'totp', code: user.app.freshCode() }))
  const proveContact = async (factor: 'email' | 'phone', at: SessionRef = session) => {
    const { challenge } = unwrap(await test.mfa.challenges.create(at, { factor }))
    return unwrap(
      await test.mfa.challenges.complete(at, {
        challengeId: challenge.id,
        code: test.outbox.codeTo(user[factor] as string),
      }),
    )
  }
  const recover = async (at: SessionRef = session, index = 0) =>
    unwrap(await test.mfa.challenges.verify(at, { factor: 'recovery_code', code: user.recoveryCodes[index] as string }))
  return { ...test, app: user.app, user, session, proveApp, proveContact, recover }
}

describe('management needs a satisfied session and a fresh proof in it', () => {
  it('the order of refusals is fixed: unknown_session, more_factors_required, fresh_proof_required, then the call’s own', async () => {
    const { mfa, clock, session, proveApp, user } = await withApp()
    const remove = (at: SessionRef) => mfa.factors.remove(at, { factorId: 'unknown' })
    expect(await remove({ userId: user.userId, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
    expect(await remove(session)).toMatchObject({ reason: 'more_factors_required' })
    await proveApp()
    clock.advance(300 * second + 1)
    expect(await remove(session)).toMatchObject({ reason: 'fresh_proof_required' })
    await proveApp()
    expect(await remove(session)).toMatchObject({ reason: 'not_found' })
  })

  it('the second factor within 300 s once MFA is enforced; the refusal says what would do', async () => {
    const { mfa, clock, session, proveApp } = await withApp()
    await proveApp()
    clock.advance(300 * second)
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
    clock.advance(1)
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({
      ok: false,
      reason: 'fresh_proof_required',
      needs: { proof: 'second_factor' },
      maxAgeMs: 300 * second,
      offers: [{ factor: 'totp' }, { factor: 'recovery_code' }],
      assessment: { satisfied: true },
    })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('the first factor within 900 s before that', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { session } = await givenUser()
    clock.advance(900 * second)
    expect((await mfa.totp.enroll(session, { accountName: 'kim' })).ok).toBe(true)
    clock.advance(1)
    expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { proof: 'first_factor' },
      maxAgeMs: 900 * second,
    })
  })

  it('before enforcement a fresh second-factor proof serves as well as the first', async () => {
    const { mfa, clock, session, proveApp } = await withApp({ policy: { optIn: 'explicit' } })
    clock.advance(900 * second + 1)
    expect(await mfa.enable(session)).toMatchObject({ reason: 'fresh_proof_required' })
    await proveApp()
    expect((await mfa.enable(session)).ok).toBe(true)
  })

  it('session is allowed in standard: any time in the session', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { managementFirstFactorMaxAgeMs: 'session' } })
    const { session } = await givenUser()
    clock.advance(100 * 3600 * second)
    expect((await mfa.totp.enroll(session, { accountName: 'kim' })).ok).toBe(true)
  })

  it('a management proof is any live second-factor proof within its age, whatever its kind or purpose, usable until it ages out', async () => {
    const { mfa, session, proveContact } = await withApp({}, { email: true })
    await proveContact('email')
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
    expect((await mfa.recoveryCodes.regenerate(session)).ok).toBe(true)
    expect((await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345678' })).ok).toBe(true)
  })

  it('a proof of origin enrollment satisfies its session but is no management proof if MFA was enforced before it', async () => {
    const { mfa, clock, session, app, user, proveApp } = await withApp()
    // Enforced only by the enrollment itself: good for management.
    expect((await mfa.recoveryCodes.generate(user.session)).ok).toBe(true)
    await proveApp()
    clock.advance(250 * second)
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'second' })).uri)
    const confirmed = unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect(confirmed.assessment.satisfied).toBe(true)
    clock.advance(51 * second)
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('a user-verified passkey serves as a management proof of any kind', async () => {
    const { mfa, user } = await withApp()
    const session = await user.signIn({ method: 'passkey', userVerified: true })
    expect((await mfa.factors.remove(session, { kind: 'totp' })).ok).toBe(true)
  })

  it('one session’s proof manages nothing in another (X12)', async () => {
    const { mfa, clock, session, user, proveApp } = await withApp()
    await proveApp()
    clock.advance(301 * second)
    await proveApp(await user.signIn())
    expect(await mfa.disable(session)).toMatchObject({ reason: 'fresh_proof_required' })
  })
})

describe('as strong as what it manages', () => {
  it('removing an authenticator app needs a proof by an app, or a recovery code where another factor stays', async () => {
    const { mfa, session, proveContact, recover } = await withApp({}, { email: true, recoveryCodes: true })
    await proveContact('email')
    expect(await mfa.factors.remove(session, { kind: 'totp' })).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { proof: 'second_factor', anyOf: ['totp', 'recovery_code'] },
      offers: [{ factor: 'totp' }, { factor: 'recovery_code' }],
    })
    await recover()
    expect((await mfa.factors.remove(session, { kind: 'totp' })).ok).toBe(true)
  })

  it('disabling while an app is active needs a proof by an app; a recovery code or email will not do', async () => {
    const { mfa, clock, session, proveApp, proveContact, recover } = await withApp(
      {},
      { email: true, recoveryCodes: true },
    )
    await recover()
    await proveContact('email')
    expect(await mfa.disable(session)).toMatchObject({ reason: 'fresh_proof_required', needs: { anyOf: ['totp'] } })
    clock.advance(1)
    await proveApp()
    expect(unwrap(await mfa.disable(session))).toMatchObject({
      enforced: false,
      assessment: { satisfied: true, optedIn: false },
    })
  })

  it('with managementProof any takes every second factor, as the product’s reference does', async () => {
    const { mfa, session, proveContact } = await withApp({ policy: { managementProof: 'any' } }, { email: true })
    await proveContact('email')
    expect((await mfa.factors.remove(session, { kind: 'totp' })).ok).toBe(true)
  })

  it('removing the last factor needs a proof by a factor that is not recovery', async () => {
    const { mfa, session, recover } = await withApp({}, { recoveryCodes: true })
    await recover()
    expect(await mfa.factors.remove(session, { kind: 'totp' })).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { anyOf: ['totp'] },
    })
  })

  it('SMS alone never removes a locked app (X18)', async () => {
    const { mfa, session, proveContact } = await withApp({ policy: { lockAfterFailures: 1 } }, { phone: true })
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await proveContact('phone')
    expect(await mfa.factors.remove(session, { kind: 'totp' })).toMatchObject({ reason: 'fresh_proof_required' })
  })
})

describe('removing factors', () => {
  it('the last factor switches MFA off and drops the recovery codes, with an event and a notice', async () => {
    const { mfa, events, outbox, session, proveApp } = await withApp({}, { recoveryCodes: true })
    unwrap(await mfa.contacts.attest({ userId: session.userId }, { channel: 'email', address: 'kim@example.com' }))
    await proveApp()
    unwrap(await mfa.factors.remove(session, { kind: 'email' }))
    outbox.clear()
    const { assessment } = unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    expect(assessment).toMatchObject({ enforced: false, optedIn: false, satisfied: true, offers: [] })
    expect(events.slice(-2)).toMatchObject([
      { type: 'factor.removed', factor: 'totp' },
      { type: 'mfa.disabled', by: 'last_factor_removed' },
    ])
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({ reason: 'not_found' })
  })

  it('is refused where enforcement requires MFA, also to admin.removeFactor', async () => {
    const { mfa, session, proveApp } = await withApp({ enforcement: { mfa: 'required' } })
    await proveApp()
    expect(await mfa.factors.remove(session, { kind: 'totp' })).toMatchObject({ reason: 'required_by_policy' })
    expect(await mfa.disable(session)).toMatchObject({ reason: 'required_by_policy' })
    const { items } = unwrap(await mfa.factors.list(session))
    const admin = { factorId: items[0]?.id as string, actor: 'support', reason: 'asked' }
    expect(await mfa.admin.removeFactor({ userId: session.userId }, admin)).toMatchObject({
      reason: 'required_by_policy',
    })
  })

  it('all of a kind go in one save, and their proofs at once in every session (X23)', async () => {
    const { mfa, user, session, app, proveApp } = await withApp({}, { email: true })
    await proveApp()
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'second' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    const { assessment } = unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    expect(assessment).toMatchObject({
      enforced: true,
      satisfied: false,
      next: 'second_factor',
      lastChallengeAtMs: expect.any(Number),
    })
    expect(assessment.proofs.map(({ name }) => name)).toEqual(['password'])
    expect(await mfa.sessions.assess(user.session)).toMatchObject({ satisfied: false })
  })

  it('contacts.remove removes the address; without one it is not_found', async () => {
    const { mfa, session, proveApp } = await withApp({}, { email: true })
    await proveApp()
    expect((await mfa.contacts.remove(session, { channel: 'email' })).ok).toBe(true)
    expect(await mfa.contacts.remove(session, { channel: 'email' })).toMatchObject({ reason: 'not_found' })
  })

  it('removing a factor voids its open challenges', async () => {
    const { mfa, outbox, session, user, proveApp } = await withApp({}, { email: true })
    await proveApp()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    unwrap(await mfa.contacts.remove(session, { channel: 'email' }))
    expect(
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(user.email as string) }),
    ).toMatchObject({ reason: 'invalid_code' })
  })

  it('renames a factor; unknown ids are not_found', async () => {
    const { mfa, session, proveApp } = await withApp()
    await proveApp()
    const factorId = unwrap(await mfa.factors.list(session)).items[0]?.id as string
    unwrap(await mfa.factors.rename(session, { factorId, label: '  Work phone ' }))
    expect(unwrap(await mfa.factors.list(session)).items[0]).toMatchObject({ label: 'Work phone' })
    expect(await mfa.factors.rename(session, { factorId: 'x', label: 'y' })).toMatchObject({ reason: 'not_found' })
  })
})
