/** The races: 64 calls on one user from four processes, and what must have come of them. */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createTestMfa, type GivenUser, type TestMfa } from '@countersign/adapters/testing'
import { type MfaStore, type SessionRef, unwrap } from '@countersign/core'
import { openStore, type StoreSpec } from './open-store.js'
import {
  type RacingAnswer,
  type RacingCall,
  type RacingMessage,
  type RacingReport,
  racingPolicy,
} from './racing-calls.js'

const processes = 4
const racers = 64

/** What came of one race. An empty `faults` means that every count was exact. */
export interface RaceOutcome {
  readonly race: string
  /** How many calls ended how, such as `1 ok, 63 invalid_code`. */
  readonly counts: string
  readonly busy: number
  readonly faults: readonly string[]
}

interface Prepared {
  readonly calls: readonly RacingCall[]
  /** Sentences about what is wrong. */
  judge(seen: Seen): Promise<readonly string[]>
}

interface Seen {
  readonly answers: readonly RacingAnswer[]
  readonly sent: number
  count(...outcomes: string[]): number
}

type Race = (test: TestMfa, user: GivenUser) => Promise<Prepared>

function mustBe(what: string, actual: unknown, expected: unknown): readonly string[] {
  return actual === expected ? [] : [`${what}: ${actual} instead of ${expected}`]
}

async function inspect({ mfa }: TestMfa, { userId }: GivenUser) {
  return unwrap(await mfa.admin.inspect({ userId }))
}

async function codesLeft(test: TestMfa, user: GivenUser): Promise<unknown> {
  const { factors } = await inspect(test, user)
  return factors.find(({ kind }) => kind === 'recovery_code')?.codesLeft
}

async function manySessions(user: GivenUser): Promise<readonly SessionRef[]> {
  const sessions: SessionRef[] = []
  for (let index = 0; index < racers; index++) sessions.push(await user.signIn())
  return sessions
}

const times = <T>(make: (index: number) => T): readonly T[] => Array.from({ length: racers }, (_, index) => make(index))
const wrong = (code: string): string => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10))

/** Each by the sentence that names it. */
export const races: Readonly<Record<string, Race>> = {
  'one TOTP code in 64 sessions is accepted once': async (_test, user) => {
    const sessions = await manySessions(user)
    const code = user.app.freshCode()
    return {
      calls: sessions.map((session) => ({ call: 'verify', session, factor: 'totp', code })),
      judge: async ({ count }) => mustBe('accepted', count('ok'), 1),
    }
  },
  'one code for one challenge is accepted once': async ({ mfa, outbox }, user) => {
    const session = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    const code = outbox.codeTo(user.email as string)
    return {
      calls: times(() => ({ call: 'complete', session, challengeId: challenge.id, code })),
      judge: async ({ count }) => mustBe('accepted', count('ok'), 1),
    }
  },
  'one recovery code in 64 sessions is accepted once and one is spent': async (test, user) => {
    const sessions = await manySessions(user)
    const [code] = user.recoveryCodes as [string]
    return {
      calls: sessions.map((session) => ({ call: 'verify', session, factor: 'recovery_code', code })),
      judge: async ({ count }) => [
        ...mustBe('accepted', count('ok'), 1),
        ...mustBe('codes left', await codesLeft(test, user), racingPolicy.recoveryCodeCount - 1),
      ],
    }
  },
  'many recovery codes on one challenge: one is accepted and one is spent': async (test, user) => {
    const session = await user.signIn()
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'recovery_code' }))
    const codeOf = (index: number): string => user.recoveryCodes[index % user.recoveryCodes.length] as string
    return {
      calls: times((index) => ({ call: 'complete', session, challengeId: challenge.id, code: codeOf(index) })),
      judge: async ({ count }) => [
        ...mustBe('accepted', count('ok'), 1),
        ...mustBe('codes left', await codesLeft(test, user), racingPolicy.recoveryCodeCount - 1),
      ],
    }
  },
  'of 64 wrong codes for one challenge five are compared, and five are counted': async (test, user) => {
    const session = await user.signIn()
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'email' }))
    const code = wrong(test.outbox.codeTo(user.email as string))
    return {
      calls: times(() => ({ call: 'complete', session, challengeId: challenge.id, code })),
      judge: async ({ answers }) => [
        ...mustBe('compared', answers.filter(({ wasCompared }) => wasCompared).length, 5),
        ...mustBe('counted', (await inspect(test, user)).throttles.email?.failures, 5),
      ],
    }
  },
  'of 64 sign-ins every acknowledged one is there': async (test, user) => {
    const before = (await inspect(test, user)).sessions.length
    return {
      calls: times((index) => ({ call: 'begin', session: { userId: user.userId, sessionId: `racer-${index}` } })),
      judge: async ({ count }) => [
        ...mustBe('sessions', (await inspect(test, user)).sessions.length, before + count('ok')),
        ...mustBe('acknowledged or busy', count('ok', 'busy'), racers),
      ],
    }
  },
  'of 64 sends five go out, which is the budget': async (_test, user) => {
    const sessions = await manySessions(user)
    return {
      calls: sessions.map((session) => ({ call: 'create', session })),
      judge: async ({ count, sent }) => [...mustBe('sent', sent, 5), ...mustBe('acknowledged', count('ok'), 5)],
    }
  },
}

