/** `npm run release`: builds, proves the tarballs and publishes both packages with provenance. `--dry-run` publishes nothing. */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { obstaclesToRelease, type ReleaseState } from './release-obstacles.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const isDryRun = process.argv.includes('--dry-run')
const packages = ['core', 'adapters']

function run(program: string, args: readonly string[], cwd = root): void {
  const env = { ...process.env, NPM_CONFIG_PROVENANCE: String(!isDryRun) }
  const { status } = spawnSync(process.execPath, [`${root}node_modules/${program}`, ...args], {
    cwd,
    env,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

const obstacles = obstaclesToRelease({
  changesets: readdirSync(`${root}.changeset`),
  manifests: packages.map(
    (name) =>
      JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8')) as ReleaseState['manifests'][number],
  ),
  environment: process.env,
  uncommitted: spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout,
})
for (const obstacle of obstacles) console.error(obstacle)
if (obstacles.length > 0 && !isDryRun) process.exit(1)

// Builds too: what is proven is what is published.
run('vitest/vitest.mjs', ['run', '--project', 'package'])
if (isDryRun) {
  for (const name of packages)
    run('pnpm/bin/pnpm.cjs', ['publish', '--dry-run', '--no-git-checks'], `${root}packages/${name}`)
} else {
  run('@changesets/cli/bin.js', ['publish'])
}
