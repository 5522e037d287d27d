import { createAuthenticatorApp, createTestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { generateTotp, parseKeyUri } from '@countersign/core/totp'
import { describe, expect, it } from 'vitest'
import { recordIn } from '../record/parts.js'
import { halfway } from './halfway.js'
import { having } from './having.js'
import { minute, signedIn } from './signed-in.js'

const second = 1000
const unknown: SessionRef = { userId: 'user-1', sessionId: 'unknown' }

describe('what totp.enroll refuses, in this order', () => {
  it('unknown_session, more_factors_required, fresh_proof_required, then too_many_factors', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { maxTotpFactors: 1 } })
    const user = await givenUser({ totp: true })
    const session = await user.signIn()
    const enroll = (at: SessionRef) => mfa.totp.enroll(at, { accountName: 'kim' })
    expect(await enroll(unknown)).toMatchObject({ reason: 'unknown_session' })
    expect(await enroll(session)).toMatchObject({ reason: 'more_factors_required' })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    expect(await enroll(session)).toMatchObject({ reason: 'too_many_factors' })
    clock.advance(300 * second)
    expect(await enroll(session)).toMatchObject({ reason: 'too_many_factors' })
    clock.advance(1)
    expect(await enroll(session)).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('a kind that the policy does not know is factor_not_available', async () => {
    const { mfa, session } = await signedIn({ policy: { factors: ['email', 'phone'] } })
    expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toEqual({
      ok: false,
      reason: 'factor_not_available',
      why: 'disabled',
    })
  })
})

