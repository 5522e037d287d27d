/** CPU time per operation, of the whole process: JavaScript, native code, kernel, compiler and garbage collector. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Database } from 'better-sqlite3'

/** Does one operation; `index` counts up within one measurement. */
export type Step = (index: number) => unknown

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void

/** Microseconds of CPU per operation, with `inFlight` of them under way at once. */
export async function cpuOf(count: number, inFlight: number, step: Step): Promise<number> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await step(next++)
  }
  // No figure pays for what another left behind.
  if (!phase.warmsUp) collectGarbage({ type: 'minor' })
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: inFlight }, lane))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** As `cpuOf`. */
export type Meter = typeof cpuOf

const phase = { warmsUp: false }

/**
 * Saves wait for the disk while a figure that counts is taken, and at no other time: a server is warm, and warming up
 * at the pace of a disk would take minutes.
 */
export function meterOn(database: Database): Meter {
  database.exec('create table if not exists flushed (id integer)')
  database.pragma('synchronous = off')
  return async (count, inFlight, step) => {
    if (phase.warmsUp) return cpuOf(count, inFlight, step)
    database.pragma('synchronous = full')
    // Writes out what is left from before, so that no figure pays for it.
    database.exec('insert into flushed values (1)')
    const cpu = await cpuOf(count, inFlight, step)
    database.pragma('synchronous = off')
    return cpu
  }
}

/** As `cpuOf` for what is no promise, without the cost of awaiting one. */
export function cpuOfSync(count: number, step: Step): number {
  const before = process.cpuUsage()
  for (let index = 0; index < count; index++) kept.answer = step(index)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

const kept: { answer: unknown } = { answer: undefined }

/** Figures by name, one per round. */
export type Figures = Map<string, number[]>

/** Runs `round` again and again and keeps what the rounds after `warmUpRounds` measured. */
export async function collect(
  rounds: number,
  warmUpRounds: number,
  round: (put: (name: string, figure: number) => void) => Promise<void>,
): Promise<Figures> {
  const figures: Figures = new Map()
  for (let turn = -warmUpRounds; turn < rounds; turn++) {
    phase.warmsUp = turn < 0
    await round((name, figure) => {
      if (turn >= 0) figures.set(name, [...(figures.get(name) ?? []), figure])
    })
  }
  return figures
}

export function medianFigure(figures: Figures, name: string): number {
  return median(figuresOf(figures, name))
}

/** The median over the rounds of `over / under` within one round. */
export function medianRatio(figures: Figures, over: string, under: string): number {
  const unders = figuresOf(figures, under)
  return median(figuresOf(figures, over).map((figure, round) => figure / (unders[round] as number)))
}

function figuresOf(figures: Figures, name: string): readonly number[] {
  const found = figures.get(name)
  if (found === undefined) throw new Error(`nothing was measured as ${name}`)
  return found
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}
