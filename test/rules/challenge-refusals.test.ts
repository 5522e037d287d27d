import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { completeChallenge } from '../../packages/core/src/challenge/complete.js'
import { matchCode } from '../../packages/core/src/challenge/match.js'
import type { Context } from '../../packages/core/src/decision.js'
import { type Challenge, type ContactFactor, initialRecord } from '../../packages/core/src/record/record.js'
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

  it('unverified tells a session of what it has pending itself, of that kind only', async () => {
    const { mfa, user, session } = await halfway({ totp: true })
    const whyNot = async (at: typeof session, factor: 'email' | 'phone') =>
      (await mfa.challenges.create(at, { factor })) as { readonly why?: string }
    unwrap(await mfa.contacts.set(user.session, { channel: 'phone', address: '+4915112345678' }))
    expect(await whyNot(user.session, 'phone')).toMatchObject({ why: 'unverified' })
    expect(await whyNot(user.session, 'email')).toMatchObject({ why: 'none' })
    expect(await whyNot(session, 'phone')).toMatchObject({ why: 'none' })
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

  it('a newSessionId that is in use is the host’s mistake: said before the code is judged, and nothing is counted', async () => {
    const { mfa, user, session, create, throttles } = await halfway()
    const { id: challengeId } = await create('email')
    const taken = { code: '000000', newSessionId: user.session.sessionId }
    const mistake = { code: 'invalid_argument' }
    await expect(mfa.challenges.complete(session, { challengeId, ...taken })).rejects.toMatchObject(mistake)
    await expect(mfa.challenges.verify(session, { factor: 'totp', ...taken })).rejects.toMatchObject(mistake)
    expect(await throttles()).toEqual({ total: 0 })
  })

  it('a challenge whose apps are gone is void: the answer is a wrong code’s, nothing is counted, the event tells why', async () => {
    const { mfa, user, session, app, create, throttles, events } = await halfway()
    const { id: challengeId } = await create('totp')
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    const factorId = factors.find(({ kind }) => kind === 'totp')?.id as string
    unwrap(await mfa.admin.removeFactor({ userId: user.userId }, { factorId, actor: 'support', reason: 'lost' }))
    expect(await mfa.challenges.complete(session, { challengeId, code: app.freshCode() })).toMatchObject({
      ok: false,
      reason: 'invalid_code',
    })
    expect(events.at(-1)).toMatchObject({ type: 'challenge.failed', challengeId, detail: 'factor_changed' })
    expect(await throttles()).toEqual({ total: 0 })
  })
})

describe('a code sent to a factor that was confirmed anew since', () => {
  const { policy } = createTestMfa().mfa
  const ctx = { nowMs: 1, policy, enforcement: { mfa: 'optional' }, hasMessenger: true, acting: 's' } as Context
  const factor: ContactFactor = {
    id: 'f',
    kind: 'email',
    generation: 2,
    status: 'active',
    createdAtMs: 0,
    address: 'kim@example.com',
  }
  const challenge: Challenge = {
    id: 'c',
    session: 'ref',
    kind: 'email',
    purpose: 'sign_in',
    createdAtMs: 0,
    deadlineAtMs: 2,
    attempts: 0,
    factorId: 'f',
    generation: 1,
  }
  const void_ = { ok: false, detail: 'factor_changed' }

  it('is void without a comparison, as is one of no challenge or for no factor', () => {
    const match = (of: object, factors: readonly ContactFactor[]) =>
      matchCode(
        initialRecord(),
        { kind: 'email', purpose: 'sign_in', factorId: undefined, ...of },
        factors,
        '000000',
        ctx,
      )
    expect(match({ challenge }, [factor])).toEqual(void_)
    expect(match({}, [factor])).toEqual(void_)
    expect(match({ challenge }, [])).toEqual(void_)
  })

  it('gets a wrong code’s answer, and nothing is counted or saved', () => {
    const entry = { name: 'password', category: 'knowledge', origin: 'sign_in', atMs: 0 } as const
    const sessions = [{ id: 's', ref: 'ref', startedAtMs: 0, entries: [entry] }]
    const record = { ...initialRecord(), sessions, factors: [factor], challenges: [challenge] }
    expect(completeChallenge(record, { challengeId: 'c', code: '000000' }, ctx)).toMatchObject({
      outcome: { ok: false, reason: 'invalid_code' },
      next: null,
      events: [{ type: 'challenge.failed', detail: 'factor_changed' }],
    })
  })
})
