/** Builds and packs the packages once for all tests of the project, and installs the tarballs in a folder of their own. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

export const packages = ['core', 'adapters'] as const

/** Where the tests find what was packed. */
export interface Packed {
  /** A host's folder: its `node_modules` holds the packages from their tarballs. */
  readonly host: string
  /** The tarball of each package. */
  readonly tarballs: Readonly<Record<(typeof packages)[number], string>>
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly packed: Packed
  }
}

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A file inside the root's `node_modules`. */
export const bin = (path: string): string => join(root, 'node_modules', path)

/** Runs a program to its end; a failure shows all it printed. */
export function run(command: string, args: readonly string[], cwd: string, timeoutMs?: number): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    })
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string }
    throw new Error(`${command} ${args.join(' ')} failed: ${message}\n${stdout}\n${stderr}`)
  }
}

const node = (args: readonly string[], cwd: string): string => run(process.execPath, args, cwd)

function pack(name: string, scratch: string): string {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  node([bin('tsup/dist/cli-default.js')], folder)
  node([join(root, 'scripts/declarations.mjs')], folder)
  const target = join(scratch, 'packs', name)
  mkdirSync(target, { recursive: true })
  node([bin('pnpm/bin/pnpm.cjs'), 'pack', '--pack-destination', target], folder)
  return join(target, readdirSync(target)[0] as string)
}

function install(name: string, tarball: string, host: string): void {
  const installed = join(host, 'node_modules/@countersign', name)
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], host)
}

function prepareHost(scratch: string): Packed {
  const host = join(scratch, 'host')
  const tarballs = { core: pack('core', scratch), adapters: pack('adapters', scratch) }
  for (const name of packages) install(name, tarballs[name], host)
  for (const dependency of ['@noble/hashes', '@noble/ciphers', '@scure/base']) {
    mkdirSync(join(host, 'node_modules', dependency, '..'), { recursive: true })
    symlinkSync(join(root, 'packages/core/node_modules', dependency), join(host, 'node_modules', dependency), 'dir')
  }
  for (const peer of ['qr', 'hono']) {
    cpSync(bin(peer), join(host, 'node_modules', peer), { recursive: true, dereference: true })
  }
  writeFileSync(join(host, 'package.json'), '{"private":true}')
  return { host, tarballs }
}

/** Vitest's global setup: runs once before the first file of the project, and only if one of its files runs. */
export function setup(project: TestProject): () => void {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
  const clean = (): void => rmSync(scratch, { recursive: true, force: true })
  try {
    project.provide('packed', prepareHost(scratch))
  } catch (error) {
    clean()
    throw error
  }
  return clean
}
