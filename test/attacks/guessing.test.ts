import { createMemoryStore } from '@countersign/adapters/memory'
import type { SessionRef } from '@countersign/core'
import { unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anotherServer, hour, interleaved, minute, outcomeOf, second, victimWith, wrongOf } from './scene.js'

describe('guessing codes', () => {
  it('X01: however the store interleaves parallel guesses, no more are compared than the challenge allows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const store = createMemoryStore()
        const test = await victimWith({ totp: true, email: true }, { store })
        const { challengeId, code } = await test.send('email')
        const servers = Array.from({ length: 7 }, () => anotherServer(test, interleaved(store, scheduler)))
        const guesses = servers.map((mfa) =>
          mfa.challenges.complete(test.session, { challengeId, code: wrongOf(code) }),
        )
        const answers = await scheduler.waitFor(Promise.all(guesses))
        expect(answers.map(outcomeOf).every((outcome) => outcome !== 'ok')).toBe(true)
        const compared = answers.filter((answer) => !answer.ok && answer.attemptsLeft !== undefined).length
        expect(compared).toBe(5)
        expect((await test.inspect()).throttles.email?.failures).toBe(5)
      }),
      { numRuns: 15 },
    )
  })

  it('X01: of 200 real parallel guesses over four servers five are compared, and then the right code is dead', async () => {
    const store = createMemoryStore()
    const test = await victimWith({ totp: true, email: true }, { store })
    const { challengeId, code } = await test.send('email')
    const servers = Array.from({ length: 4 }, () => anotherServer(test, store))
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        servers[index % 4]?.challenges.complete(test.session, { challengeId, code: wrongOf(code) }),
      ),
    )
    const compared = answers.filter((answer) => answer && !answer.ok && answer.attemptsLeft !== undefined)
    expect(compared).toHaveLength(5)
    expect(outcomeOf(await test.mfa.challenges.complete(test.session, { challengeId, code }))).toBe('invalid_code')
    expect((await test.mfa.sessions.assess(test.session)).satisfied).toBe(false)
  })

  it('X08: resends, new challenges, new sessions and other purposes give no fresh attempts', async () => {
    const { mfa, clock, user, inspect, send } = await victimWith()
    let failures = 0
    const guess = async (session: SessionRef, challengeId: string, code: string) => {
      const answer = await mfa.challenges.complete(session, { challengeId, code: wrongOf(code) })
      if (!answer.ok && answer.attemptsLeft !== undefined) failures++
    }
    for (const purpose of ['sign_in', 'manage', 'pay']) {
      const session = await user.signIn()
      const { challengeId, code } = await send('email', session, purpose)
      await guess(session, challengeId, code)
      clock.advance(minute)
      unwrap(await mfa.challenges.resend(session, { challengeId }))
      await guess(session, challengeId, code)
      clock.advance(hour)
    }
    expect(failures).toBe(6)
    expect((await inspect()).throttles.email?.failures).toBe(6)
    // The wait after the seventh is the seventh's, though it is the first in its session and of its challenge.
    const session = await user.signIn()
    const { challengeId, code } = await send('email', session, 'other')
    const wait = { attemptsLeft: 4, retryAtMs: clock.nowMs() + 4 * 30 * second }
    expect(await mfa.challenges.complete(session, { challengeId, code: wrongOf(code) })).toMatchObject(wait)
    expect(outcomeOf(await mfa.challenges.complete(session, { challengeId, code }))).toBe('throttled')
  })

  it('X08: signing in again for every guess at an app locks it after 30, and a new sign-in does not unlock', async () => {
    const { mfa, clock, user, events } = await victimWith({ totp: true, recoveryCodes: true })
    let compared = 0
    for (let round = 0; round < 40; round++) {
      const session = await user.signIn()
      const code = wrongOf(user.app.freshCode())
      const answer = await mfa.challenges.verify(session, { factor: 'totp', code })
      if (!answer.ok && answer.attemptsLeft !== undefined) compared++
      clock.advance(hour)
    }
    expect(compared).toBe(30)
    expect(events.filter(({ type }) => type === 'factor.locked')).toHaveLength(1)
    const right = { factor: 'totp', code: user.app.freshCode() } as const
    expect(outcomeOf(await mfa.challenges.verify(await user.signIn(), right))).toBe('locked')
  })

  it('X09: a second challenge voids the first, and challenges of many purposes share one count', async () => {
    const { mfa, clock, session, send, inspect } = await victimWith()
    const first = await send('email')
    clock.advance(minute)
    const next = await send('email')
    expect(next.challengeId).not.toBe(first.challengeId)
    expect(outcomeOf(await mfa.challenges.complete(session, first))).toBe('invalid_code')
    const live = [next, await send('email', session, 'pay'), await send('email', session, 'export')]
    let compared = 0
    for (let round = 0; round < 4; round++) {
      for (const { challengeId, code } of live) {
        const answer = await mfa.challenges.complete(session, { challengeId, code: wrongOf(code) })
        if (!answer.ok && answer.attemptsLeft !== undefined) compared++
      }
    }
    expect(compared).toBe(5)
    expect((await inspect()).throttles).toMatchObject({ email: { failures: 5 }, total: 5 })
  })

  it('X13: recovery codes are guessed at 30 times in all, whatever the session, and the right one is dead then', async () => {
    const { mfa, clock, user, inspect } = await victimWith({ totp: true, recoveryCodes: true })
    let compared = 0
    for (let round = 0; round < 40; round++) {
      const code = `${round}`.padStart(24, '0')
      const answer = await mfa.challenges.verify(await user.signIn(), { factor: 'recovery_code', code })
      if (!answer.ok && answer.attemptsLeft !== undefined) compared++
      clock.advance(hour)
    }
    expect(compared).toBe(30)
    const code = user.recoveryCodes[0] as string
    expect(outcomeOf(await mfa.challenges.verify(await user.signIn(), { factor: 'recovery_code', code }))).toBe(
      'locked',
    )
    expect((await inspect()).throttles.total).toBe(0)
    // 120 bits each: no two alike, and no slot, counter or check digit that would tell a guesser anything.
    for (const each of user.recoveryCodes) expect(each).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(new Set(user.recoveryCodes.map((each) => each.slice(0, 4))).size).toBe(user.recoveryCodes.length)
  })

  it('X16: while a wait runs the right code and a wrong one get one answer, and neither is counted', async () => {
    const { mfa, session, user, inspect } = await victimWith({ totp: true })
    const code = user.app.freshCode()
    for (let tries = 0; tries < 5; tries++) {
      await mfa.challenges.verify(session, { factor: 'totp', code: wrongOf(code) })
    }
    const right = await mfa.challenges.verify(session, { factor: 'totp', code })
    const wrong = await mfa.challenges.verify(session, { factor: 'totp', code: wrongOf(code) })
    expect(outcomeOf(right)).toBe('throttled')
    expect(right).toEqual(wrong)
    expect((await inspect()).throttles.totp?.failures).toBe(5)
  })

  it('X27: of all codes of ten minutes those of the last, this and the next step are accepted, and no use widens that', async () => {
    const { mfa, clock, user } = await victimWith({ totp: true })
    const step = 30 * second
    clock.advance(hour)
    for (let round = 0; round < 3; round++) {
      const now = clock.nowMs()
      const accepted: number[] = []
      for (let delta = -10; delta <= 10; delta++) {
        clock.set(now + delta * step)
        const code = user.app.code()
        clock.set(now)
        const answer = await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code })
        if (answer.ok) accepted.push(delta)
        unwrap(
          await mfa.admin.unlock({ userId: user.userId }, { actor: 'test', reason: 'the next guess is another test' }),
        )
      }
      expect(accepted).toEqual([-1, 0, 1])
      // Always a late user: the window must not drift after them.
      clock.advance(10 * minute)
    }
  })
})
