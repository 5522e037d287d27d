import { createTestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { minute } from './signed-in.js'

describe('enrolling an authenticator app', () => {
  it('shows a secret and a URI once; the app is pending until its first code confirms it', async () => {
    const { mfa, app, clock, givenUser } = createTestMfa()
    const { session } = await givenUser()
    const enrollment = unwrap(await mfa.totp.enroll(session, { accountName: 'kim@example.com', label: 'Phone' }))
    expect(enrollment.uri).toMatch(
      /^otpauth:\/\/totp\/Acme:kim%40example\.com\?secret=[A-Z2-7]{32}&issuer=Acme&algorithm=SHA1&digits=6&period=30$/,
    )
    expect(enrollment.expiresAtMs).toBe(clock.nowMs() + 10 * minute)
    expect(unwrap(await mfa.factors.list(session))).toMatchObject({
      totp: false,
      items: [{ kind: 'totp', status: 'pending', label: 'Phone', usable: false, why: 'pending' }],
    })
    expect(await mfa.challenges.create(session, { factor: 'totp' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'unverified',
    })
    app.scan(enrollment.uri)
    unwrap(await mfa.totp.confirm(session, { factorId: enrollment.factorId, code: app.code() }))
    expect(unwrap(await mfa.factors.list(session))).toMatchObject({
      totp: true,
      items: [{ id: enrollment.factorId, status: 'active' }],
    })
  })

  it('confirming is itself a proof and enters that session’s ledger; other sessions are asked from that moment on (X46)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser()
    const other = await user.signIn()
    user.app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'kim' })).uri)
    const { assessment } = unwrap(await mfa.totp.confirm(user.session, { code: user.app.freshCode() }))
    expect(assessment).toMatchObject({ satisfied: true, enforced: true, optedIn: true, level: 'aal2' })
    expect(assessment.proofs.at(-1)).toMatchObject({ name: 'totp', origin: 'enrollment', independent: true })
    expect(await mfa.sessions.assess(other)).toMatchObject({ satisfied: false, next: 'second_factor' })
  })

  it('spends its step too (X07)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser()
    user.app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'kim' })).uri)
    const code = user.app.freshCode()
    unwrap(await mfa.totp.confirm(user.session, { code }))
    expect(await mfa.challenges.verify(user.session, { factor: 'totp', code })).toMatchObject({
      reason: 'invalid_code',
    })
    expect((await mfa.challenges.verify(user.session, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
  })

  it('opts in by the first app; with explicit only enable does', async () => {
    const explicit = createTestMfa({ policy: { optIn: 'explicit' } })
    const { session } = await explicit.givenUser({ totp: true })
    expect(await explicit.mfa.sessions.assess(session)).toMatchObject({ optedIn: false, enforced: false })
    expect(unwrap(await explicit.mfa.enable(session))).toMatchObject({
      enforced: true,
      assessment: { satisfied: true, optedIn: true },
    })
  })

  it('a second app does not switch MFA on again for a user who switched it off', async () => {
    const { mfa, app, givenUser } = createTestMfa()
    const { session, app: first } = await givenUser({ totp: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: first.freshCode() }))
    unwrap(await mfa.disable(session))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'second' })).uri)
    expect(unwrap(await mfa.totp.confirm(session, { code: app.freshCode() })).assessment).toMatchObject({
      optedIn: false,
      enforced: false,
    })
  })

  it('belongs to the session that started it (X11)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser()
    const thief = await user.signIn()
    const { uri, factorId } = unwrap(await mfa.totp.enroll(thief, { accountName: 'kim' }))
    user.app.scan(uri)
    const code = user.app.freshCode()
    expect(await mfa.totp.confirm(user.session, { factorId, code })).toMatchObject({ reason: 'nothing_pending' })
    expect(await mfa.totp.confirm(user.session, { code })).toMatchObject({ reason: 'nothing_pending' })
    expect(unwrap(await mfa.factors.list(user.session)).items).toEqual([])
    expect((await mfa.totp.confirm(thief, { factorId, code })).ok).toBe(true)
  })

  it('what other sessions have pending is void when MFA becomes enforced (X11)', async () => {
    const { mfa, app, givenUser } = createTestMfa()
    const user = await givenUser()
    const thief = await user.signIn()
    const planted = unwrap(await mfa.totp.enroll(thief, { accountName: 'kim' }))
    app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(user.session, { code: app.freshCode() }))
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).factors.map(({ id }) => id)).not.toContain(
      planted.factorId,
    )
    app.scan(planted.uri)
    expect(await mfa.totp.confirm(thief, { code: app.freshCode() })).toMatchObject({ reason: 'more_factors_required' })
  })

  it('is void after credentials.changed, endAll and an admin reset', async () => {
    for (const act of ['credentials', 'endAll', 'reset'] as const) {
      const { mfa, givenUser } = createTestMfa()
      const { userId, session } = await givenUser()
      unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
      if (act === 'credentials') unwrap(await mfa.credentials.changed({ userId }, { via: 'session' }))
      if (act === 'endAll') unwrap(await mfa.sessions.endAll({ userId }))
      if (act === 'reset') unwrap(await mfa.admin.reset({ userId }, { actor: 'a', reason: 'b' }))
      expect(unwrap(await mfa.admin.inspect({ userId })).factors).toEqual([])
    }
  })

  it('confirming is judged again, at that moment, by the rule for starting it', async () => {
    const { mfa, clock, app, givenUser } = createTestMfa()
    const { session } = await givenUser()
    clock.advance(14 * minute)
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    clock.advance(2 * minute)
    expect(await mfa.totp.confirm(session, { code: app.freshCode() })).toMatchObject({ reason: 'fresh_proof_required' })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect((await mfa.totp.confirm(session, { code: app.freshCode() })).ok).toBe(true)
  })

  it('enrolling again replaces what this session had pending and leaves an active app alone (X10)', async () => {
    const { mfa, app, givenUser } = createTestMfa()
    const { session, app: active } = await givenUser({ totp: true })
    const first = unwrap(await mfa.totp.enroll(session, { accountName: 'x' }))
    const second = unwrap(await mfa.totp.enroll(session, { accountName: 'x' }))
    app.scan(first.uri)
    expect(await mfa.totp.confirm(session, { factorId: first.factorId, code: app.code() })).toMatchObject({
      reason: 'nothing_pending',
    })
    expect((await mfa.challenges.verify(session, { factor: 'totp', code: active.freshCode() })).ok).toBe(true)
    app.scan(second.uri)
    expect((await mfa.totp.confirm(session, { code: app.freshCode() })).ok).toBe(true)
  })

  it('pending lasts ten minutes, and ten attempts of its own that lock nothing', async () => {
    const { mfa, clock, app, givenUser } = createTestMfa()
    const { userId, session } = await givenUser()
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'x' })).uri)
    clock.advance(10 * minute - 1)
    expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({
      reason: 'invalid_code',
      attemptsLeft: 9,
    })
    clock.advance(1)
    expect(await mfa.totp.confirm(session, { code: app.code() })).toMatchObject({ reason: 'nothing_pending' })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'x' })).uri)
    for (let left = 9; left >= 0; left--) {
      expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({
        reason: 'invalid_code',
        attemptsLeft: left,
      })
    }
    expect(await mfa.totp.confirm(session, { code: app.code() })).toMatchObject({ reason: 'nothing_pending' })
    expect(unwrap(await mfa.admin.inspect({ userId })).throttles).toEqual({ total: 11 })
  })

  it('a malformed code counts as nothing', async () => {
    const { mfa, app, givenUser } = createTestMfa()
    const { session } = await givenUser()
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'x' })).uri)
    for (const code of ['', '12345', '1234567', '１２３４５６', 'abcdef', '1'.repeat(1000)]) {
      expect(await mfa.totp.confirm(session, { code })).toEqual({ ok: false, reason: 'invalid_code' })
    }
    expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({ attemptsLeft: 9 })
  })

  it('several apps with labels, up to five; without a factorId every active one is tried in one attempt, which counts once', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const apps = [user.app]
    for (let number = 2; number <= 5; number++) {
      clock.advance(minute)
      unwrap(await mfa.challenges.verify(user.session, { factor: 'totp', code: user.app.freshCode() }))
      const { app } = createTestMfa({ clock })
      app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'x', label: `App ${number}` })).uri)
      unwrap(await mfa.totp.confirm(user.session, { code: app.freshCode() }))
      apps.push(app)
    }
    expect(await mfa.totp.enroll(user.session, { accountName: 'x' })).toMatchObject({ reason: 'too_many_factors' })
    clock.advance(minute)
    for (const app of apps) {
      expect((await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: app.freshCode() })).ok).toBe(
        true,
      )
    }
    await mfa.challenges.verify(user.session, { factor: 'totp', code: '000000' })
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles).toMatchObject({
      totp: { failures: 1 },
      total: 1,
    })
  })

  it('with a factorId only that app answers', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const { app } = createTestMfa({ clock })
    const second = unwrap(await mfa.totp.enroll(user.session, { accountName: 'x' }))
    app.scan(second.uri)
    unwrap(await mfa.totp.confirm(user.session, { code: app.freshCode() }))
    const verify = (factorId: string, code: string) =>
      mfa.challenges.verify(user.session, { factor: 'totp', factorId, code })
    expect(await verify(second.factorId, user.app.freshCode())).toMatchObject({ reason: 'invalid_code' })
    expect((await verify(second.factorId, app.freshCode())).ok).toBe(true)
    expect(await verify('unknown', '123456')).toMatchObject({ reason: 'factor_not_available', why: 'none' })
  })

  it('parameters live on the factor; a changed default never touches it', async () => {
    const { mfa, store, clock, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const later = createTestMfa({
      store,
      clock,
      policy: { totpDigits: 8, totpPeriodSeconds: 60, totpAlgorithm: 'SHA-512' },
    })
    const session: SessionRef = { userId: user.userId, sessionId: 'later' }
    unwrap(await later.mfa.sessions.begin(session, { method: 'password' }))
    expect((await later.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
    const own = unwrap(await later.mfa.totp.enroll(session, { accountName: 'x' }))
    expect(own.uri).toContain('algorithm=SHA512&digits=8&period=60')
    // RFC 6238, 5.1: a key as long as the HMAC's output.
    expect(own.secret).toHaveLength(103)
    expect(mfa.policy.totpDigits).toBe(6)
  })
})