/** Four processes with a connection each, and one of our own. */
export interface RaceTrack {
  run(race: string): Promise<RaceOutcome>
  close(): Promise<void>
}

/** The store must have been set up. */
export async function openRaceTrack(spec: StoreSpec): Promise<RaceTrack> {
  const { store, close } = await openStore(spec)
  const module = fileURLToPath(new URL('./racing-process.ts', import.meta.url))
  const execArgv = ['--conditions=@countersign/source', '--import', 'tsx']
  const children = Array.from({ length: processes }, () => fork(module, [JSON.stringify(spec)], { execArgv }))
  return {
    run: (name) => runRace(name, store, children),
    async close() {
      await Promise.all(children.map((child) => tell(child, 'end', 'exit')))
      await close()
    },
  }
}

async function runRace(name: string, store: MfaStore, children: readonly ChildProcess[]): Promise<RaceOutcome> {
  const race = races[name] as Race
  const test = createTestMfa({ store, policy: racingPolicy })
  const userId = `racer-${Object.keys(races).indexOf(name)}`
  const user = await test.givenUser({ userId, totp: true, email: true, recoveryCodes: true })
  const { calls, judge } = await race(test, user)
  const reports = await callFromProcesses(children, test.clock.nowMs(), calls)
  const answers = reports.flatMap((report) => report.answers)
  const seen: Seen = {
    answers,
    sent: reports.reduce((sum, { sent }) => sum + sent, 0),
    count: (...outcomes) => answers.filter(({ outcome }) => outcomes.includes(outcome)).length,
  }
  const errors = answers.filter(({ outcome }) => outcome.startsWith('error')).map(({ outcome }) => outcome)
  const faults = [...mustBe('answers', answers.length, racers), ...errors, ...(await judge(seen))]
  return { race: name, counts: countsOf(answers), busy: seen.count('busy'), faults }
}

function countsOf(answers: readonly RacingAnswer[]): string {
  const counts = new Map<string, number>()
  for (const { outcome } of answers) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const byName = [...counts].sort(([a], [b]) => Number(b === 'ok') - Number(a === 'ok') || (a < b ? -1 : 1))
  return byName.map(([outcome, count]) => `${count} ${outcome}`).join(', ')
}

async function callFromProcesses(
  children: readonly ChildProcess[],
  nowMs: number,
  calls: readonly RacingCall[],
): Promise<readonly RacingReport[]> {
  const shareOf = (index: number): readonly RacingCall[] => calls.filter((_, turn) => turn % processes === index)
  await Promise.all(children.map((child, index) => tell(child, { nowMs, calls: shareOf(index) }, 'message')))
  return Promise.all(children.map((child) => tell(child, 'go', 'message') as Promise<RacingReport>))
}

/** Sends, and waits for what comes back. */
function tell(child: ChildProcess, message: RacingMessage, wanted: 'message' | 'exit'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (code: unknown): void => reject(new Error(`a racing process ended with ${code}`))
    if (wanted === 'message') child.once('exit', failed)
    child.once(wanted, (answer) => {
      child.off('exit', failed)
      resolve(answer)
    })
    child.send(message)
  })
}
