import { createMemoryStore } from '@countersign/adapters/memory'
import { type SessionRef, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anotherServer, hour, interleaved, minute, outcomeOf, second, victimWith } from './scene.js'

const successes = (answers: readonly { readonly ok: boolean }[]): number => answers.filter(({ ok }) => ok).length

describe('using what was right once more', () => {
  it('X02: however the store interleaves, one right code of each kind gives one success and one proof', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.constantFrom('email' as const, 'totp' as const, 'recovery_code' as const),
        async (scheduler, factor) => {
          const store = createMemoryStore()
          const test = await victimWith({ totp: true, email: true, recoveryCodes: true }, { store })
          const { mfa, user, session } = test
          const sent = factor === 'email' ? await test.send('email') : undefined
          const code = factor === 'totp' ? user.app.freshCode() : (user.recoveryCodes[3] as string)
          const answers = await scheduler.waitFor(
            Promise.all(
              Array.from({ length: 4 }, () => {
                const { challenges } = anotherServer(test, interleaved(store, scheduler))
                if (sent !== undefined) return challenges.complete(session, sent)
                return challenges.verify(session, { factor: factor as 'totp' | 'recovery_code', code })
              }),
            ),
          )
          expect(successes(answers)).toBe(1)
          const { proofs } = await mfa.sessions.assess(session)
          expect(proofs.filter(({ name }) => name === factor)).toHaveLength(1)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('X02: of 50 real parallel submits of one code one succeeds, and one completion is told', async () => {
    const { mfa, session, send, events } = await victimWith()
    const sent = await send('email')
    const answers = await Promise.all(Array.from({ length: 50 }, () => mfa.challenges.complete(session, sent)))
    expect(successes(answers)).toBe(1)
    expect(events.filter(({ type }) => type === 'challenge.completed')).toHaveLength(1)
  })

  it('X24: a step-up made for one action is none for another, and too old it is none for its own', async () => {
    const { mfa, clock, session, user, prove } = await victimWith()
    await prove('totp')
    clock.advance(minute)
    const code = user.app.freshCode()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code, purpose: 'pay:42' }))
    const allows = async (purpose: string) =>
      (await mfa.sessions.assess(session, { purpose, origin: 'challenge', maxAgeMs: minute })).satisfied
    expect([await allows('pay:42'), await allows('pay:43'), await allows('pay')]).toEqual([true, false, false])
    // The code that paid for one action pays for no second one.
    const again = { factor: 'totp', code, purpose: 'pay:43' } as const
    expect(outcomeOf(await mfa.challenges.verify(session, again))).toBe('invalid_code')
    clock.advance(minute + 1)
    expect(await allows('pay:42')).toBe(false)
  })

  it('X26: a code read over the shoulder is refused in any session, for any purpose, and as an enrollment', async () => {
    const { mfa, user, session, events, outbox } = await victimWith({ totp: true, email: true })
    const code = user.app.freshCode()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code }))
    const attacker = await user.signIn()
    const tries = [
      mfa.challenges.verify(attacker, { factor: 'totp', code }),
      mfa.challenges.verify(attacker, { factor: 'totp', code, purpose: 'manage' }),
      mfa.challenges.verify(session, { factor: 'totp', code, purpose: 'manage' }),
    ]
    expect((await Promise.all(tries)).map(outcomeOf)).toEqual(['invalid_code', 'invalid_code', 'invalid_code'])
    const { challenge } = unwrap(await mfa.challenges.create(attacker, { factor: 'totp' }))
    const completed = await mfa.challenges.complete(attacker, { challengeId: challenge.id, code })
    expect(outcomeOf(completed)).toBe('invalid_code')
    expect((await mfa.sessions.assess(attacker)).satisfied).toBe(false)
    const replays = events.filter((event) => event.type === 'challenge.failed' && event.detail === 'replayed')
    expect(replays).toHaveLength(4)
    expect(outbox.notices.filter(({ notice }) => notice === 'code_replayed')).toHaveLength(1)
  })

  it('X26: after a code of the next step, this step’s unused code is refused too', async () => {
    const { mfa, clock, user, session } = await victimWith({ totp: true })
    const early = user.app.freshCode()
    clock.advance(30 * second)
    const late = user.app.freshCode()
    clock.advance(-30 * second)
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: late }))
    const attacker = await user.signIn()
    expect(outcomeOf(await mfa.challenges.verify(attacker, { factor: 'totp', code: early }))).toBe('invalid_code')
  })

  it('X28: a server clock set back revives no code, no session and no step, and an event says so', async () => {
    const { mfa, clock, user, session, send, events } = await victimWith()
    const brief = await user.signIn({ method: 'password', expiresAtMs: clock.nowMs() + 5 * minute })
    const sent = await send('email')
    const code = user.app.freshCode()
    unwrap(await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code }))
    const spentAt = clock.nowMs()
    clock.advance(hour)
    // Any saving call makes the record remember this hour.
    await user.signIn()
    clock.set(spentAt)
    expect(outcomeOf(await mfa.challenges.complete(session, sent))).toBe('invalid_code')
    expect(outcomeOf(await mfa.challenges.verify(session, { factor: 'totp', code }))).toBe('invalid_code')
    expect((await mfa.sessions.assess(brief)).next).toBe('sign_in')
    expect(events.some((event) => event.type === 'clock.behind' && event.behindMs >= hour - minute)).toBe(true)
  })

  it('X28: with the clock set back no proof, however new, is fresh enough to change a factor', async () => {
    const { mfa, clock, session, prove, user } = await victimWith()
    await prove('totp')
    clock.advance(2 * minute)
    await user.signIn()
    clock.advance(-2 * minute)
    expect(outcomeOf(await mfa.totp.enroll(session, { accountName: 'mallory' }))).toBe('fresh_proof_required')
    expect(outcomeOf(await mfa.disable(session))).toBe('fresh_proof_required')
  })

  it('X42: a retried create sends nothing new, a retried right code adds no proof, and a retried send has one key', async () => {
    const { mfa, session, outbox, send, clock } = await victimWith()
    const retry = (at: SessionRef) => mfa.challenges.create(at, { factor: 'email' })
    const first = unwrap(await retry(session)).challenge
    const again = await Promise.all([retry(session), retry(session), retry(session)])
    expect(again.map((answer) => unwrap(answer).challenge.id)).toEqual([first.id, first.id, first.id])
    expect(outbox.messages.filter(({ kind }) => kind === 'code')).toHaveLength(1)
    const sent = await send('email')
    unwrap(await mfa.challenges.complete(session, sent))
    expect(outcomeOf(await mfa.challenges.complete(session, sent))).toBe('invalid_code')
    const { proofs } = await mfa.sessions.assess(session)
    expect(proofs.filter(({ name }) => name === 'email')).toHaveLength(1)
    clock.advance(minute)
    await retry(session)
    const keys = outbox.messages.map(({ idempotencyKey }) => idempotencyKey)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('X42: a save whose answer was lost is found, not repeated: one failure, one message', async () => {
    const inner = createMemoryStore()
    let losesAnswers = false
    const store = {
      ...inner,
      save: async (...save: Parameters<typeof inner.save>) => {
        const saved = await inner.save(...save)
        if (losesAnswers) throw new Error('connection reset')
        return saved
      },
    }
    const { mfa, session, inspect, outbox } = await victimWith({ totp: true, email: true }, { store })
    losesAnswers = true
    unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    const answer = await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    expect(outcomeOf(answer)).toBe('invalid_code')
    expect((await inspect()).throttles).toMatchObject({ totp: { failures: 1 }, total: 1 })
    expect(outbox.messages.filter(({ kind }) => kind === 'code')).toHaveLength(1)
  })
})
