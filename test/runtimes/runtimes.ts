/** The runtimes beside this one, installed from the npm registry on demand, and how each runs a file. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
// Outside the workspace: the programs are named `node` too, and would shadow the real one in every script.
const folder = join(root, 'node_modules/.cache/runtimes')
const lists = ['package.json', 'pnpm-lock.yaml']

export interface Runtime {
  readonly name: string
  /** The program, whether it is there or not. */
  readonly program: string
  /** What comes before the file's name. */
  readonly args: readonly string[]
  /** How the runtime calls itself. */
  readonly version: string
}

const installed = (path: string): string => join(folder, 'node_modules', path)
const { optionalDependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
  optionalDependencies: Record<string, string>
}
const versionOf = (name: string): string => (optionalDependencies[name] as string).replace(/^.*@/, '')

function nodeOf(major: number): Runtime {
  const name = `node${major}`
  const version = `node ${versionOf(name)}`
  return { name: `Node ${major}`, program: installed(`${name}/bin/node`), args: [], version }
}

/** Every runtime that runs a file as it is. */
export const runtimes: readonly Runtime[] = [
  { name: 'this Node', program: process.execPath, args: [], version: `node ${process.versions.node}` },
  // The oldest release that the packages' `engines` promise, not the newest of its line.
  nodeOf(20),
  nodeOf(22),
  nodeOf(24),
  nodeOf(26),
  {
    name: 'Bun',
    program: installed('@oven/bun-linux-x64-baseline/bin/bun'),
    args: ['run'],
    version: `bun ${versionOf('@oven/bun-linux-x64-baseline')}`,
  },
  {
    name: 'Deno',
    program: installed('@deno/linux-x64-glibc/deno'),
    args: ['run', '--no-remote', '--node-modules-dir=manual', '--no-prompt', '--allow-read'],
    version: `deno ${versionOf('@deno/linux-x64-glibc')}`,
  },
]

export const workerd: string = installed('@cloudflare/workerd-linux-64/bin/workerd')
export const jest: string = installed('jest/bin/jest.js')

const programs = [...runtimes.map(({ program }) => program), workerd, jest]

/**
 * Installs what is missing (280 packages, 900 MB unpacked; 25 s from the registry, 4 s from pnpm's own store). Never
 * throws: what is not there afterwards is skipped by name, or fails where services are required.
 */
export function installRuntimes(): void {
  const hash = createHash('sha256').update(process.version)
  for (const list of lists) hash.update(readFileSync(join(source, list)))
  const wanted = hash.digest('hex')
  const stamp = join(folder, '.stamp')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  mkdirSync(folder, { recursive: true })
  for (const list of lists) cpSync(join(source, list), join(folder, list))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/pnpm/bin/pnpm.cjs'),
      'install',
      '--ignore-workspace',
      '--frozen-lockfile',
      '--ignore-scripts',
      '--prefer-offline',
      '--reporter=append-only',
    ],
    { cwd: folder, encoding: 'utf8', timeout: 240_000, env: { ...process.env, CI: 'true' } },
  )
  if (status !== 0) console.warn(`the runtimes were not installed:\n${stdout}\n${stderr}`)
  // An optional package that could not be had is no failure of the install: the next run tries again.
  else if (programs.every((program) => existsSync(program))) writeFileSync(stamp, wanted)
}
