/** Writes a package's types beside its code: `.d.ts` for ES modules, and the same as `.d.cts` for CommonJS. */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const tsc = fileURLToPath(new URL('../node_modules/ts7/bin/tsc', import.meta.url))
const options = ['--noEmit', 'false', '--emitDeclarationOnly', '--declarationMap', 'false', '--rootDir', 'src']
const { status } = spawnSync(process.execPath, [tsc, '-p', '.', ...options, '--outDir', 'dist'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

// A relative import of a `.d.cts` leads to another: the package is of type "module", so `./x.js` would be an ES module.
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.d.ts')) continue
  const types = readFileSync(`dist/${file}`, 'utf8')
  writeFileSync(
    `dist/${file.replace(/\.ts$/, '.cts')}`,
    types.replace(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]+)\.js(['"])/g, '$1.cjs$2'),
  )
}
