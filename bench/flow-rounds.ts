/** One round through every step of a sign-in, each step done by all users before the next begins. */

import { type SessionRef, unwrap } from '@countersign/core'
import { hourMs, type Person, type Subject } from './flow-subject.js'

/** In the order of a sign-in; each is one call. */
export const steps = [
  'begin',
  'guard (sessions.require)',
  'totp, in one call',
  'totp, create',
  'totp, complete',
  'email, create',
  'email, complete',
  'recovery, in one call',
  'recovery, create',
  'recovery, complete',
] as const

export type StepName = (typeof steps)[number]

const guardsPerPerson = 4

/**
 * Users have one session each whenever something is measured. It moves to a new id with the proof, as a host does on
 * sign-in. The clock moves three hours, so that no wait and no send budget is met.
 */
export async function runRound(
  subject: Subject,
  inFlight: number,
  put: (step: StepName, microseconds: number) => void,
): Promise<void> {
  const { mfa, people, clock } = subject
  const count = people.length
  const at = <T>(list: readonly T[], index: number): T => list[index % count] as T
  const measure = async (step: StepName, run: (index: number) => unknown, times = count): Promise<void> =>
    put(step, await subject.cpuOf(times, inFlight, run))

  let sessions: SessionRef[] = []
  const begin = async (index: number): Promise<void> => {
    unwrap(await mfa.sessions.begin(at(sessions, index), { method: 'password' }))
  }
  const takeIds = (): void => {
    sessions = people.map((person) => subject.sessionOf(person))
  }
  const signInAgain = async (): Promise<void> => {
    for (const session of sessions) await mfa.sessions.end(session)
    takeIds()
    for (let index = 0; index < count; index++) await begin(index)
  }
  const moveOn = (index: number): string => {
    const moved = subject.sessionOf(at(people, index))
    sessions[index] = moved
    return moved.sessionId
  }
  const verify = async (index: number, factor: 'totp' | 'recovery_code', code: string): Promise<void> => {
    const session = at(sessions, index)
    unwrap(await mfa.challenges.verify(session, { factor, code, newSessionId: moveOn(index) }))
  }
  const inTwoCalls = async (name: 'totp' | 'email' | 'recovery', codeOf: (person: Person) => string): Promise<void> => {
    const factor = name === 'recovery' ? 'recovery_code' : name
    const ids: string[] = []
    await measure(`${name}, create`, async (index) => {
      ids[index] = unwrap(await mfa.challenges.create(at(sessions, index), { factor })).challenge.id
    })
    const codes = people.map(codeOf)
    await measure(`${name}, complete`, async (index) => {
      const session = at(sessions, index)
      const [challengeId, code] = [at(ids, index), at(codes, index)]
      unwrap(await mfa.challenges.complete(session, { challengeId, code, newSessionId: moveOn(index) }))
    })
  }

  clock.advance(3 * hourMs)
  takeIds()
  await measure('begin', begin)
  const totpCodes = people.map(({ app }) => app.code())
  await measure('totp, in one call', (index) => verify(index, 'totp', at(totpCodes, index)))
  await measure(
    'guard (sessions.require)',
    (index) => mfa.sessions.require(at(sessions, index)),
    count * guardsPerPerson,
  )
  for (let index = 0; index < count; index++) {
    at(people, index).codes = unwrap(await mfa.recoveryCodes.regenerate(at(sessions, index))).codes
  }

  await signInAgain()
  clock.advance(60_000)
  await inTwoCalls('totp', ({ app }) => app.code())

  await signInAgain()
  await inTwoCalls('email', ({ email }) => subject.mailedTo(email))

  await signInAgain()
  await measure('recovery, in one call', (index) => verify(index, 'recovery_code', at(people, index).codes[0] ?? ''))

  await signInAgain()
  await inTwoCalls('recovery', ({ codes }) => codes[1] ?? '')
  for (const session of sessions) await mfa.sessions.end(session)
}
