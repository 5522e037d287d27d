/** A completed TOTP step on SQLite, by Countersign and by better-auth, in turns. */

import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { measureTotp } from './flow-breakdown.js'
import { collect, cpuOf, type Figures, type Meter } from './flow-measure.js'
import type { Rival } from './flow-rival.js'
import type { Subject } from './flow-subject.js'

/** How many sign-ins are at this step at once. */
export const loads = [1, 16] as const

const warmUpRounds = 25

/** `no wait`: no save waits for the disk. `own with row` adds a session row such as the host would write, which better-auth's step does by itself. */
export async function compare(subject: Subject, rival: Rival, database: Database): Promise<Figures> {
  const count = subject.people.length
  const writeRow = sessionRows(database)
  const measureRival = async (inFlight: number, meter: Meter): Promise<number> => {
    const verify: (() => Promise<unknown>)[] = []
    for (let user = 0; user < count; user++) verify.push(await rival.readyToVerify(user))
    return meter(count, inFlight, (index) => verify[index]?.())
  }
  return collect(9, warmUpRounds, async (put) => {
    for (const inFlight of loads) {
      const own = await measureTotp(subject, inFlight)
      put(`own, ${inFlight}`, own)
      put(`own with row, ${inFlight}`, own + (await subject.cpuOf(count, 1, writeRow)))
      put(`rival, ${inFlight}`, await measureRival(inFlight, rival.cpuOf))
    }
    put('own, no wait', await measureTotp(subject, 1, cpuOf))
    put('rival, no wait', await measureRival(1, cpuOf))
  })
}

function sessionRows(database: Database): () => unknown {
  database.exec(`create table if not exists session (
    id text primary key, token text not null unique, user_id text not null, expires_at integer not null,
    created_at integer not null, updated_at integer not null, ip text, user_agent text
  )`)
  const insert = database.prepare('insert into session values (?, ?, ?, ?, ?, ?, ?, ?)')
  return () =>
    insert.run(randomUUID(), randomUUID(), 'user-1', Date.now() + 604_800_000, Date.now(), Date.now(), '', '')
}
