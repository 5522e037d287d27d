/** What a guard and a TOTP step cost when a user has more sessions and recovery codes, on memory. */

import { type SessionRef, unwrap } from '@countersign/core'
import { collect, cpuOf, type Figures } from './flow-measure.js'
import { createSubject, hourMs, type Person, type Subject } from './flow-subject.js'

export const sessionCounts = [1, 3, 10, 25] as const
export const codeCounts = [0, 10] as const

export type SizedStep = 'guard' | 'totp'

export function sizedName(step: SizedStep, sessions: number, codes: number): string {
  return `${step}, ${sessions} sessions, ${codes} codes`
}

const people = 8
const guardsPerPerson = 8

/** Sizes take turns within every round, so that a busy moment hits all alike. */
export async function measureSizes(): Promise<Figures> {
  const sizes = await Promise.all(
    codeCounts.flatMap((codes) =>
      sessionCounts.map(async (sessions) => {
        const subject = await createSubject({ people, recoveryCodes: codes > 0 })
        // The session that acts is the last one.
        for (const person of subject.people) {
          for (let made = 1; made < sessions; made++) await signIn(subject, person)
        }
        return { codes, sessions, subject }
      }),
    ),
  )
  return collect(15, 8, async (put) => {
    for (const { codes, sessions, subject } of sizes) {
      const { guard, totp } = await measureOnce(subject)
      put(sizedName('guard', sessions, codes), guard)
      put(sizedName('totp', sessions, codes), totp)
    }
  })
}

/** A session with both proofs, as one that completed its sign-in. */
async function signIn(subject: Subject, person: Person): Promise<SessionRef> {
  const { mfa, clock } = subject
  const session = subject.sessionOf(person)
  clock.advance(30_000)
  unwrap(await mfa.sessions.begin(session, { method: 'password' }))
  unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: person.app.code() }))
  return session
}

async function measureOnce({ mfa, clock, ...subject }: Subject): Promise<Readonly<Record<SizedStep, number>>> {
  clock.advance(hourMs)
  const sessions = subject.people.map((person) => subject.sessionOf(person))
  const codes = subject.people.map(({ app }) => app.code())
  for (const session of sessions) unwrap(await mfa.sessions.begin(session, { method: 'password' }))
  const totp = await cpuOf(people, 1, async (index) => {
    const code = codes[index] as string
    unwrap(await mfa.challenges.verify(sessions[index] as SessionRef, { factor: 'totp', code }))
  })
  const guard = await cpuOf(people * guardsPerPerson, 1, (index) =>
    mfa.sessions.require(sessions[index % people] as SessionRef),
  )
  for (const session of sessions) await mfa.sessions.end(session)
  return { guard, totp }
}
