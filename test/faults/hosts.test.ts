import { createOutbox, createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { isMfaError, type Message, type MfaOptions, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const lost = (): never => {
  throw new Error('host failed')
}
const silence = (): Promise<never> => new Promise(() => undefined)

/** A user set up by a well-behaved library, then served by one whose host misbehaves, on the same store and clock. */
async function served(overrides: Partial<MfaOptions>): Promise<TestMfa & { session: SessionRef; half: SessionRef }> {
  const good = createTestMfa()
  const user = await good.givenUser({ email: true, phone: true, totp: true, recoveryCodes: true })
  const session = await user.signIn()
  unwrap(await good.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
  const half = await user.signIn()
  const bad = createTestMfa({ portTimeLimitMs: 20, store: good.store, clock: good.clock, ...overrides })
  return { ...bad, app: user.app, session, half }
}

async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (isMfaError(error) ? error.code : `not an MfaError: ${String(error)}`))
}

const bad: Readonly<Record<string, () => unknown>> = {
  'throws at once': lost,
  rejects: async () => lost(),
  hangs: silence,
}

describe('a messenger that misbehaves', () => {
  for (const [title, send] of Object.entries(bad)) {
    it(`that ${title} leaves a challenge that says failed, and the next call works`, async () => {
      const { mfa, half, session, clock } = await served({ messenger: { send: send as () => Promise<void> } })
      const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
      expect(challenge.delivery).toBe('failed')
      clock.advance(60_000)
      expect(await mfa.challenges.resend(half, { challengeId: challenge.id })).toMatchObject({
        ok: true,
        challenge: { delivery: 'failed' },
      })
      expect((await mfa.sessions.assess(half)).satisfied).toBe(false)
      expect((await mfa.contacts.set(session, { channel: 'email', address: 'n@example.com' })).ok).toBe(true)
      expect((await mfa.factors.remove(session, { kind: 'phone' })).ok).toBe(true)
    })
  }

  it('that sends and then throws has sent a code that works', async () => {
    const outbox = createOutbox()
    const send = async (message: Message): Promise<never> => {
      await outbox.send(message)
      return lost()
    }
    const { mfa, half } = await served({ messenger: { send } })
    const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
    expect(challenge.delivery).toBe('failed')
    const code = outbox.codeTo('user-1@example.com')
    expect((await mfa.challenges.complete(half, { challengeId: challenge.id, code })).ok).toBe(true)
  })

  it('that calls back into the library for the same user does not deadlock', async () => {
    const inner: unknown[] = []
    const test: { mfa?: TestMfa['mfa'] } = {}
    const send = async (message: Message): Promise<void> => {
      const again = { userId: message.userId, sessionId: `inner-${inner.length}` }
      if (inner.length < 3) inner.push(await test.mfa?.sessions.begin(again, { method: 'password' }))
    }
    const given = await served({ messenger: { send }, portTimeLimitMs: 1000 })
    test.mfa = given.mfa
    const { challenge } = unwrap(await given.mfa.challenges.create(given.half, { factor: 'email' }))
    expect([challenge.delivery, inner]).toMatchObject(['sent', [{ ok: true }]])
  })
})

describe('an onEvent that misbehaves', () => {
  for (const [title, onEvent] of Object.entries(bad)) {
    it(`that ${title} changes no answer`, async () => {
      const { mfa, half, app } = await served({ onEvent })
      expect((await mfa.challenges.verify(half, { factor: 'totp', code: '0000000' })).ok).toBe(false)
      expect((await mfa.challenges.verify(half, { factor: 'totp', code: app.freshCode() })).ok).toBe(true)
      expect((await mfa.sessions.assess(half)).satisfied).toBe(true)
    })
  }
})

describe('an enforcement that misbehaves', () => {
  const answers: Readonly<Record<string, () => unknown>> = {
    ...bad,
    'answers nothing': () => undefined,
    'answers a text': () => 'optional',
    'answers another word': () => ({ mfa: 'off' }),
    'answers a strange kind': () => ({ mfa: 'optional', allowedFactors: ['none'] }),
  }
  for (const [title, enforcement] of Object.entries(answers)) {
    it(`that ${title} is a denial for a session without a second factor, and the next call works`, async () => {
      const { mfa, half, clock, app } = await served({ enforcement: enforcement as () => never })
      expect((await mfa.sessions.assess(half)).satisfied).toBe(false)
      expect(await outcome(mfa.sessions.require(half))).toBe('mfa_required')
      const begun = { userId: 'newcomer', sessionId: 'first' }
      expect(unwrap(await mfa.sessions.begin(begun, { method: 'password' })).assessment.satisfied).toBe(false)
      expect(await mfa.disable(half)).toMatchObject({ ok: false })
      clock.advance(30_000)
      expect(await outcome(mfa.challenges.verify(half, { factor: 'totp', code: app.freshCode() }))).toHaveProperty('ok')
    })
  }

  it('that calls back into the library for the same user does not deadlock', async () => {
    const test: { mfa?: TestMfa['mfa']; depth: number } = { depth: 0 }
    const given = await served({
      portTimeLimitMs: 1000,
      enforcement: async (user) => {
        if (test.depth++ === 0) await test.mfa?.sessions.begin({ ...user, sessionId: 'inner' }, { method: 'password' })
        return { mfa: 'required' }
      },
    })
    test.mfa = given.mfa
    expect((await given.mfa.sessions.end(given.half)).ok).toBe(true)
    expect(test.depth).toBe(2)
  })
})

describe('an allowSend that misbehaves', () => {
  const answers: Readonly<Record<string, () => unknown>> = {
    ...bad,
    'answers nothing': () => undefined,
    'answers 1': () => 1,
    'answers false': () => false,
  }
  for (const [title, allowSend] of Object.entries(answers)) {
    it(`that ${title} sends nothing, counts nothing, and other factors still work`, async () => {
      const { mfa, half, outbox, app } = await served({ allowSend: allowSend as () => boolean })
      expect(await outcome(mfa.challenges.create(half, { factor: 'email' }))).toMatchObject({ reason: 'throttled' })
      expect(outbox.messages).toEqual([])
      expect((await mfa.challenges.verify(half, { factor: 'totp', code: app.freshCode() })).ok).toBe(true)
    })
  }

  it('that asks a question of the library does not deadlock', async () => {
    const test: { mfa?: TestMfa['mfa']; half?: SessionRef; seen: unknown[] } = { seen: [] }
    const given = await served({
      portTimeLimitMs: 1000,
      allowSend: async () => {
        if (test.half) test.seen.push(await test.mfa?.sessions.assess(test.half))
        return true
      },
    })
    Object.assign(test, { mfa: given.mfa, half: given.half })
    expect((await given.mfa.challenges.create(given.half, { factor: 'email' })).ok).toBe(true)
    expect(test.seen).toMatchObject([{ satisfied: false }])
  })

  it('that commands the library for the same user waits for itself: denied at the time limit, never for ever', async () => {
    const test: { mfa?: TestMfa['mfa']; inner: Promise<unknown>[] } = { inner: [] }
    const given = await served({
      allowSend: async (user) => {
        const inner = test.mfa?.sessions.begin({ userId: user.userId, sessionId: 'inner' }, { method: 'password' })
        test.inner.push(Promise.resolve(inner))
        await inner
        return true
      },
    })
    test.mfa = given.mfa
    expect(await given.mfa.challenges.create(given.half, { factor: 'email' })).toMatchObject({ reason: 'throttled' })
    expect(await Promise.all(test.inner)).toMatchObject([{ ok: true }])
  })
})
