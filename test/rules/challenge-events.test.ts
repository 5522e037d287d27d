import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { keys, recordIn } from '../record/parts.js'
import { happenedIn } from './happened.js'

const minute = 60_000

async function challenged() {
  const test = createTestMfa()
  const user = await test.givenUser({ userId: 'kim', email: 'kim@example.com', totp: true })
  const session = await user.signIn()
  test.clock.advance(minute)
  test.events.length = 0
  const happened = happenedIn(test.events)
  return { ...test, user, session, happened }
}

describe('events of challenges', () => {
  it('one that is created, asked for again, resent and given up is told once each, with what it is for', async () => {
    const { mfa, session, clock, happened } = await challenged()
    const input = { factor: 'email', purpose: 'transfer' } as const
    const { challenge } = unwrap(await mfa.challenges.create(session, input))
    const about = { challengeId: challenge.id, factor: 'email', purpose: 'transfer' }
    expect(happened()).toEqual([{ type: 'challenge.created', ...about }])
    unwrap(await mfa.challenges.create(session, input))
    expect(happened()).toEqual([])
    clock.advance(minute)
    unwrap(await mfa.challenges.resend(session, { challengeId: challenge.id }))
    expect(happened()).toEqual([{ type: 'challenge.resent', ...about }])
    unwrap(await mfa.challenges.cancel(session, { challengeId: challenge.id }))
    expect(happened()).toEqual([{ type: 'challenge.canceled', ...about }])
    unwrap(await mfa.challenges.cancel(session, { challengeId: challenge.id }))
    expect(happened()).toEqual([])
    const app = unwrap(await mfa.challenges.create(session, { factor: 'totp' })).challenge
    expect(happened()).toEqual([{ type: 'challenge.created', challengeId: app.id, factor: 'totp', purpose: 'sign_in' }])
  })

  it('a code that is not taken says why: for another purpose, wrong, unknown, of no form', async () => {
    const { mfa, session, outbox, user, happened } = await challenged()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    const code = outbox.codeTo('kim@example.com')
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
    const complete = (input: { challengeId?: string; code?: string; purpose?: string }) =>
      mfa.challenges.complete(session, { challengeId: challenge.id, code, ...input })
    happened()
    const about = { type: 'challenge.failed', challengeId: challenge.id, factor: 'email', purpose: 'sign_in' }
    expect(await complete({ purpose: 'transfer' })).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual([{ type: 'challenge.failed', detail: 'purpose_mismatch' }])
    expect(await complete({ challengeId: 'x'.repeat(22) })).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual([{ type: 'challenge.failed', detail: 'unknown_challenge' }])
    expect(await complete({ code: wrong })).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual([{ ...about, detail: 'wrong' }])
    expect(await complete({ code: 'x' })).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual([{ ...about, detail: 'malformed' }])

    const right = user.app.freshCode()
    const wrongApp = String((Number(right) + 1) % 1_000_000).padStart(6, '0')
    expect(await mfa.challenges.verify(session, { factor: 'totp', code: wrongApp })).toMatchObject({ ok: false })
    expect(happened()).toEqual([{ type: 'challenge.failed', factor: 'totp', purpose: 'sign_in', detail: 'wrong' }])
    unwrap(await complete({}))
    const completed = happened()
    expect(completed).toMatchObject([{ ...about, type: 'challenge.completed', afterFailures: 1 }])
  })
})

describe('a code too many', () => {
  it('is told as such, by a new challenge, by a resend and where the host says no (X17, X40)', async () => {
    let allowed = true
    const test = createTestMfa({ policy: { sendsPerHour: 1 }, allowSend: () => allowed })
    const user = await test.givenUser({ email: 'kim@example.com', phone: '+4915112345678', totp: true })
    const session = await user.signIn()
    const happened = happenedIn(test.events)
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'email' }))
    test.clock.advance(minute)
    happened()
    const refused = (channel: string) => [
      { type: 'challenge.refused', factor: channel, reason: 'throttled' },
      { type: 'sends.exhausted', channel },
    ]
    expect((await test.mfa.challenges.resend(session, { challengeId: challenge.id })).ok).toBe(false)
    expect(happened()).toEqual(refused('email'))
    expect((await test.mfa.challenges.create(session, { factor: 'email', purpose: 'x' })).ok).toBe(false)
    expect(happened()).toEqual(refused('email'))
    allowed = false
    expect((await test.mfa.challenges.create(session, { factor: 'phone' })).ok).toBe(false)
    expect(happened()).toEqual(refused('phone'))
  })
})

describe('what is stored of a sent code', () => {
  it('is a digest over its use, owner, id, session, purpose and factor: databases hold it (X06)', async () => {
    const { mfa, session, outbox, store } = await challenged()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email', purpose: 'transfer' }))
    const [stored] = (await recordIn(store, '0:kim')).challenges
    const code = outbox.codeTo('kim@example.com')
    const fields = ['mfa/oob/v1', '0:kim', challenge.id, stored?.session, 'transfer', stored?.factorId, code]
    const mac = keys.mac('test', 'code', ...(fields as string[])) as Uint8Array
    expect(stored?.code?.digest).toBe(Buffer.from(mac.subarray(0, 16)).toString('base64url'))
  })
})
