/** The suite: all cases, bound to any test runner or run from a script. */

import type { CaseContext, Law, StoreCase, StoreHarness } from './case.js'
import { racingCases } from './racing-cases.js'
import { readingCases } from './reading-cases.js'
import { writingCases } from './writing-cases.js'

/** Every case, as data. Nothing here can be skipped. */
export const storeCases: readonly StoreCase[] = [...readingCases, ...writingCases, ...racingCases]

/** The two functions a runner brings: vitest's, Jest's or node:test's. */
export interface Runner {
  /** Opens a group. */
  describe(title: string, body: () => void): unknown
  /** Declares one test. */
  it(title: string, body: () => Promise<void>): unknown
}

/** Options of the suite. */
export interface SuiteOptions {
  /** Makes owners and versions; the same seed makes the same. Default: one per run, printed in the report. */
  readonly seed?: number
}

/** Registers one test per case, titled by its id. */
export function registerStoreSuite(runner: Runner, harness: StoreHarness, options: SuiteOptions = {}): void {
  const { seed = freshSeed() } = options
  runner.describe(`store laws (seed ${seed})`, () => {
    for (const each of storeCases) {
      runner.it(`${each.id}: ${each.title}`, () => each.run(contextOf(harness, each, seed)))
    }
  })
}

/** What a run of the suite found. */
export interface StoreReport {
  /** Repeats this run, given as an option. */
  readonly seed: number
  /** The ids of the cases that hold. */
  readonly passed: readonly string[]
  /** The cases that do not hold, each with what that means for a host. */
  readonly failed: readonly {
    readonly law: Law
    readonly id: string
    readonly title: string
    readonly explanation: string
    readonly error: string
  }[]
}

/** Runs every case, one after the other, and reports; closes the harness. */
export async function runStoreSuite(harness: StoreHarness, options: SuiteOptions = {}): Promise<StoreReport> {
  const { seed = freshSeed() } = options
  const passed: string[] = []
  const failed: StoreReport['failed'][number][] = []
  for (const each of storeCases) {
    try {
      await each.run(contextOf(harness, each, seed))
      passed.push(each.id)
    } catch (error) {
      const { law, id, title, explanation } = each
      failed.push({ law, id, title, explanation, error: error instanceof Error ? error.message : String(error) })
    }
  }
  await harness.close?.()
  return { seed, passed, failed }
}

/** Stores outlive a run, so owners must differ from run to run. */
function freshSeed(): number {
  return Date.now() % 2 ** 31
}

function contextOf(harness: StoreHarness, { id }: StoreCase, seed: number): CaseContext {
  let versions = 0
  const prefix = `${seed.toString(36)}${id.replaceAll('-', '')}`
  return {
    harness,
    owner: (name = 'owner') => `0:${seed.toString(36)}.${id}.${name}`,
    version: () => `${prefix}${(++versions).toString(36)}`.slice(-22).padStart(22, '-'),
  }
}