describe('what totp.confirm refuses, in this order', () => {
  it('unknown_session, more_factors_required, fresh_proof_required, nothing_pending, then invalid_code', async () => {
    const { mfa, app, clock, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const session = await user.signIn()
    const confirm = (at: SessionRef, code: string) => mfa.totp.confirm(at, { code })
    for (const code of ['000000', 'malformed']) {
      expect(await confirm(unknown, code)).toMatchObject({ reason: 'unknown_session' })
      expect(await confirm(session, code)).toMatchObject({ reason: 'more_factors_required' })
    }
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    for (const code of ['000000', 'malformed']) {
      expect(await confirm(session, code)).toMatchObject({ reason: 'nothing_pending' })
    }
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    clock.advance(300 * second + 1)
    for (const code of [app.code(), 'malformed']) {
      expect(await confirm(session, code)).toMatchObject({ reason: 'fresh_proof_required' })
    }
  })

  it('the limit holds also where another session reached it in between', async () => {
    const { mfa, app, user, session } = await signedIn({ policy: { optIn: 'explicit', maxTotpFactors: 1 } })
    const other = await user.signIn()
    const late = unwrap(await mfa.totp.enroll(other, { accountName: 'kim' }))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    app.scan(late.uri)
    expect(await mfa.totp.confirm(other, { code: app.code() })).toEqual({ ok: false, reason: 'too_many_factors' })
    unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    expect((await mfa.totp.confirm(other, { code: app.code() })).ok).toBe(true)
  })

  it('pending ends ten minutes after it was started, not an instant earlier', async () => {
    for (const [afterMs, reason] of [
      [10 * minute - 1, undefined],
      [10 * minute, 'nothing_pending'],
      [10 * minute + 1, 'nothing_pending'],
    ] as const) {
      const { mfa, app, clock, session } = await signedIn()
      const { uri, expiresAtMs } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
      app.scan(uri)
      expect(expiresAtMs).toBe(clock.nowMs() + 10 * minute)
      clock.advance(afterMs)
      const answer = await mfa.totp.confirm(session, { code: app.code() })
      expect(answer.ok ? undefined : answer.reason).toBe(reason)
    }
  })

  it.each([
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ])('a first code from %i steps away is accepted: %s (X27)', async (steps, accepted) => {
    const { mfa, clock, session } = await signedIn()
    const key = parseKeyUri(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    if (!key.ok) throw new Error('not a key URI')
    const code = generateTotp(key.secret, clock.nowMs() + steps * 30 * second)
    expect((await mfa.totp.confirm(session, { code })).ok).toBe(accepted)
  })

  it('with the factorId of something else nothing is pending, and nothing counts', async () => {
    const { mfa, app, session } = await signedIn()
    const { uri, factorId } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    app.scan(uri)
    const code = app.code()
    expect(await mfa.totp.confirm(session, { factorId: 'other', code })).toMatchObject({ reason: 'nothing_pending' })
    expect(await mfa.totp.confirm(session, { factorId, code: '000000' })).toMatchObject({ attemptsLeft: 9 })
  })

  it('a wrong and a malformed code answer alike; the difference goes to the event', async () => {
    const { mfa, events, session } = await signedIn()
    const { factorId } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    expect(events.at(-1)).toMatchObject({ type: 'factor.pending', factor: 'totp', factorId })
    expect(await mfa.totp.confirm(session, { code: 'x' })).toMatchObject({ reason: 'invalid_code' })
    expect(events.at(-1)).toMatchObject({ type: 'factor.confirm_failed', factor: 'totp', detail: 'malformed' })
    expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({ reason: 'invalid_code' })
    expect(events.at(-1)).toMatchObject({ type: 'factor.confirm_failed', factor: 'totp', detail: 'wrong' })
  })
})

describe('a pending app', () => {
  it('goes along when its session gets a new id', async () => {
    const { mfa, app, session, ref } = await signedIn()
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.sessions.rotate(session, { newSessionId: 'rotated' }))
    expect(await mfa.totp.confirm(session, { code: app.code() })).toMatchObject({ reason: 'unknown_session' })
    expect((await mfa.totp.confirm({ ...ref, sessionId: 'rotated' }, { code: app.code() })).ok).toBe(true)
  })

  it('ends with its session, also when the same id begins again', async () => {
    const { mfa, app, session } = await signedIn()
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(await mfa.totp.confirm(session, { code: app.code() })).toMatchObject({ reason: 'nothing_pending' })
  })

  it('stays what it is when the policy’s defaults change before it is confirmed', async () => {
    const test = await signedIn()
    test.app.scan(unwrap(await test.mfa.totp.enroll(test.session, { accountName: 'kim' })).uri)
    const { store, clock } = test
    const later = createTestMfa({ store, clock, policy: { totpDigits: 8, totpAlgorithm: 'SHA-512' } })
    expect((await later.mfa.totp.confirm(test.session, { code: test.app.code() })).ok).toBe(true)
  })

  it('no call but enroll shows the secret, and the store holds it sealed (X29, X38)', async () => {
    const { mfa, app, events, session, ref, store, outbox } = await signedIn()
    const { secret, uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    const seen = async () =>
      JSON.stringify([
        await mfa.factors.list(session),
        await mfa.admin.inspect(ref),
        await mfa.sessions.assess(session),
        await store.load('0:user-1'),
        events,
        outbox.messages,
      ])
    const [pending] = (await recordIn(store, '0:user-1')).pending
    if (pending?.kind !== 'totp') throw new Error('nothing is pending')
    expect(await seen()).toContain(pending.secret.box)
    expect(await seen()).not.toContain(secret)
    app.scan(uri)
    expect(JSON.stringify(await mfa.totp.confirm(session, { code: app.code() }))).not.toContain(secret)
    expect(await seen()).not.toContain(secret)
  })

  it('a recovery-code sign-in enrolls anew also where every app the limit allows is locked; that one makes room', async () => {
    const { mfa, app, session, prove, idsOf } = await having(
      { totp: true, recoveryCodes: true },
      { policy: { maxTotpFactors: 1, lockAfterFailures: 1 } },
    )
    const [locked] = await idsOf('totp')
    expect((await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })).ok).toBe(false)
    await prove('recovery_code')
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    expect(await idsOf('totp')).toContain(locked)
    const { factorId } = unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect(await idsOf('totp')).toEqual([factorId])
    expect((await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() })).ok).toBe(true)
  })

  it('only a locked app makes room, and only where none is left', async () => {
    const { mfa, ref, user, session, prove, idsOf, addApp } = await having(
      { email: true, totp: true, recoveryCodes: true },
      { policy: { maxTotpFactors: 3, lockAfterFailures: 1 } },
    )
    await prove('totp')
    const { factorId: second } = await addApp('second')
    const [first = ''] = await idsOf('totp')
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    const { factorId: third } = await addApp('third')
    expect(await idsOf('totp')).toEqual([first, second, third])
    unwrap(await mfa.admin.unlock(ref, { factorId: first, actor: 'support', reason: 'asked' }))
    const { factorId: fourth } = await addApp('fourth')
    expect(await idsOf('totp')).toEqual([first, third, fourth])
  })

  it('neither a locked address nor what else the session has pending gives way to an app', async () => {
    const policy = { maxTotpFactors: 1, lockAfterFailures: 1 }
    const { mfa, clock, session, create } = await halfway({ email: true }, { policy })
    const { id: challengeId } = await create('email')
    await mfa.challenges.complete(session, { challengeId, code: '000000' })
    unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345678' }))
    const app = createAuthenticatorApp(clock)
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    const kinds = async () =>
      unwrap(await mfa.factors.list(session)).items.map(({ kind, status }) => `${kind} ${status}`)
    expect(await kinds()).toEqual(['email locked', 'phone pending', 'totp pending'])
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect(await kinds()).toEqual(['email locked', 'totp active', 'phone pending'])
  })

  it('what the session itself has pending is given up under any fresh proof, also where every factor is locked', async () => {
    const { mfa, session, prove } = await having(
      { totp: true, recoveryCodes: true },
      { policy: { lockAfterFailures: 1 } },
    )
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await prove('recovery_code')
    const { factorId } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    expect((await mfa.factors.remove(session, { factorId })).ok).toBe(true)
    expect(await mfa.totp.confirm(session, { code: '000000' })).toMatchObject({ reason: 'nothing_pending' })
  })

  it('an active app makes no room for another', async () => {
    const { mfa, session, prove } = await having({ totp: true, recoveryCodes: true }, { policy: { maxTotpFactors: 1 } })
    await prove('recovery_code')
    expect(await mfa.totp.enroll(session, { accountName: 'kim' })).toEqual({ ok: false, reason: 'too_many_factors' })
  })
})
