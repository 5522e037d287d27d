/** Installs the workspace when the lockfile, the workspace file, a manifest or Node changed; otherwise does nothing. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)
const at = (path) => new URL(path, root)
const inputs = [
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'package.json',
  'packages/core/package.json',
  'packages/adapters/package.json',
  'examples/nest/package.json',
]

const hash = createHash('sha256').update(process.version)
for (const input of inputs) hash.update(readFileSync(at(input)))
const wanted = hash.digest('hex')
const stamp = at('node_modules/.setup-stamp')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const { packageManager } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  console.log(`Setting up with ${packageManager} ...`)
  const { status } = spawnSync(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, wanted)
}
