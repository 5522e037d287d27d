import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { email, minute, phone, signedIn, url } from './signed-in.js'

describe('switching MFA on and off', () => {
  it('enable grants nothing, and can be repeated', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser({ email: true })
    expect(unwrap(await mfa.enable(session))).toMatchObject({
      enforced: true,
      assessment: { satisfied: false, next: 'second_factor' },
    })
    expect(await mfa.enable(session)).toMatchObject({ reason: 'more_factors_required' })
  })

  it('enable warns of what would lock the user out or was set up elsewhere', async () => {
    const { mfa, outbox, givenUser } = createTestMfa({ policy: { optIn: 'explicit' } })
    const user = await givenUser({ recoveryCodes: true })
    unwrap(await mfa.contacts.set(user.session, { channel: 'email', address: 'kim@example.com' }))
    unwrap(await mfa.contacts.confirm(user.session, { channel: 'email', code: outbox.codeTo('kim@example.com') }))
    const other = await user.signIn({ method: 'email_link' })
    const { warnings } = unwrap(await mfa.enable(other))
    expect(warnings).toEqual(['only_same_channel', 'codes_from_another_session', 'contact_from_another_session'])
    const notice = outbox.notices.at(-1)
    expect(notice).toMatchObject({ notice: 'mfa_enabled', details: { warnings } })

    const bare = await givenUser()
    expect(unwrap(await mfa.enable(bare.session)).warnings).toEqual(['no_factor', 'no_recovery_codes'])
  })

  it('disable lifts the demand; the factors stay', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    unwrap(await mfa.challenges.verify(user.session, { factor: 'totp', code: user.app.freshCode() }))
    expect(unwrap(await mfa.disable(user.session))).toMatchObject({ enforced: false, warnings: [] })
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({
      satisfied: true,
      offers: [{ factor: 'totp' }],
    })
    expect((await mfa.disable(user.session)).ok).toBe(true)
  })
})

describe('opting in', () => {
  it('by default confirming an authenticator app opts in, and says what another session had set up', async () => {
    const { mfa, app, events, outbox, user, session } = await signedIn()
    unwrap(await mfa.recoveryCodes.generate(session))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo(email) }))
    const other = await user.signIn()
    app.scan(unwrap(await mfa.totp.enroll(other, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(other, { code: app.code() }))
    const warnings = ['codes_from_another_session', 'contact_from_another_session']
    expect(events.slice(-2)).toMatchObject([{ type: 'factor.confirmed' }, { type: 'mfa.enabled', warnings }])
    expect(outbox.notices.at(-1)).toMatchObject({ notice: 'mfa_enabled', details: { warnings } })
  })

  it('a user who removed every app opts in again with the next first one', async () => {
    const { mfa, app, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    unwrap(await mfa.factors.remove(user.session, { kind: 'totp' }))
    expect((await mfa.sessions.assess(user.session)).optedIn).toBe(false)
    app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'kim' })).uri)
    expect(unwrap(await mfa.totp.confirm(user.session, { code: app.freshCode() })).assessment.optedIn).toBe(true)
  })

  it('a user who had switched MFA on before the first app is not told of it again', async () => {
    const { mfa, events, outbox, app, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, enabled: true })
    const session = await user.signIn({ method: 'passkey', userVerified: true })
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect(events.filter(({ type }) => type === 'mfa.enabled')).toHaveLength(1)
    expect(outbox.notices.filter(({ notice }) => notice === 'mfa_enabled')).toHaveLength(1)
  })

  it('a contact that was a factor when the user opted in keeps MFA on once the policy switches its kind off; others do not', async () => {
    const [appsOnly, all] = [{ factors: ['totp'] as const }, {}]
    for (const [policy, enforced] of [
      [all, true],
      [appsOnly, false],
    ] as const) {
      const { mfa, store, clock, givenUser } = createTestMfa({ policy })
      const { userId, session } = await givenUser({ email: true })
      unwrap(await mfa.enable(session))
      const later = createTestMfa({ store, clock, policy: appsOnly })
      const { assessment } = unwrap(
        await later.mfa.sessions.begin({ userId, sessionId: 'later' }, { method: 'password' }),
      )
      expect(assessment).toMatchObject({ optedIn: true, enforced, satisfied: !enforced })
    }
  })

  it('with explicit only enable does: no app, address or set of codes switches MFA on', async () => {
    const { mfa, events, givenUser } = createTestMfa({ policy: { optIn: 'explicit' } })
    const user = await givenUser({ totp: true, email: true, recoveryCodes: true })
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({
      satisfied: true,
      optedIn: false,
      enforced: false,
    })
    expect(events.filter(({ type }) => type === 'mfa.enabled')).toEqual([])
    expect(unwrap(await mfa.enable(user.session))).toMatchObject({ enforced: true, warnings: [] })
    expect(events.at(-1)).toMatchObject({ type: 'mfa.enabled', warnings: [] })
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({ satisfied: false, next: 'second_factor' })
  })

  it('a user who opted in but has no factor yet is not enforced, and is told so; the first factor makes it so', async () => {
    const { mfa, session, ref } = await signedIn()
    expect(unwrap(await mfa.enable(session))).toMatchObject({
      enforced: false,
      assessment: { satisfied: true, optedIn: true },
      warnings: ['no_factor', 'no_recovery_codes'],
    })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, enforced: true })
  })

  it('recovery codes are no factor to switch MFA on with', async () => {
    const { mfa, session } = await signedIn()
    unwrap(await mfa.recoveryCodes.generate(session))
    expect(unwrap(await mfa.enable(session))).toMatchObject({ enforced: false, warnings: ['no_factor'] })
  })

  it('enabling again changes nothing and tells nobody', async () => {
    const { mfa, events, outbox, givenUser } = createTestMfa()
    const { session } = await givenUser({ email: true, totp: true })
    events.length = 0
    outbox.clear()
    expect(unwrap(await mfa.enable(session))).toMatchObject({ enforced: true, warnings: ['no_recovery_codes'] })
    expect([events, outbox.messages]).toEqual([[], []])
  })
})

