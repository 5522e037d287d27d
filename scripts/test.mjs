/** `npm test`: every check there is. A failed check does not stop the others; the last line counts them all. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../', import.meta.url)
const bin = (path) => new URL(`../node_modules/${path}`, import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
const report = join(folder, 'vitest.json')

const checks = [
  ['type check', bin('ts7/bin/tsc'), '--noEmit'],
  ['type check of the core without a platform', bin('ts7/bin/tsc'), '-p', 'packages/core', '--noEmit'],
  ['type check of the browser tests', bin('ts7/bin/tsc'), '-p', 'test/browser'],
  ['lint and format', bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
  ['dead exports and dependencies', bin('knip/bin/knip.js')],
  ['docs site and its links', '--import', 'tsx', 'scripts/docs-check.ts'],
]

const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []

for (const [name, ...command] of checks) {
  console.log(`\n== ${name}`)
  count(name, run(command) === 0)
}

console.log('\n== tests')
const status = run([
  bin('vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
])
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  totals.passed += numPassedTests
  totals.failed += numFailedTests
  totals.skipped += numPendingTests + numTodoTests
  const skipped = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter((each) => each.status !== 'passed' && each.status !== 'failed'),
  )
  for (const { fullName } of skipped) console.log(`skipped: ${fullName}`)
  if (status !== 0 && numFailedTests === 0) count('test run', false)
} else {
  count('test run', false)
}
rmSync(folder, { recursive: true, force: true })

for (const name of failures) console.log(`failed: ${name}`)
console.log(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
)
process.exit(totals.failed === 0 ? 0 : 1)

function run(command) {
  // A server that never answers must not hang the run for good.
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', timeout: 15 * 60_000 }).status
}

function count(name, passed) {
  totals[passed ? 'passed' : 'failed']++
  if (!passed) failures.push(name)
}
