import { createTestMfa } from '@countersign/adapters/testing'
import { type Mfa, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const user = { userId: 'kim' }
const session = { ...user, sessionId: 'one' }
const hour = 3_600_000

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
    for (const nothing of [{}, { level: 'none' }, { level: 'none', anyOf: undefined as never }] as const)
      expect((await mfa.sessions.assess(session, nothing)).satisfied).toBe(true)
    for (const requirement of [{ level: 'none', maxAgeMs: hour }, { level: 'aal1' }, { anyOf: ['totp'] }] as const) {
      expect(await mfa.sessions.assess(session, requirement)).toMatchObject({
        satisfied: false,
        next: 'sign_in',
        missing: [{ what: 'session', why: 'unknown' }],
      })
    }
  })

  it('such a session is told whether the user opted in, and misses nothing', async () => {
    const { mfa, store } = rollOut()
    const passing = { satisfied: true, enforced: false, missing: [] }
    expect(await mfa.sessions.assess(session)).toMatchObject({ ...passing, optedIn: false })
    const before = createTestMfa({ store, policy: { optIn: 'explicit' } }).mfa
    const known = { ...user, sessionId: 'known' }
    unwrap(await before.sessions.begin(known, { method: 'password' }))
    unwrap(await before.enable(known))
    expect(await mfa.sessions.assess(session)).toMatchObject({ ...passing, optedIn: true })
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

  it('an adopted session takes the place of one of its id that is over, with its challenges, and of no other', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { userId, session: other, signIn } = await givenUser({ totp: true })
    const short = await signIn({ method: 'password', expiresAtMs: clock.nowMs() + 1000 })
    unwrap(await mfa.challenges.create(short, { factor: 'totp' }))
    clock.advance(1000)
    unwrap(await mfa.sessions.adopt(short, { method: 'password', authenticatedAtMs: clock.nowMs() }))
    expect(unwrap(await mfa.admin.inspect({ userId }))).toMatchObject({ openChallenges: 0, sessions: [{}, {}] })
    expect((await mfa.sessions.assess(other)).proofs).toHaveLength(2)
    expect((await mfa.sessions.assess(short)).proofs).toHaveLength(1)
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

  it('nor after endOthers, an admin reset or a changed credential', async () => {
    const other = { ...user, sessionId: 'other' }
    const raise: ((mfa: Mfa) => Promise<{ readonly ok: boolean }>)[] = [
      (mfa) => mfa.sessions.endOthers(other),
      (mfa) => mfa.admin.reset(user, { actor: 'support', reason: 'asked' }),
      (mfa) => mfa.credentials.changed(user, { via: 'session' }),
      (mfa) => mfa.credentials.changed(user, { via: 'admin', except: other.sessionId }),
    ]
    for (const each of raise) {
      const { mfa } = rollOut()
      unwrap(await mfa.sessions.begin(other, { method: 'password', verified: { email: 'kim@example.com' } }))
      expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
      expect((await each(mfa)).ok).toBe(true)
      expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'sign_in' })
    }
  })

  it('an unknown session that passes manages nothing: every call but the guard is unknown_session', async () => {
    const { mfa } = rollOut()
    for (const call of [
      mfa.totp.enroll(session, { accountName: 'kim' }),
      mfa.recoveryCodes.generate(session),
      mfa.enable(session),
      mfa.sessions.endOthers(session),
      mfa.sessions.extend(session, { expiresAtMs: Date.UTC(2027, 0, 1) }),
      mfa.challenges.create(session, { factor: 'recovery_code' }),
    ]) {
      expect(await call).toMatchObject({ ok: false, reason: 'unknown_session', assessment: { level: 'none' } })
    }
  })

  it('MFA required: an unknown session passes inside the grace period only, and is told until when', async () => {
    const requiredFromMs = Date.UTC(2026, 0, 2)
    const { mfa, clock } = createTestMfa({
      unknownSessions: 'allow_without_mfa',
      enforcement: { mfa: 'required', requiredFromMs },
    })
    clock.set(requiredFromMs - 1)
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: true,
      level: 'none',
      enrollByMs: requiredFromMs,
    })
    clock.advance(1)
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'sign_in' })
  })

  it('an enforcement function that throws lets no unknown session pass (X41)', async () => {
    const { mfa } = createTestMfa({
      unknownSessions: 'allow_without_mfa',
      enforcement: () => Promise.reject(new Error('down')),
    })
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'sign_in' })
  })

  it('adopting a session of a user for whom MFA is enforced asks for the second factor, in refuse as well', async () => {
    for (const unknownSessions of ['refuse', 'allow_without_mfa'] as const) {
      const { store, clock, givenUser } = createTestMfa()
      const { userId, app } = await givenUser({ totp: true })
      const { mfa } = createTestMfa({ store, clock, unknownSessions })
      const lived = { userId, sessionId: 'lived' }
      const adopted = unwrap(
        await mfa.sessions.adopt(lived, { method: 'password', authenticatedAtMs: clock.nowMs() - hour }),
      )
      expect(adopted.assessment).toMatchObject({ satisfied: false, next: 'second_factor' })
      const proven = unwrap(await mfa.challenges.verify(lived, { factor: 'totp', code: app.freshCode() }))
      expect(proven.assessment.satisfied).toBe(true)
    }
  })

  it('nothing is adopted that would be over already: by its own end, or by sessionMaxAgeMs', async () => {
    const { mfa, clock } = createTestMfa({ policy: { sessionMaxAgeMs: hour } })
    const now = clock.nowMs()
    const adopt = (authenticatedAtMs: number, expiresAtMs?: number) =>
      mfa.sessions.adopt(session, {
        method: 'password',
        authenticatedAtMs,
        ...(expiresAtMs !== undefined && { expiresAtMs }),
      })
    expect(await adopt(now - hour)).toMatchObject({ ok: false, reason: 'sign_in_again' })
    expect(await adopt(now - 1000, now)).toMatchObject({ ok: false, reason: 'sign_in_again' })
    expect(await mfa.admin.inspect(user)).toMatchObject({ reason: 'not_found' })
    expect(unwrap(await adopt(now - hour + 1)).assessment.validUntilMs).toBe(now + 1)
  })
})
