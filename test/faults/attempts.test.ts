import { isMfaError, type Mfa, type MfaStore, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { type Situation, situation } from './every-call.js'

const lost = (): never => {
  throw new Error('connection lost')
}
const silence = (): Promise<never> => new Promise(() => undefined)

type Replace = (original: () => Promise<unknown>, given: Situation) => unknown

const faults: readonly (readonly [string, keyof MfaStore, Replace])[] = [
  ['a load that throws', 'load', lost],
  ['a load that hangs', 'load', silence],
  ['a load of an older row', 'load', async (_, { logged }) => logged.rows.at(-2)],
  ['a load of a row from before the session', 'load', async (_, { logged }) => logged.rows[0]],
  ['a load of garbage', 'load', async () => ({ version: 'x', data: 'x' })],
  ['a save that throws before', 'save', lost],
  ['a save that throws after', 'save', (original) => original().then(lost)],
  ['a save that hangs', 'save', silence],
  ['a save that hangs after', 'save', (original) => original().then(silence)],
  ['a save that answers false', 'save', async () => false],
  ['a save that answers garbage', 'save', async () => 'yes'],
  ['a save that answers garbage after', 'save', (original) => original().then(() => 'yes')],
]

interface Guess {
  /** Failures of the kind as the record holds them. */
  readonly failures: (mfa: Mfa, given: Situation) => Promise<number>
  readonly prepare: (given: Situation) => Promise<() => Promise<{ ok: boolean; attemptsLeft?: number }>>
}

async function failuresOf({ mfa, user }: Situation, kind: 'totp' | 'phone' | 'recovery_code'): Promise<number> {
  return unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles[kind]?.failures ?? 0
}

const wrongCode = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'

const guesses: Readonly<Record<string, Guess>> = {
  'verify with an app': {
    failures: (_, given) => failuresOf(given, 'totp'),
    prepare: async (given) => {
      const code = given.user.app.freshCode() === '000000' ? '000001' : '000000'
      return () => given.mfa.challenges.verify(given.half, { factor: 'totp', code })
    },
  },
  'verify with a recovery code': {
    failures: (_, given) => failuresOf(given, 'recovery_code'),
    prepare: async (given) => () =>
      given.mfa.challenges.verify(given.half, { factor: 'recovery_code', code: wrongCode }),
  },
  'complete with a sent code': {
    failures: (_, given) => failuresOf(given, 'phone'),
    prepare: async (given) => {
      const { challenge } = unwrap(await given.mfa.challenges.create(given.half, { factor: 'phone' }))
      const code = given.outbox.codeTo(given.user.phone as string) === '000000' ? '000001' : '000000'
      return () => given.mfa.challenges.complete(given.half, { challengeId: challenge.id, code })
    },
  },
}

describe('an attempt under faults', () => {
  for (const [name, guess] of Object.entries(guesses)) {
    for (const [title, method, replace] of faults) {
      for (const times of [1, 6, 40]) {
        it.concurrent(`${name}, ${title} ${times} times: stays spent, or was never compared`, async () => {
          const given = await situation({ portTimeLimitMs: 15 })
          const call = await guess.prepare(given)
          // So that the row before the last one already holds the session and the challenge.
          unwrap(await given.mfa.sessions.begin({ ...given.half, sessionId: 'another' }, { method: 'password' }))
          const before = await guess.failures(given.mfa, given)
          given.store.reset()
          for (let time = 0; time < times; time++) given.store.next(method, (original) => replace(original, given))
          const answer = await call().catch((error: unknown) => error)
          given.store.reset()
          const spent = (await guess.failures(given.mfa, given)) - before
          const { reason, attemptsLeft } = answer as { reason?: string; attemptsLeft?: number }
          const code = isMfaError(answer) ? answer.code : undefined
          if (attemptsLeft !== undefined) expect([reason, spent]).toEqual(['invalid_code', 1])
          else if (code === undefined || code === 'store_failed') expect(spent).toBe(0)
          else {
            // Counted without being told is fine; told without being counted is not.
            expect(['outcome_unknown', 'store_misbehaved', 'undecodable_record']).toContain(code)
            expect(spent).toBeGreaterThanOrEqual(0)
            expect(spent).toBeLessThanOrEqual(1)
          }
          expect((await given.mfa.sessions.assess(given.half)).satisfied).toBe(false)
        })
      }
    }
  }
})
