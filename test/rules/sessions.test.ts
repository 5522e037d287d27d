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
    const { session: known, email } = await givenUser({ email: true, totp: true })
    const { challenge } = unwrap(await mfa.challenges.create(known, { factor: 'email' }))
    unwrap(await mfa.sessions.begin(known, { method: 'password' }))
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

  it('end forgets a session and can be repeated', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session: one } = await givenUser()
    expect(await mfa.sessions.end(one)).toEqual({ ok: true })
    expect(await mfa.sessions.end(one)).toEqual({ ok: true })
    expect((await mfa.sessions.assess(one)).next).toBe('sign_in')
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

  it('sessions are capped: those without a second factor go first, then the oldest, never the acting one', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { maxSessions: 4 } })
    const { session: full, signIn } = await givenUser({ totp: true })
    const halves = []
    for (let index = 0; index < 4; index++) {
      clock.advance(1)
      halves.push(await signIn())
    }
    expect((await mfa.sessions.assess(full)).satisfied).toBe(true)
    const known = await Promise.all(halves.map(async (half) => (await mfa.sessions.assess(half)).next))
    expect(known).toEqual(['sign_in', 'second_factor', 'second_factor', 'second_factor'])
  })

  it('a flood of sign-ins never evicts the session that signs in', async () => {
    const { mfa, givenUser } = createTestMfa({ policy: { maxSessions: 1 } })
    const { session: full, signIn } = await givenUser({ totp: true })
    const half = await signIn()
    expect((await mfa.sessions.assess(half)).next).toBe('second_factor')
    expect((await mfa.sessions.assess(full)).next).toBe('sign_in')
  })
})

describe('a gradual roll-out: unknownSessions allow_without_mfa', () => {
  const rollOut = () => createTestMfa({ unknownSessions: 'allow_without_mfa' })

  it('an unknown session of a user for whom MFA is not enforced passes with level none', async () => {
    const { mfa } = rollOut()
    expect(await mfa.sessions.require(session)).toMatchObject({
      satisfied: true,
      level: 'none',
      next: 'none',
      proofs: [],
    })
    expect((await mfa.sessions.assess(session, { maxAgeMs: hour })).satisfied).toBe(false)
  })

  it('begin writes nothing while the user has no record', async () => {
    const { mfa } = rollOut()
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(await mfa.admin.inspect(user)).toMatchObject({ reason: 'not_found' })
  })

  it('begin writes where addresses are vouched for, and where MFA is required', async () => {
    const { mfa } = rollOut()
    unwrap(await mfa.sessions.begin(session, { method: 'password', verified: { email: 'kim@example.com' } }))
    expect((await mfa.admin.inspect(user)).ok).toBe(true)
    const required = createTestMfa({ unknownSessions: 'allow_without_mfa', enforcement: { mfa: 'required' } })
    unwrap(await required.mfa.sessions.begin(session, { method: 'password' }))
    expect((await required.mfa.sessions.assess(session)).next).toBe('enroll')
  })

  it('adopt gives a session that already lived a first-factor credit at the time it really signed in', async () => {
    const { mfa, clock } = rollOut()
    const authenticatedAtMs = clock.nowMs() - hour
    const { assessment } = unwrap(await mfa.sessions.adopt(session, { method: 'password', authenticatedAtMs }))
    expect(assessment).toMatchObject({ satisfied: true, level: 'aal1', authTimeMs: authenticatedAtMs })
    expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('adopting a known session leaves it alone', async () => {
    const { mfa, clock } = rollOut()
    unwrap(await mfa.sessions.adopt(session, { method: 'password', authenticatedAtMs: clock.nowMs() }))
    const again = unwrap(
      await mfa.sessions.adopt(session, {
        method: 'passkey',
        userVerified: true,
        authenticatedAtMs: clock.nowMs() - 1,
      }),
    )
    expect(again.assessment.proofs.map(({ name }) => name)).toEqual(['password'])
  })

  it('for a user for whom MFA is enforced an unknown session is never satisfied', async () => {
    const { mfa, givenUser } = rollOut()
    const { userId } = await givenUser({ totp: false, email: true })
    unwrap(await mfa.contacts.attest({ userId }, { channel: 'email', address: 'x@example.com' }))
    const adopted = { userId, sessionId: 'adopted' }
    unwrap(await mfa.sessions.adopt(adopted, { method: 'password', authenticatedAtMs: 0 + 1 }))
    expect((await mfa.sessions.assess({ userId, sessionId: 'unknown' })).satisfied).toBe(true)
    unwrap(await mfa.sessions.reauthenticate(adopted, { method: 'password' }))
    unwrap(await mfa.enable(adopted))
    expect(await mfa.sessions.assess({ userId, sessionId: 'unknown' })).toMatchObject({
      satisfied: false,
      next: 'sign_in',
    })
  })

  it('nothing that signed in at or before endAll, endOthers, a reset or a changed credential, or in the future, is adopted', async () => {
    const { mfa, clock } = rollOut()
    const adopt = (authenticatedAtMs: number) => mfa.sessions.adopt(session, { method: 'password', authenticatedAtMs })
    expect(await adopt(clock.nowMs() + 1)).toMatchObject({ reason: 'sign_in_again' })
    const raise = [
      () => mfa.sessions.endAll(user),
      () => mfa.credentials.changed(user, { via: 'session' }),
      async () => {
        const other = { ...user, sessionId: 'other' }
        unwrap(await mfa.sessions.begin(other, { method: 'password' }))
        return mfa.sessions.endOthers(other)
      },
      () => mfa.admin.reset(user, { actor: 'support', reason: 'asked' }),
    ]
    for (const each of raise) {
      clock.advance(1000)
      unwrap(await each())
      expect(await adopt(clock.nowMs())).toMatchObject({ reason: 'sign_in_again' })
      clock.advance(1)
      expect((await adopt(clock.nowMs())).ok).toBe(true)
      unwrap(await mfa.sessions.end(session))
    }
  })

  it('after endAll allow_without_mfa no longer applies to that user', async () => {
    const { mfa } = rollOut()
    unwrap(await mfa.sessions.endAll(user))
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'sign_in' })
  })
})

