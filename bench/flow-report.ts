/** Prints what the flow benchmark measured: tables first, the bars last. */

import type { Breakdown } from './flow-breakdown.js'
import { loads } from './flow-compare.js'
import { type Figures, medianFigure, medianRatio } from './flow-measure.js'
import { type StepName, steps } from './flow-rounds.js'
import { codeCounts, type SizedStep, sessionCounts, sizedName } from './flow-sizes.js'
import { printTable } from './rounds.js'

const columns = ['memory, 1', 'memory, 16', 'sqlite, 1', 'sqlite, 16']

export function printSteps(figures: Figures): void {
  console.log('\nCPU microseconds per call, on memory and on SQLite, with 1 and with 16 in flight')
  const row = (step: StepName): string[] => [step, ...columns.map((column) => shown(figures, `${step}, ${column}`))]
  printTable([['', ...columns], ...steps.map(row)])
}

export function printComparison(figures: Figures): void {
  console.log('\nA completed TOTP step on SQLite: CPU microseconds, and how many times less than better-auth')
  const row = (title: string, name: string, rival: string): string[] => [
    title,
    shown(figures, name),
    medianRatio(figures, rival, name).toFixed(1),
  ]
  printTable([
    ['', 'cpu', 'times'],
    ...loads.flatMap((inFlight) => [
      row(`countersign, ${inFlight} in flight`, `own, ${inFlight}`, `rival, ${inFlight}`),
      row("  and a session row of the host's", `own with row, ${inFlight}`, `rival, ${inFlight}`),
      row(`better-auth, ${inFlight} in flight`, `rival, ${inFlight}`, `rival, ${inFlight}`),
    ]),
    row('countersign, not waiting for the disk', 'own, no wait', 'rival, no wait'),
    row('better-auth, not waiting for the disk', 'rival, no wait', 'rival, no wait'),
  ])
}

export function printBreakdown({ figures, bytes }: Breakdown): void {
  const cpuOf = (name: string): number => medianFigure(figures, name)
  const reading = {
    'arguments, hash of the session id': cpuOf('arguments'),
    'tag of the text that was loaded': cpuOf('tag'),
    'JSON.parse': cpuOf('parse'),
    'shape check, unpacking': cpuOf('decode') - cpuOf('tag') - cpuOf('parse'),
  }
  printStages('a guard on memory', bytes, cpuOf('guard'), {
    driver: cpuOf('memory load'),
    ...reading,
    decide: cpuOf('assess'),
  })
  printStages('a TOTP step on SQLite, in one call', bytes, cpuOf('totp'), {
    'driver: load and save': cpuOf('sqlite load and save'),
    ...reading,
    'decide: open the secret, TOTP, assess': cpuOf('verify'),
    'encode: prune, JSON.stringify, new tag': cpuOf('encode'),
    'more when saves wait for the disk': cpuOf('totp') - cpuOf('totp, no wait'),
  })
  console.log('\nThe guard on memory beside tag check, JSON.parse and one look-up in a map')
  const row = (title: string, name: string): string[] => [
    title,
    shown(figures, name),
    medianRatio(figures, 'guard', name).toFixed(2),
  ]
  printTable([
    ['', 'cpu', 'guard is times'],
    row("with the library's own HMAC", 'floor'),
    row("with node:crypto's HMAC", 'native floor'),
  ])
}

function printStages(title: string, bytes: number, total: number, stages: Readonly<Record<string, number>>): void {
  const sum = Object.values(stages).reduce((all, cpu) => all + cpu, 0)
  const row = (name: string, cpu: number): string[] => [name, cpu.toFixed(1), `${Math.round((cpu / total) * 100)} %`]
  console.log(`\nWhere the CPU time of ${title} goes, on a record of ${bytes} bytes; each stage measured alone`)
  printTable([
    ['', 'cpu', 'share'],
    ...Object.entries(stages).map(([name, cpu]) => row(name, cpu)),
    row('the rest: promises, garbage, less warm', total - sum),
    row('the whole call', total),
  ])
}

export function printSizes(figures: Figures): void {
  console.log('\nCPU microseconds on memory by sessions and recovery codes, and 25 sessions as times one')
  const row = (step: SizedStep, codes: number): string[] => [
    `${step}, ${codes} recovery codes`,
    ...sessionCounts.map((sessions) => shown(figures, sizedName(step, sessions, codes))),
    growth(figures, step, codes).toFixed(2),
  ]
  printTable([
    ['', ...sessionCounts.map(String), 'times'],
    ...(['guard', 'totp'] as const).flatMap((step) => codeCounts.map((codes) => row(step, codes))),
  ])
}

/** What 25 sessions cost as times one. */
export function growth(figures: Figures, step: SizedStep, codes: number): number {
  return medianRatio(figures, sizedName(step, 25, codes), sizedName(step, 1, codes))
}

function shown(figures: Figures, name: string): string {
  const cpu = medianFigure(figures, name)
  return cpu.toFixed(cpu < 10 ? 1 : 0)
}
