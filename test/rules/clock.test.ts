import { createManualClock, createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const user = { userId: 'kim' }
const session = { ...user, sessionId: 'one' }
const hour = 3_600_000

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
    expect(events.map(({ type }) => type)).not.toContain('clock.behind')
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

  it('after admin.unlock a session that lost its first factor is gone, not half a session', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { userId, session: early } = await givenUser({ totp: true })
    clock.advance(10 * hour)
    unwrap(await mfa.sessions.reauthenticate(early, { method: 'password' }))
    clock.advance(-10 * hour)
    unwrap(await mfa.admin.unlock({ userId }, { actor: 'support', reason: 'clock ran ahead' }))
    expect(await mfa.sessions.assess(early)).toMatchObject({ satisfied: false, next: 'sign_in', proofs: [] })
  })

  it('stamps and comparisons use the later of now and the mark: a proof made behind the mark is stamped with it', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { session: known } = await givenUser()
    const markMs = clock.nowMs()
    clock.advance(-30_000)
    const { assessment } = unwrap(await mfa.sessions.reauthenticate(known, { method: 'passkey' }))
    expect(assessment).toMatchObject({ assessedAtMs: markMs, authTimeMs: markMs })
  })

  it('a requirement’s age is not made younger by a clock that jumps back', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const { session: known, signIn } = await givenUser()
    clock.advance(1001)
    await signIn()
    clock.advance(-1001)
    expect((await mfa.sessions.assess(known, { maxAgeMs: 1000 })).satisfied).toBe(false)
    expect((await mfa.sessions.assess(known, { maxAgeMs: 1001 })).satisfied).toBe(true)
  })

  it.each([8.64e15 + 1, -1, Number.NaN, undefined])(
    'a clock that says %s, which no date can hold, is invalid_configuration, and nothing is saved',
    async (nowMs) => {
      const { mfa, store } = createTestMfa({ clock: { ...createManualClock(), nowMs: () => nowMs as number } })
      await expect(mfa.sessions.begin(session, { method: 'password' })).rejects.toMatchObject({
        code: 'invalid_configuration',
        message: '`clock.nowMs` must be a function that answers milliseconds since the epoch.',
      })
      expect(await store.load('0:kim')).toBeNull()
    },
  )

  it.each([0, 8.64e15, 1000.7])('a clock may say %s: a record holds whole milliseconds', async (nowMs) => {
    const { mfa } = createTestMfa({ clock: { ...createManualClock(), nowMs: () => nowMs } })
    const { assessment } = unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(assessment.assessedAtMs).toBe(Math.floor(nowMs))
  })
})
