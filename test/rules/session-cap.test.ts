import { createTestMfa } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'

describe('over the cap of sessions', () => {
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

  it('a session with a user-verified passkey counts as one with a second factor: it outlives a flood of half ones', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { maxSessions: 3 } })
    const { signIn } = await givenUser({ totp: true })
    const byPasskey = await signIn({ method: 'passkey', userVerified: true })
    for (let number = 0; number < 5; number++) {
      clock.advance(1)
      await signIn()
    }
    expect(await mfa.sessions.assess(byPasskey)).toMatchObject({ satisfied: true })
  })

  it('the oldest of those with a second factor goes when all have one', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { maxSessions: 2 } })
    const { signIn } = await givenUser({ totp: true })
    const sessions = []
    for (let number = 0; number < 3; number++) {
      clock.advance(1)
      sessions.push(await signIn({ method: 'passkey', userVerified: true }))
    }
    const known = await Promise.all(sessions.map(async (each) => (await mfa.sessions.assess(each)).next))
    expect(known).toEqual(['sign_in', 'none', 'none'])
  })
})
