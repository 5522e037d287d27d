import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway, minute } from './halfway.js'

describe('the order of refusals', () => {
  it('unknown_session comes first, for every call, and nothing is saved or sent', async () => {
    const { mfa, create, user, store, outbox } = await halfway()
    const { id: challengeId } = await create('email')
    const stranger = { userId: user.userId, sessionId: 'stranger' }
    const before = await store.load(`0:${user.userId}`)
    for (const answer of [
      await mfa.challenges.create(stranger, { factor: 'email' }),
      await mfa.challenges.resend(stranger, { challengeId }),
      await mfa.challenges.complete(stranger, { challengeId, code: 'malformed' }),
      await mfa.challenges.verify(stranger, { factor: 'totp', code: 'malformed' }),
      await mfa.challenges.cancel(stranger, { challengeId }),
    ]) {
      expect(answer).toMatchObject({ ok: false, reason: 'unknown_session', assessment: { next: 'sign_in' } })
    }
    expect(await store.load(`0:${user.userId}`)).toEqual(before)
    expect(outbox.messages).toHaveLength(1)
  })

  it('then factor_not_available or locked, then same_channel_as_sign_in, then throttled', async () => {
    const { mfa, clock, store, user, create } = await halfway(undefined, { policy: { lockAfterFailures: 6 } })
    const byEmail = await user.signIn({ method: 'email_otp' })
    const answer = (at = byEmail) => mfa.challenges.create(at, { factor: 'email' })
    const fail = async () => {
      const session = await user.signIn()
      const { id: challengeId } = await create('email', session)
      await mfa.challenges.complete(session, { challengeId, code: '000000' })
    }
    for (let failure = 1; failure <= 5; failure++) await fail()
    expect(await answer(await user.signIn())).toMatchObject({
      reason: 'throttled',
      retryAtMs: clock.nowMs() + minute / 2,
    })
    expect(await answer()).toMatchObject({ reason: 'same_channel_as_sign_in' })
    clock.advance(60 * minute)
    await fail()
    expect(await answer()).toMatchObject({ reason: 'locked' })
    unwrap(await mfa.contacts.withdraw({ userId: user.userId }, { channel: 'email' }))
    expect(await answer()).toMatchObject({ reason: 'factor_not_available', why: 'none' })
    const appsOnly = createTestMfa({ store, clock, policy: { factors: ['totp'] } })
    expect(await appsOnly.mfa.challenges.create(byEmail, { factor: 'email' })).toMatchObject({ why: 'disabled' })
  })

  it('without a messenger, email and phone are not available and say why', async () => {
    const { store, clock, user } = await halfway()
    const { mfa } = createTestMfa({ store, clock, messenger: undefined as never })
    const session = { userId: user.userId, sessionId: 'one' }
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    for (const factor of ['email', 'phone'] as const)
      expect(await mfa.challenges.create(session, { factor })).toMatchObject({ why: 'no_messenger' })
    expect((await mfa.challenges.create(session, { factor: 'totp' })).ok).toBe(true)
  })

  it('resend judges the factor again before it looks at cooldown and budget', async () => {
    const { mfa, create, session } = await halfway()
    const { id: challengeId } = await create('email')
    expect(await mfa.challenges.resend(session, { challengeId })).toMatchObject({ reason: 'throttled' })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'email_link' }))
    expect(await mfa.challenges.resend(session, { challengeId })).toMatchObject({ reason: 'same_channel_as_sign_in' })
  })

  it('every refusal leaves an event that names the factor and the reason', async () => {
    const { mfa, events, session } = await halfway()
    await mfa.challenges.create(session, { factor: 'recovery_code' })
    await mfa.challenges.verify(session, { factor: 'recovery_code', code: 'x' })
    const refused = { type: 'challenge.refused', factor: 'recovery_code', reason: 'factor_not_available' }
    expect(events).toMatchObject([refused, refused])
  })
})