describe('time only moves forward', () => {
  it('a clock that jumps back never revives an expired session (X28)', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    unwrap(await mfa.sessions.begin(session, { method: 'password', expiresAtMs: clock.nowMs() + 1000 }))
    clock.advance(2000)
    unwrap(await mfa.sessions.begin({ ...user, sessionId: 'two' }, { method: 'password' }))
    clock.advance(-1500)
    expect((await mfa.sessions.assess(session)).next).toBe('sign_in')
    await givenUser()
  })

  it('while now is more than 60 s behind the mark an event says so and no proof counts as fresh for management', async () => {
    const { mfa, clock, events, givenUser } = createTestMfa()
    const { session: full } = await givenUser({ totp: true })
    clock.advance(-60_000)
    expect((await mfa.recoveryCodes.generate(full)).ok).toBe(true)
    clock.advance(-1)
    expect(await mfa.recoveryCodes.regenerate(full)).toMatchObject({ reason: 'fresh_proof_required' })
    expect(events.at(-1)).toMatchObject({ type: 'clock.behind', behindMs: 60_001 })
    expect((await mfa.sessions.assess(full)).satisfied).toBe(true)
  })

  it('admin.unlock resets the mark and drops every session, challenge and proof stamped after the real now', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { userId, session: early, signIn, app } = await givenUser({ totp: true })
    clock.advance(10 * hour)
    const late = await signIn()
    unwrap(await mfa.challenges.verify(late, { factor: 'totp', code: app.freshCode() }))
    unwrap(await mfa.challenges.create(early, { factor: 'totp', purpose: 'later' }))
    clock.advance(-10 * hour)
    unwrap(await mfa.admin.unlock({ userId }, { actor: 'support', reason: 'clock ran ahead' }))
    expect((await mfa.sessions.assess(late)).next).toBe('sign_in')
    expect((await mfa.sessions.assess(early)).assessedAtMs).toBe(clock.nowMs())
    expect(unwrap(await mfa.admin.inspect({ userId }))).toMatchObject({
      openChallenges: 0,
      lastSeenAtMs: clock.nowMs(),
    })
  })
})
