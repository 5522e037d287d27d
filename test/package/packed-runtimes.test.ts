import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, buildSync } from 'esbuild'
import { describe, expect, inject, it } from 'vitest'
import { installRuntimes, jest, type Runtime, runtimes, workerd } from '../runtimes/runtimes.js'
import { planFor } from '../services.js'
import { root, run } from './pack.js'

installRuntimes()

const { host } = inject('packed')
const limitMs = 60_000
const seen = { vectors: 18, level: 'aal2', amr: 'pwd+otp+mfa', qr: true }

const source = join(root, 'test/runtimes')
for (const file of readdirSync(source)) {
  if (/\.(cjs|mjs|capnp)$/.test(file)) copyFileSync(join(source, file), join(host, file))
}

/** A test of a program that may be missing: skipped by name, or failed where services are required. */
function itWith(program: string, title: string, test: () => void): void {
  const plan = planFor(existsSync(program), process.env.REQUIRE_SERVICES === '1')
  if (plan === 'run') return void it(title, test)
  it.skipIf(plan === 'skip')(`${title} (not installed)`, () => {
    throw new Error(`REQUIRE_SERVICES=1, and ${program} is not installed`)
  })
}

function runWith({ program, args }: Runtime, file: string): unknown {
  return JSON.parse(run(program, [...args, file], host, limitMs))
}

describe('the packed packages do their whole work', () => {
  for (const runtime of runtimes) {
    itWith(runtime.program, `as ES modules on ${runtime.name}`, () => {
      expect(runWith(runtime, 'smoke.mjs')).toEqual({ runtime: runtime.version, ...seen })
    })

    itWith(runtime.program, `as CommonJS on ${runtime.name}`, () => {
      expect(runWith(runtime, 'smoke.cjs')).toEqual({ runtime: runtime.version, ...seen })
    })
  }

  itWith(workerd, 'bundled, on workerd: all but the QR codes with nothing of Node, and all with nodejs_compat', () => {
    const shared: BuildOptions = { bundle: true, format: 'esm', platform: 'browser', absWorkingDir: host }
    buildSync({ ...shared, entryPoints: ['worker.mjs'], outfile: 'worker.bundle.js' })
    const compat = { entryPoints: ['worker-nodejs-compat.mjs'], outfile: 'worker-nodejs-compat.bundle.js' }
    buildSync({ ...shared, ...compat, external: ['zlib', 'node:*'] })
    const printed = run(workerd, ['test', 'worker.capnp'], host, limitMs)
    const worker = { runtime: 'Cloudflare-Workers', ...seen }
    expect(
      printed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ ...worker, qr: false }, worker])
  })

  itWith(jest, 'as CommonJS in Jest, with no flag and no configuration', () => {
    run(process.execPath, [jest, '--ci', '--no-cache', '--no-watchman', 'jest.test.cjs'], host, limitMs)
  })
})