describe('what enable warns of', () => {
  it('only what the acting session did not do itself, and not what the host attested', async () => {
    const { mfa, outbox, session, ref } = await signedIn()
    unwrap(await mfa.recoveryCodes.generate(session))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo(email) }))
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    expect(unwrap(await mfa.enable(session)).warnings).toEqual([])
  })

  it('what a session set up that has ended since', async () => {
    const { mfa, user, session } = await signedIn()
    unwrap(await mfa.recoveryCodes.generate(session))
    unwrap(await mfa.sessions.end(session))
    expect(unwrap(await mfa.enable(await user.signIn())).warnings).toEqual(['no_factor', 'codes_from_another_session'])
  })

  it('a contact confirmed by another session’s link, though it was opened here', async () => {
    const { mfa, outbox, user, session } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const other = await user.signIn()
    unwrap(await mfa.contacts.confirm(other, { channel: 'email', code: outbox.linkTo(email).secret }))
    expect(unwrap(await mfa.enable(other)).warnings).toEqual(['no_recovery_codes', 'contact_from_another_session'])
  })

  it('factors that this sign-in could not prove, not those that another factor makes up for', async () => {
    const { mfa, givenUser } = createTestMfa()
    const magic = { method: 'email_link' }
    const one = await givenUser({ email: true })
    expect(unwrap(await mfa.enable(await one.signIn(magic))).warnings).toContain('only_same_channel')
    const two = await givenUser({ email: true, phone: true })
    expect(unwrap(await mfa.enable(await two.signIn(magic))).warnings).not.toContain('only_same_channel')
  })
})

describe('what enable and disable refuse, in this order', () => {
  it('enable: unknown_session, more_factors_required, fresh_proof_required', async () => {
    const { mfa, clock, session, ref, user } = await signedIn()
    clock.advance(15 * minute)
    unwrap(await mfa.enable(session))
    clock.advance(1)
    expect(await mfa.enable(session)).toMatchObject({
      reason: 'fresh_proof_required',
      needs: { proof: 'first_factor' },
      maxAgeMs: 15 * minute,
    })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    expect(await mfa.enable(await user.signIn())).toMatchObject({ reason: 'more_factors_required' })
    expect(await mfa.enable({ ...ref, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
  })

  it('disable: unknown_session, more_factors_required, fresh_proof_required, then required_by_policy', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ enforcement: { mfa: 'required' } })
    const user = await givenUser({ totp: true })
    const session = await user.signIn()
    expect(await mfa.disable({ ...session, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
    expect(await mfa.disable(session)).toMatchObject({ reason: 'more_factors_required' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    clock.advance(5 * minute)
    expect(await mfa.disable(session)).toMatchObject({ reason: 'required_by_policy' })
    clock.advance(1)
    expect(await mfa.disable(session)).toMatchObject({ reason: 'fresh_proof_required', maxAgeMs: 5 * minute })
  })

  it('disabling MFA needs a proof by a factor that is not recovery, also with managementProof any (X12)', async () => {
    for (const managementProof of ['as_strong', 'any'] as const) {
      const { mfa, outbox, givenUser } = createTestMfa({ policy: { managementProof } })
      const user = await givenUser({ email, recoveryCodes: true, enabled: true })
      const session = await user.signIn()
      unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
      expect(await mfa.disable(session)).toMatchObject({
        reason: 'fresh_proof_required',
        needs: { proof: 'second_factor', anyOf: ['totp', 'phone', 'email'] },
        offers: [{ factor: 'email' }],
      })
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(email) }))
      expect(unwrap(await mfa.disable(session)).enforced).toBe(false)
    }
  })

  it('with managementProof any an email proof disables while an app is active', async () => {
    const { mfa, outbox, givenUser } = createTestMfa({ policy: { managementProof: 'any' } })
    const user = await givenUser({ email, totp: true })
    const session = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(email) }))
    expect((await mfa.disable(session)).ok).toBe(true)
  })

  it('the first factor is enough to take back an opt-in that enforced nothing', async () => {
    const { mfa, events, session } = await signedIn()
    unwrap(await mfa.enable(session))
    expect(unwrap(await mfa.disable(session)).assessment).toMatchObject({ satisfied: true, optedIn: false })
    expect(events.at(-1)).toMatchObject({ type: 'mfa.disabled', by: 'user' })
    unwrap(await mfa.disable(session))
    expect(events.filter(({ type }) => type === 'mfa.disabled')).toHaveLength(1)
  })

  it('switching off keeps factors and codes, and asks nobody any more', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true, recoveryCodes: true })
    const other = await user.signIn()
    unwrap(await mfa.disable(user.session))
    expect((await mfa.sessions.assess(other)).satisfied).toBe(true)
    expect(unwrap(await mfa.factors.list(other))).toMatchObject({ totp: true, recoveryCode: true })
  })
})
