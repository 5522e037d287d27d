/**
 * Runs a benchmark as JavaScript, bundled as a host's own build would: `node scripts/bench.mjs NAME [--json]`. Run from its
 * sources, a loader would sit in the process and wrap every function.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const [name = '', ...rest] = process.argv.slice(2)
const root = fileURLToPath(new URL('..', import.meta.url))
const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const outdir = `${root}node_modules/.bench`
rmSync(outdir, { recursive: true, force: true })
await build({
  // A benchmark may start others of its files as processes: `http-servers` beside `http`.
  entryPoints: [`bench/${name}.ts`, `bench/${name}-servers.ts`].filter((entry) => existsSync(root + entry)),
  absWorkingDir: root,
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@countersign/source'],
  external: Object.keys(devDependencies).filter((dependency) => !dependency.startsWith('@countersign/')),
})
const { status } = spawnSync(process.execPath, [`${outdir}/${name}.mjs`, ...rest], { stdio: 'inherit', cwd: root })
process.exit(status ?? 1)
