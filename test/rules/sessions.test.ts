import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const user = { userId: 'kim' }
const session = { ...user, sessionId: 'one' }
const hour = 3_600_000

describe('sessions', () => {
  it('begin opens a ledger with the first factor', async () => {
    const { mfa, clock } = createTestMfa()
    const { assessment } = unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(assessment).toMatchObject({
      satisfied: true,
      next: 'none',
      enforced: false,
      level: 'aal1',
      amr: ['pwd'],
      authTimeMs: clock.nowMs(),
    })
    expect(assessment.proofs).toEqual([
      { name: 'password', category: 'knowledge', origin: 'sign_in', atMs: clock.nowMs(), independent: false },
    ])
  })

  it('the event of a sign-in names its method, and the provider where there is one', async () => {
    const { mfa, events, clock } = createTestMfa()
    const google = { method: 'oauth', channel: 'none', provider: 'google' } as const
    unwrap(await mfa.sessions.begin(session, google))
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    const adopted = { ...google, authenticatedAtMs: clock.nowMs() }
    unwrap(await mfa.sessions.adopt({ ...user, sessionId: 'two' }, adopted))
    expect(events).toMatchObject([
      { type: 'session.started', method: 'oauth', provider: 'google' },
      { type: 'session.reauthenticated', method: 'password' },
      { type: 'session.adopted', method: 'oauth', provider: 'google' },
    ])
  })

  it('beginning a known id again starts an empty one', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session: known, app } = await givenUser({ totp: true })
    unwrap(await mfa.challenges.verify(known, { factor: 'totp', code: app.freshCode() }))
    const { assessment } = unwrap(await mfa.sessions.begin(known, { method: 'password' }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'second_factor' })
    expect(assessment.proofs).toHaveLength(1)
  })

  it('beginning a known id again kills its open challenges', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const { userId, session: known, email } = await givenUser({ email: true, totp: true })
    const { challenge } = unwrap(await mfa.challenges.create(known, { factor: 'email' }))
    unwrap(await mfa.sessions.begin(known, { method: 'password' }))
    expect(unwrap(await mfa.admin.inspect({ userId })).openChallenges).toBe(0)
    const code = outbox.codeTo(email as string)
    expect(await mfa.challenges.complete(known, { challengeId: challenge.id, code })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('the host owns the length: a session lives until just before expiresAtMs, and extend moves it', async () => {
    const { mfa, clock } = createTestMfa()
    unwrap(await mfa.sessions.begin(session, { method: 'password', expiresAtMs: clock.nowMs() + hour }))
    clock.advance(hour - 1)
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true, validUntilMs: clock.nowMs() + 1 })
    unwrap(await mfa.sessions.extend(session, { expiresAtMs: clock.nowMs() + hour }))
    clock.advance(hour - 1)
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
    clock.advance(1)
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      next: 'sign_in',
      missing: [{ what: 'session', why: 'unknown' }],
    })
    expect(await mfa.sessions.extend(session, { expiresAtMs: clock.nowMs() + hour })).toMatchObject({
      reason: 'unknown_session',
    })
  })

  it('sessionMaxAgeMs has no default in standard and is 12 h in nist', async () => {
    const standard = createTestMfa()
    unwrap(await standard.mfa.sessions.begin(session, { method: 'password' }))
    standard.clock.advance(1000 * hour)
    expect((await standard.mfa.sessions.assess(session)).satisfied).toBe(true)

    const nist = createTestMfa({ profile: 'nist' })
    unwrap(await nist.mfa.sessions.begin(session, { method: 'password', expiresAtMs: nist.clock.nowMs() + 100 * hour }))
    nist.clock.advance(12 * hour - 1)
    expect((await nist.mfa.sessions.assess(session)).satisfied).toBe(true)
    nist.clock.advance(1)
    expect((await nist.mfa.sessions.assess(session)).next).toBe('sign_in')
  })

  it('proofs last as long as the session does', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { session: full } = await givenUser({ totp: true })
    clock.advance(300 * hour)
    expect(await mfa.sessions.assess(full)).toMatchObject({ satisfied: true, level: 'aal2' })
  })

  it('a session we do not know is refused', async () => {
    const { mfa } = createTestMfa()
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      next: 'sign_in',
      level: 'none',
      proofs: [],
      amr: [],
      missing: [{ what: 'session', why: 'unknown' }],
      offers: [],
    })
    await expect(mfa.sessions.require(session)).rejects.toMatchObject({
      code: 'mfa_required',
      assessment: { next: 'sign_in' },
    })
    for (const call of [
      mfa.sessions.reauthenticate(session, { method: 'password' }),
      mfa.sessions.rotate(session, { newSessionId: 'x' }),
      mfa.sessions.endOthers(session),
      mfa.factors.list(session),
      mfa.enable(session),
      mfa.challenges.create(session, { factor: 'totp' }),
      mfa.challenges.complete(session, { challengeId: 'x', code: '123456' }),
    ]) {
      expect(await call).toMatchObject({ ok: false, reason: 'unknown_session' })
    }
  })

  it('after rotate the old id has no credit (X22), and open challenges go along', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const { signIn, email } = await givenUser({ email: true, totp: true })
    const old = await signIn()
    const { challenge } = unwrap(await mfa.challenges.create(old, { factor: 'email' }))
    unwrap(await mfa.sessions.rotate(old, { newSessionId: 'rotated' }))
    expect((await mfa.sessions.assess(old)).next).toBe('sign_in')
    const rotated = { ...old, sessionId: 'rotated' }
    expect(
      (await mfa.challenges.complete(rotated, { challengeId: challenge.id, code: outbox.codeTo(email as string) })).ok,
    ).toBe(true)
  })

  it('a newSessionId that is known already is invalid_argument, and nothing changes', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session: one, signIn, app } = await givenUser({ totp: true })
    const two = await signIn()
    const error = { code: 'invalid_argument', message: expect.stringContaining('newSessionId') }
    await expect(mfa.sessions.rotate(two, { newSessionId: one.sessionId })).rejects.toMatchObject(error)
    await expect(mfa.sessions.rotate(two, { newSessionId: two.sessionId })).rejects.toMatchObject(error)
    const code = app.freshCode()
    await expect(
      mfa.challenges.verify(two, { factor: 'totp', code, newSessionId: one.sessionId }),
    ).rejects.toMatchObject(error)
    expect((await mfa.challenges.verify(two, { factor: 'totp', code })).ok).toBe(true)
  })

  it('end forgets a session, and no other; it can be repeated, and tells of it once', async () => {
    const { mfa, events, givenUser } = createTestMfa()
    const { session: ended, signIn } = await givenUser()
    const other = await signIn()
    for (let times = 0; times < 2; times++) expect(await mfa.sessions.end(ended)).toEqual({ ok: true })
    expect((await mfa.sessions.assess(ended)).next).toBe('sign_in')
    expect((await mfa.sessions.assess(other)).next).toBe('none')
    expect(events.filter(({ type }) => type === 'session.ended')).toHaveLength(1)
  })

  it('endOthers works in a satisfied session and says how many it ended', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session: one, signIn } = await givenUser({ totp: true })
    const [two, three] = [await signIn(), await signIn()]
    expect(await mfa.sessions.endOthers(two)).toMatchObject({ reason: 'more_factors_required' })
    expect(await mfa.sessions.endOthers(one)).toEqual({ ok: true, ended: 2 })
    expect((await mfa.sessions.assess(one)).satisfied).toBe(true)
    for (const ended of [two, three]) expect((await mfa.sessions.assess(ended)).next).toBe('sign_in')
  })

  it('an unsatisfied session may list its offers, use challenges, reauthenticate, rotate and end itself', async () => {
    const { mfa, clock, outbox, givenUser } = createTestMfa()
    const { signIn, email } = await givenUser({ email: true, totp: true })
    const half = await signIn()
    expect(unwrap(await mfa.factors.list(half)).items.map(({ kind }) => kind)).toEqual(['totp', 'email'])
    const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
    clock.advance(60_000)
    unwrap(await mfa.challenges.resend(half, { challengeId: challenge.id }))
    unwrap(await mfa.challenges.cancel(half, { challengeId: challenge.id }))
    unwrap(await mfa.sessions.reauthenticate(half, { method: 'password' }))
    unwrap(await mfa.sessions.extend(half, { expiresAtMs: clock.nowMs() + hour }))
    unwrap(await mfa.sessions.rotate(half, { newSessionId: 'rotated' }))
    const rotated = { ...half, sessionId: 'rotated' }
    const again = unwrap(await mfa.challenges.create(rotated, { factor: 'email' })).challenge
    expect(await mfa.sessions.assess(rotated)).toMatchObject({ satisfied: false, next: 'second_factor' })
    const code = outbox.codeTo(email as string)
    expect((await mfa.challenges.complete(rotated, { challengeId: again.id, code })).ok).toBe(true)
    expect(await mfa.sessions.end(rotated)).toEqual({ ok: true })
  })

  it('endOthers counts the sessions that were alive', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { session: one, signIn } = await givenUser()
    await signIn({ method: 'password', expiresAtMs: clock.nowMs() + 1000 })
    await signIn({ method: 'password', expiresAtMs: clock.nowMs() + 1001 })
    clock.advance(1000)
    expect(await mfa.sessions.endOthers(one)).toEqual({ ok: true, ended: 1 })
    expect(await mfa.sessions.endOthers(one)).toEqual({ ok: true, ended: 0 })
  })

  it('extend may shorten, and never passes the policy’s own limit', async () => {
    const { mfa, clock } = createTestMfa({ policy: { sessionMaxAgeMs: hour } })
    const startedAtMs = clock.nowMs()
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    const far = unwrap(await mfa.sessions.extend(session, { expiresAtMs: startedAtMs + 5 * hour }))
    expect(far.assessment.validUntilMs).toBe(startedAtMs + hour)
    const near = unwrap(await mfa.sessions.extend(session, { expiresAtMs: startedAtMs + 1000 }))
    expect(near.assessment.validUntilMs).toBe(startedAtMs + 1000)
    clock.advance(1000)
    expect((await mfa.sessions.assess(session)).next).toBe('sign_in')
  })

  it('rotate moves everything: proofs, the end, and what is pending', async () => {
    const { mfa, clock, app } = createTestMfa()
    const expiresAtMs = clock.nowMs() + hour
    unwrap(await mfa.sessions.begin(session, { method: 'password', expiresAtMs }))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    const before = await mfa.sessions.assess(session)
    const { assessment } = unwrap(await mfa.sessions.rotate(session, { newSessionId: 'two' }))
    expect(assessment).toEqual(before)
    expect(assessment.validUntilMs).toBe(expiresAtMs)
    const code = app.freshCode()
    expect(await mfa.totp.confirm(session, { code })).toMatchObject({ reason: 'unknown_session' })
    expect((await mfa.totp.confirm({ ...user, sessionId: 'two' }, { code })).ok).toBe(true)
  })

  it('beginning a known id again voids what it had pending', async () => {
    const { mfa, app } = createTestMfa()
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(await mfa.totp.confirm(session, { code: app.freshCode() })).toMatchObject({ reason: 'nothing_pending' })
  })

  it('endAll ends every session and can be repeated, also for a user we do not know', async () => {
    const { mfa, events, givenUser } = createTestMfa()
    const { userId, session: one, signIn } = await givenUser({ totp: true })
    const two = await signIn()
    expect(await mfa.sessions.endAll({ userId })).toEqual({ ok: true })
    expect(events.at(-1)).toMatchObject({ type: 'sessions.ended', scope: 'all', count: 2 })
    for (const ended of [one, two]) expect((await mfa.sessions.assess(ended)).next).toBe('sign_in')
    expect(await mfa.sessions.endAll({ userId })).toEqual({ ok: true })
    expect(await mfa.sessions.endAll({ userId: 'nobody' })).toEqual({ ok: true })
  })
})
