/** Measures the stages of a guard on memory and of a TOTP step on SQLite, beside the whole call and the guard's floor. */

import { type SessionRef, unwrap } from '@countersign/core'
import { collect, cpuOf, cpuOfSync, type Figures, type Meter } from './flow-measure.js'
import { stagesOf } from './flow-stages.js'
import { hourMs, type Subject } from './flow-subject.js'

/** Stages that are functions without I/O. */
const pureStages = ['arguments', 'tag', 'parse', 'decode', 'assess', 'verify', 'encode'] as const

const times = 200

export interface Breakdown {
  readonly figures: Figures
  /** Length of the record's text. */
  readonly bytes: number
}

/** Whole calls and stages take turns within every round. */
export async function measureBreakdown(memory: Subject, sqlite: Subject): Promise<Breakdown> {
  const [person] = memory.people
  if (person === undefined) throw new Error('there is no user')
  memory.clock.advance(3 * hourMs)
  const session = memory.sessionOf(person)
  const stages = await stagesOf(memory, person, session)
  const { owner, data } = stages
  const texts = new Map([[owner, data]])
  const driver = await scratchRow(sqlite, data)
  const figures = await collect(15, 10, async (put) => {
    put('guard', await cpuOf(times, 1, () => memory.mfa.sessions.require(session)))
    put('memory load', await cpuOf(times, 1, () => memory.store.load(owner)))
    for (const stage of pureStages) put(stage, cpuOfSync(times, stages[stage]))
    put('native tag', cpuOfSync(times, stages.nativeTag))
    put(
      'floor',
      cpuOfSync(times, () => [texts.get(owner), stages.tag(), stages.parse()]),
    )
    put(
      'native floor',
      cpuOfSync(times, () => [texts.get(owner), stages.nativeTag(), stages.parse()]),
    )
    put('totp', await measureTotp(sqlite))
    put('totp, no wait', await measureTotp(sqlite, 1, cpuOf))
    put('sqlite load and save', await cpuOf(sqlite.people.length, 1, driver))
  })
  return { figures, bytes: stages.bytes }
}

/** A completed TOTP step in one call, by every user once. */
export async function measureTotp(subject: Subject, inFlight = 1, meter: Meter = subject.cpuOf): Promise<number> {
  const { mfa, clock, people } = subject
  clock.advance(hourMs)
  const sessions: SessionRef[] = []
  for (const person of people) {
    const session = subject.sessionOf(person)
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    sessions.push(session)
  }
  const inputs = people.map((person) => ({
    factor: 'totp' as const,
    code: person.app.code(),
    newSessionId: subject.sessionOf(person).sessionId,
  }))
  const cpu = await meter(people.length, inFlight, async (index) => {
    const input = inputs[index] as (typeof inputs)[number]
    unwrap(await mfa.challenges.verify(sessions[index] as SessionRef, input))
  })
  for (const [index, { newSessionId }] of inputs.entries()) {
    const { userId } = sessions[index] as SessionRef
    await mfa.sessions.end({ userId, sessionId: newSessionId })
  }
  return cpu
}

/** Loads and replaces a row of its own that is as long as a record. */
async function scratchRow({ store }: Subject, data: string): Promise<() => Promise<void>> {
  const versionAt = (count: number): string => String(count).padStart(22, '0')
  let count = 0
  await store.save('scratch', data, versionAt(count), null)
  return async () => {
    await store.load('scratch')
    if (!(await store.save('scratch', data, versionAt(count + 1), versionAt(count)))) throw new Error('not saved')
    count++
  }
}
