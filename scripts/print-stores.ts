/** Writes docs/stores.md: every shipped store against every law and every race, as a run just found them. */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { runStoreSuite, type StoreReport, storeCases } from '@countersign/adapters/conformance'
import { type NamedSpec, openFleet } from '../test/stores/every-server.js'
import { openStore } from '../test/stores/open-store.js'
import { openRaceTrack, type RaceOutcome, races } from '../test/stores/races.js'
import { openRemoteStores } from '../test/stores/remote-store.js'

interface Finding {
  readonly title: string
  readonly report: StoreReport
  readonly races: readonly RaceOutcome[]
}

const laws = [...new Set(storeCases.map(({ law }) => law))].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
const raceNames = Object.keys(races)

async function examine({ title, spec }: NamedSpec): Promise<Finding> {
  const { store, rawLoad, drop, close } = await openStore(spec)
  await store.setup()
  const remote = openRemoteStores(spec)
  const report = await runStoreSuite({ open: async () => remote.next(), rawLoad, close: remote.close })
  const track = await openRaceTrack(spec)
  const outcomes: RaceOutcome[] = []
  for (const race of raceNames) outcomes.push(await track.run(race))
  await track.close()
  await drop()
  await close()
  const failed = report.failed.length + outcomes.filter(({ faults }) => faults.length > 0).length
  console.log(`${title}: ${report.passed.length} cases, ${outcomes.length} races, ${failed} failed`)
  return { title, report, races: outcomes }
}

function rowOfLaws({ title, report }: Finding): string {
  const cellOf = (law: string): string => {
    const cases = storeCases.filter((each) => each.law === law)
    const passed = cases.filter(({ id }) => report.passed.includes(id))
    return passed.length === cases.length
      ? `${cases.length} of ${cases.length}`
      : `**${passed.length} of ${cases.length}**`
  }
  return `| ${[title, ...laws.map(cellOf)].join(' | ')} |`
}

function rowOfRaces({ title, races: outcomes }: Finding): string {
  const cells = outcomes.map(({ faults, counts }) => (faults.length === 0 ? counts : `**${faults.join('; ')}**`))
  return `| ${[title, ...cells].join(' | ')} |`
}

const tableHead = (cells: readonly string[]): string =>
  `| ${cells.join(' | ')} |\n|${cells.map(() => '---').join('|')}|`

const versionOf = (program: string, ...args: readonly string[]): string =>
  /\d+\.\d+(?:\.\d+)?/.exec(execFileSync(program, [...args], { encoding: 'utf8' }))?.[0] ?? 'unknown'

function pageOf(findings: readonly Finding[]): string {
  const busy = findings.reduce(
    (sum, { races: outcomes }) => sum + outcomes.reduce((all, each) => all + each.busy, 0),
    0,
  )
  return `# Stores: what a run found

Written by \`npm run docs:stores\`; edit the script, not this page. Which store to take, and how to set it up in
production: [choose a store](guides/choose-a-store.md). The laws: [ports](ports.md).

Node ${process.versions.node}, PostgreSQL ${versionOf('postgres', '--version')}, MariaDB ${versionOf('mariadbd', '--version')}, Redis ${versionOf('redis-server', '--version')} with \`appendfsync always\`.

## Laws

Cases of the conformance suite that passed, over four processes with a connection each.

${tableHead(['store', ...laws])}
${findings.map(rowOfLaws).join('\n')}

## Races

64 calls on one user at once, from four processes that know nothing of each other. A cell counts how the calls ended; a
cell in bold says what was not exact. \`busy\` means "try again", and that nothing was counted or revealed; there were
${busy} in this run.

${raceNames.map((race, index) => `${index + 1}. ${race}`).join('\n')}

${tableHead(['store', ...raceNames.map((_, index) => `${index + 1}`)])}
${findings.map(rowOfRaces).join('\n')}
`
}

const fleet = await openFleet({
  postgres: process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mysql: process.env.MARIADB_URL ?? 'mysql://root@127.0.0.1:3306',
})
const findings: Finding[] = []
for (const each of fleet.specs) findings.push(await examine(each))
await fleet.close()
writeFileSync(new URL('../docs/stores.md', import.meta.url), pageOf(findings))
process.exitCode = /\*\*/.test(findings.map((each) => rowOfLaws(each) + rowOfRaces(each)).join()) ? 1 : 0
