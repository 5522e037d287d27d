import type { TestMfa } from '@countersign/adapters/testing'
import { type SendRequest, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createObservedStore } from '../shell/observed-store.js'
import { halfway, minute } from './halfway.js'

const send = async (test: TestMfa, at: SessionRef) => test.mfa.challenges.create(at, { factor: 'email' })

describe('allowSend', () => {
  it('lets the host’s own limiter say no first: nothing is saved or sent, and it is asked once', async () => {
    const asked: unknown[] = []
    const answer = { now: (): boolean | Promise<boolean> => false }
    const test = await halfway(
      { email: true, totp: true },
      {
        allowSend: (request) => {
          asked.push(request)
          return answer.now()
        },
      },
    )
    expect(await send(test, test.session)).toMatchObject({ ok: false, reason: 'throttled' })
    expect(asked).toEqual([
      { userId: test.user.userId, channel: 'email', address: test.user.email, kind: 'code', purpose: 'sign_in' },
    ])
    expect(test.outbox.messages).toEqual([])
    answer.now = () => {
      throw new Error('limiter down')
    }
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled' })
    expect(test.events.some(({ type }) => type === 'port.failed')).toBe(true)
    answer.now = async () => true
    expect((await send(test, test.session)).ok).toBe(true)
  })

  it('is asked for codes and links with their purpose, not for notices, repeats or what the budget refuses', async () => {
    const asked: SendRequest[] = []
    const options = { allowSend: (request: SendRequest) => asked.push(request) > 0, policy: { sendsPerHour: 3 } }
    const { mfa, clock, user, session, outbox } = await halfway({ email: true }, options)
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email', purpose: 'transfer' }))
    await mfa.challenges.create(session, { factor: 'email', purpose: 'transfer' })
    clock.advance(minute)
    await mfa.challenges.resend(session, { challengeId: challenge.id })
    await mfa.contacts.set(session, { channel: 'email', address: 'a@example.com', url: 'https://acme.example/' })
    clock.advance(minute)
    expect(await mfa.challenges.resend(session, { challengeId: challenge.id })).toMatchObject({ reason: 'throttled' })
    for (let failure = 0; failure < 3; failure++)
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    expect(outbox.notices).toHaveLength(1)
    const shared = { userId: user.userId, channel: 'email' }
    expect(asked).toEqual([
      { ...shared, address: user.email, kind: 'code', purpose: 'transfer' },
      { ...shared, address: user.email, kind: 'code', purpose: 'transfer' },
      { ...shared, address: 'a@example.com', kind: 'link', purpose: 'verify_contact' },
    ])
  })

  it.each([false, undefined, null, 1, 'yes', {}])(
    'an answer of %j is a no, without a time to wait for',
    async (answer) => {
      const test = await halfway({ email: true, totp: true }, { allowSend: () => answer as boolean })
      const before = await test.store.load(`0:${test.user.userId}`)
      expect(await send(test, test.session)).toEqual({
        ok: false,
        reason: 'throttled',
        assessment: expect.objectContaining({ satisfied: false }),
      })
      expect(await test.store.load(`0:${test.user.userId}`)).toEqual(before)
      expect(test.outbox.messages).toEqual([])
    },
  )

  it('holds for verification codes and links too: a no leaves nothing pending', async () => {
    const { mfa, session, outbox } = await halfway({}, { allowSend: () => false })
    const url = 'https://acme.example/'
    for (const link of [{}, { url }]) {
      const refused = await mfa.contacts.set(session, { channel: 'email', address: 'a@example.com', ...link })
      expect(refused).toEqual({ ok: false, reason: 'throttled' })
      expect(await mfa.contacts.sendVerification(session, { channel: 'email' })).toMatchObject({
        reason: 'nothing_pending',
      })
    }
    expect(outbox.messages).toEqual([])
  })

  it('is asked once per call, also when the save must be tried again', async () => {
    const asked: SendRequest[] = []
    const store = createObservedStore()
    const test = await halfway({ email: true }, { store, allowSend: (request) => asked.push(request) > 0 })
    store.reset()
    store.next('save', async () => false)
    expect((await send(test, test.session)).ok).toBe(true)
    expect(store.calls.save).toBe(2)
    expect(asked).toHaveLength(1)
    expect(test.outbox.messages).toHaveLength(1)
  })
})
