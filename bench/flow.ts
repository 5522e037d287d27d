/** `npm run bench:flow`: CPU per step of a sign-in, on memory and SQLite, beside better-auth's two-factor plugin. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { measureBreakdown } from './flow-breakdown.js'
import { compare } from './flow-compare.js'
import { collect, medianRatio } from './flow-measure.js'
import { growth, printBreakdown, printComparison, printSizes, printSteps } from './flow-report.js'
import { createRival } from './flow-rival.js'
import { runRound } from './flow-rounds.js'
import { codeCounts, measureSizes } from './flow-sizes.js'
import { createSubject } from './flow-subject.js'
import { type Bar, reportBars } from './rounds.js'

const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'))

/** Both sides write ahead and wait for the disk, as the SQLite store asks for by itself. */
function openDatabase(name: string): Database.Database {
  const database = new Database(join(directory, name))
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = full')
  return database
}

async function run(own: Database.Database, others: Database.Database): Promise<readonly Bar[]> {
  const memory = await createSubject({ people: 32 })
  const sqlite = await createSubject({ people: 64, database: own })
  const rival = await createRival(others, sqlite.people.length)

  const steps = await collect(9, 10, async (put) => {
    for (const inFlight of [1, 16])
      await runRound(memory, inFlight, (step, cpu) => put(`${step}, memory, ${inFlight}`, cpu))
  })
  const onSqlite = await collect(4, 10, async (put) => {
    for (const inFlight of [1, 16])
      await runRound(sqlite, inFlight, (step, cpu) => put(`${step}, sqlite, ${inFlight}`, cpu))
  })
  printSteps(new Map([...steps, ...onSqlite]))

  const compared = await compare(sqlite, rival, own)
  printComparison(compared)
  const breakdown = await measureBreakdown(memory, sqlite)
  printBreakdown(breakdown)
  const sizes = await measureSizes()
  printSizes(sizes)
  const growths = (['guard', 'totp'] as const).flatMap((step) => codeCounts.map((codes) => growth(sizes, step, codes)))
  return [
    {
      name: 'cpu per completed totp step on sqlite vs better-auth',
      value: medianRatio(compared, 'rival, 16', 'own, 16'),
      atLeast: 20,
    },
    {
      name: 'guard on memory vs tag, parse and look-up',
      value: medianRatio(breakdown.figures, 'guard', 'floor'),
      atMost: 1.5,
    },
    // The worst of guard and TOTP step, without and with recovery codes.
    { name: '25 sessions vs 1 session', value: Math.max(...growths), atMost: 3 },
  ]
}

try {
  const [own, others] = [openDatabase('countersign.db'), openDatabase('better-auth.db')]
  const bars = await run(own, others)
  own.close()
  others.close()
  reportBars(bars)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
