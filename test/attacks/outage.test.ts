import { createMemoryStore } from '@countersign/adapters/memory'
import type { MfaStore, SessionRef } from '@countersign/core'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { outcomeOf, victimWith, wrongOf } from './scene.js'

type Fault = 'load' | 'save' | 'save after storing' | 'load garbage' | 'hang'

/** A memory store that can be made to fail. */
function failingStore() {
  const inner = createMemoryStore()
  const state: { fault: Fault | undefined } = { fault: undefined }
  const down = (): never => {
    throw new Error('connection refused')
  }
  const store: MfaStore = {
    ...inner,
    async load(owner) {
      if (state.fault === 'load') down()
      if (state.fault === 'hang') await new Promise(() => {})
      const stored = await inner.load(owner)
      return state.fault === 'load garbage' && stored ? { ...stored, data: '{"satisfied":true}' } : stored
    },
    async save(owner, data, version, expected) {
      if (state.fault === 'save') down()
      const saved = await inner.save(owner, data, version, expected)
      return state.fault === 'save after storing' ? down() : saved
    },
  }
  return { store, state }
}

const faults: readonly Fault[] = ['load', 'save', 'load garbage', 'hang']

describe('an outage', () => {
  for (const fault of faults) {
    it(`X41: opens no gate: ${fault}`, async () => {
      const { store, state } = failingStore()
      const test = await victimWith({ totp: true, recoveryCodes: true }, { store, portTimeLimitMs: 10 })
      const { mfa, user, session, outbox, ref } = test
      const code = user.app.freshCode()
      state.fault = fault
      const failed = { code: expect.stringMatching(/^(store_failed|outcome_unknown|undecodable_record)$/) }
      await expect(mfa.challenges.verify(session, { factor: 'totp', code })).rejects.toMatchObject(failed)
      const fresh: SessionRef = { ...ref, sessionId: 'during-outage' }
      await expect(mfa.sessions.begin(fresh, { method: 'password' })).rejects.toMatchObject(failed)
      if (fault === 'save') {
        expect((await mfa.sessions.assess(session)).satisfied).toBe(false)
      } else {
        await expect(mfa.sessions.assess(session)).rejects.toMatchObject(failed)
        await expect(mfa.sessions.require(session)).rejects.toMatchObject(failed)
      }
      state.fault = undefined
      expect((await mfa.sessions.assess(session)).satisfied).toBe(false)
      expect((await mfa.sessions.assess(fresh)).satisfied).toBe(false)
      expect(outbox.messages).toEqual([])
    })
  }

  it('X41: the attempt whose answer got lost stays spent', async () => {
    const { store, state } = failingStore()
    const { mfa, user, session, inspect } = await victimWith({ totp: true }, { store })
    state.fault = 'save after storing'
    const wrong = { factor: 'totp', code: wrongOf(user.app.freshCode()) } as const
    await mfa.challenges.verify(session, wrong).catch(() => undefined)
    state.fault = undefined
    expect((await inspect()).throttles.totp?.failures).toBe(1)
  })

  it('X41: nothing is sent whose challenge was not saved', async () => {
    const { store, state } = failingStore()
    const { mfa, session, outbox } = await victimWith({ email: true, totp: true }, { store })
    state.fault = 'save'
    await expect(mfa.challenges.create(session, { factor: 'email' })).rejects.toMatchObject({ code: 'outcome_unknown' })
    expect(outbox.messages).toEqual([])
  })

  it('X41: a messenger that is down sends no one in, and its challenge keeps its attempts', async () => {
    const { mfa, session, outbox } = await victimWith({ email: true, totp: true })
    outbox.failNext()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    expect(challenge.delivery).toBe('failed')
    const guess = await mfa.challenges.complete(session, { challengeId: challenge.id, code: '123456' })
    expect(guess).toMatchObject({ ok: false, reason: 'invalid_code', attemptsLeft: 4 })
    expect((await mfa.sessions.assess(session)).satisfied).toBe(false)
  })

  it('X41: an enforcement rule that cannot be asked means required', async () => {
    let isDown = false
    const enforcement = () => {
      if (isDown) throw new Error('no directory')
      return { mfa: 'optional' } as const
    }
    const { mfa, session } = await victimWith({}, { enforcement })
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
    isDown = true
    expect((await mfa.sessions.assess(session)).satisfied).toBe(false)
  })
})

describe('locking someone out', () => {
  it('X15: a stranger without the password moves no counter, whatever is sent', async () => {
    const { mfa, user, ref, session, send, inspect } = await victimWith()
    const { challengeId } = await send('email')
    for (let round = 0; round < 60; round++) {
      const stranger = { ...ref, sessionId: `guess-${round}` }
      const code = String(100_000 + round)
      await mfa.challenges.verify(stranger, { factor: 'totp', code })
      await mfa.challenges.verify(stranger, { factor: 'recovery_code', code: `${round}`.padStart(24, '0') })
      await mfa.challenges.complete(stranger, { challengeId, code })
      await mfa.challenges.complete(session, { challengeId: `made-up-${round}`, code })
      await mfa.totp.confirm(stranger, { code })
      await mfa.contacts.confirm(ref, { channel: 'email', code })
      await mfa.contacts.confirm(ref, { channel: 'email', code: `${round}`.padStart(22, 'A') })
    }
    expect((await inspect()).throttles).toEqual({ total: 0 })
    const code = user.app.freshCode()
    expect(outcomeOf(await mfa.challenges.verify(session, { factor: 'totp', code }))).toBe('ok')
  })

  it('X15: one who has the password locks the app alone: the phone and the recovery codes still let the user in', async () => {
    const { mfa, user, clock, prove } = await victimWith()
    for (let round = 0; round < 30; round++) {
      await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: '000000' })
      clock.advance(3_600_000)
    }
    const locked = await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: user.app.freshCode() })
    expect(outcomeOf(locked)).toBe('locked')
    for (const factor of ['phone', 'recovery_code'] as const) {
      expect((await prove(factor, await user.signIn())).assessment.satisfied).toBe(true)
    }
  })

  it('X15: one who has the password cannot crowd out a session that proved its second factor', async () => {
    const { mfa, user, session, prove } = await victimWith()
    await prove('totp')
    for (let round = 0; round < 60; round++) await user.signIn()
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
  })
})
