import { createManualClock, createOutbox, createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createObservedStore } from './observed-store.js'
import { codeOf, lost, signedUp } from './signed-up.js'

describe('a save whose answer got lost', () => {
  it('counts as saved when the record is there, and is not done twice', async () => {
    const { mfa, session, user, store } = await signedUp()
    store.next('save', async (original) => {
      await original()
      lost()
    })
    const done = await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })
    expect(done.ok).toBe(true)
    expect(store.calls).toEqual({ load: 2, save: 1, erase: 0 })
  })

  it('is tried again, the same, when the expected version still stands', async () => {
    const { mfa, session, user, store } = await signedUp()
    store.next('save', lost)
    expect((await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
    expect(store.calls.save).toBe(2)
  })

  it('counts as saved when others wrote up to three times since', async () => {
    const { mfa, session, user, store } = await signedUp()
    const elsewhere = createTestMfa({ store })
    store.next('save', async (original) => {
      await original()
      for (let times = 0; times < 3; times++) {
        unwrap(
          await elsewhere.mfa.sessions.begin(
            { userId: user.userId, sessionId: `other-${times}` },
            { method: 'password' },
          ),
        )
      }
      lost()
    })
    const code = user.app.freshCode()
    expect((await mfa.challenges.verify(session, { factor: 'totp', code })).ok).toBe(true)
    expect(await mfa.challenges.verify(session, { factor: 'totp', code })).toMatchObject({ reason: 'invalid_code' })
  })

  it('is outcome_unknown when others wrote more often than the record remembers', async () => {
    const { mfa, session, user, store, outbox } = await signedUp()
    const elsewhere = createTestMfa({ store })
    store.next('save', async (original) => {
      await original()
      for (let times = 0; times < 4; times++) {
        unwrap(
          await elsewhere.mfa.sessions.begin(
            { userId: user.userId, sessionId: `other-${times}` },
            { method: 'password' },
          ),
        )
      }
      lost()
    })
    expect(await codeOf(mfa.challenges.create(session, { factor: 'email' }))).toBe('outcome_unknown')
    expect(outbox.messages).toEqual([])
  })

  it('is outcome_unknown when asking fails too, and no effect runs', async () => {
    const { mfa, session, store, outbox, events } = await signedUp()
    store.next('load', (original) => original())
    store.next('load', lost)
    store.next('save', lost)
    expect(await codeOf(mfa.challenges.create(session, { factor: 'email' }))).toBe('outcome_unknown')
    expect(outbox.messages).toEqual([])
    expect(events).toEqual([])
  })

  it('is decided again when somebody else saved instead', async () => {
    const { mfa, session, user, store } = await signedUp()
    const elsewhere = createTestMfa({ store })
    const code = user.app.freshCode()
    store.next('save', async () => {
      unwrap(await elsewhere.mfa.sessions.begin({ userId: user.userId, sessionId: 'other' }, { method: 'password' }))
      lost()
    })
    expect((await mfa.challenges.verify(session, { factor: 'totp', code })).ok).toBe(true)
    const { sessions } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    expect(sessions).toHaveLength(3)
  })

  it('that hangs is treated like one that got lost', async () => {
    const { mfa, session, user, store } = await signedUp()
    store.next('save', () => new Promise(() => undefined))
    expect((await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
  })
})

describe('a store that does not do its part', () => {
  it('that throws on load is store_failed with the cause', async () => {
    const { mfa, session, store } = await signedUp()
    store.next('load', lost)
    const error = await mfa.sessions.assess(session).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'store_failed',
      cause: expect.objectContaining({ message: 'connection lost' }),
    })
  })

  it.each([undefined, 1, 'true', {}])(
    'that answers %s to save is store_misbehaved, and nothing is told',
    async (answer) => {
      const { mfa, session, store, outbox } = await signedUp()
      store.next('save', async () => answer)
      expect(await codeOf(mfa.challenges.create(session, { factor: 'email' }))).toBe('store_misbehaved')
      expect(outbox.messages).toEqual([])
    },
  )

  it.each([undefined, 'text', { version: 1, data: 'x' }, { version: 'x' }])(
    'that answers %j to load is store_misbehaved',
    async (answer) => {
      const { mfa, session, store } = await signedUp()
      store.next('load', async () => answer)
      expect(await codeOf(mfa.sessions.assess(session))).toBe('store_misbehaved')
    },
  )

  it('that answers false for ever is busy: nothing revealed, nothing counted, nothing sent', async () => {
    const { mfa, session, user, store, outbox, events } = await signedUp()
    const code = user.app.freshCode()
    for (let times = 0; times < 30; times++) store.next('save', async () => false)
    expect(await mfa.challenges.verify(session, { factor: 'totp', code })).toEqual({ ok: false, reason: 'busy' })
    expect([outbox.messages, events]).toEqual([[], []])
    expect((await mfa.challenges.verify(session, { factor: 'totp', code })).ok).toBe(true)
  })

  it('with a spurious false is asked again', async () => {
    const { mfa, session, user, store } = await signedUp()
    store.next('save', async () => false)
    expect((await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
    expect(store.calls).toEqual({ load: 2, save: 2, erase: 0 })
  })
})

describe('effects', () => {
  it('a message that fails leaves the challenge for a resend and says so', async () => {
    const { mfa, session, outbox, events, clock, user } = await signedUp()
    outbox.failNext()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    expect(challenge.delivery).toBe('failed')
    expect(events.map(({ type }) => type)).toContain('message.failed')
    clock.advance(60_000)
    const again = unwrap(await mfa.challenges.resend(session, { challengeId: challenge.id })).challenge
    expect(again).toMatchObject({ id: challenge.id, delivery: 'sent' })
    const code = outbox.codeTo(user.email as string)
    expect((await mfa.challenges.complete(session, { challengeId: challenge.id, code })).ok).toBe(true)
  })

  it('a messenger that hangs is a failed delivery', async () => {
    const clock = createManualClock()
    const mfa = createMfa({
      issuer: 'Acme',
      keys: [{ id: 'k', secret: testKey }],
      store: createObservedStore(),
      messenger: { send: () => new Promise(() => undefined) },
      clock,
      portTimeLimitMs: 20,
    })
    const session = { userId: 'u', sessionId: 's' }
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    const { delivery } = unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'a@example.com' }))
    expect(delivery).toBe('failed')
  })

  it('a throwing onEvent, or one that answers a rejected promise, changes no answer', async () => {
    for (const onEvent of [lost, async () => lost()]) {
      const { mfa, givenUser } = createTestMfa({ onEvent })
      const user = await givenUser({ totp: true })
      expect((await mfa.sessions.assess(user.session)).satisfied).toBe(true)
    }
  })

  it('notices are awaited before the answer, or handed to defer', async () => {
    const tasks: (() => Promise<void>)[] = []
    const outbox = createOutbox()
    const { mfa, givenUser } = createTestMfa({ messenger: outbox, defer: (task) => tasks.push(task) })
    const user = await givenUser({ email: true, totp: true })
    expect(outbox.notices).toEqual([])
    for (const task of tasks) await task()
    expect(outbox.notices.map(({ notice }) => notice)).toContain('mfa_enabled')
    expect((await mfa.sessions.assess(user.session)).satisfied).toBe(true)
  })

  it('an onEvent that calls back into the library does not deadlock', async () => {
    const answers: Promise<unknown>[] = []
    const test = createTestMfa({
      onEvent: ({ type, userId }) => {
        if (type === 'session.started')
          answers.push(test.mfa.credentials.changed({ userId }, { via: 'session', except: 'session-1' }))
      },
    })
    await test.givenUser()
    expect(await Promise.all(answers)).toMatchObject([{ ok: true }])
  })

  it('events come after the save, in order, with who and when', async () => {
    const { mfa, user, clock, events, session } = await signedUp()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode(), purpose: 'manage' }))
    unwrap(await mfa.sessions.end({ ...session, context: { ip: '203.0.113.7', userAgent: 'a\nb' } }))
    expect(events.map(({ type }) => type)).toEqual(['challenge.completed', 'session.ended'])
    expect(events[1]).toMatchObject({
      userId: user.userId,
      atMs: clock.nowMs(),
      context: { ip: '203.0.113.7', userAgent: 'a\ufffdb' },
    })
    expect(events[1]?.session).toMatch(/^[A-Za-z0-9_-]{16}$/)
  })
})
