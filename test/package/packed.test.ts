import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { bin, packages, run } from './pack.js'

const { host: scratch, tarballs } = inject('packed')

const node = (args: readonly string[], cwd = scratch): string => run(process.execPath, args, cwd)

const host = `
  const clock = createManualClock(1_800_000_000_000)
  const mfa = createMfa({ issuer: 'Acme', keys: [{ id: 'k', secret: testKey }], store: createMemoryStore(), messenger: createOutbox(), clock })
  const session = { userId: 'u', sessionId: 's' }
  unwrap(await mfa.sessions.begin(session, { method: 'password' }))
  const { uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'u@example.com' }))
  const { secret } = parseKeyUri(uri)
  const { assessment } = unwrap(await mfa.totp.confirm(session, { code: generateTotp(secret, clock.nowMs()) }))
  if (!renderQrSvg(uri).includes('<svg')) throw new Error('no QR code')
  console.log(assessment.level, assessment.amr.join('+'))
`
const names = {
  '@countersign/core': 'createMfa, isMfaError, MfaError, MfaRefusedError, unwrap',
  '@countersign/core/totp': 'decodeSecret, generateTotp, parseKeyUri',
  '@countersign/adapters/memory': 'createMemoryStore',
  '@countersign/adapters/testing': 'createManualClock, createOutbox, testKey',
  '@countersign/adapters/qr': 'renderQrSvg',
}
const imports = Object.entries(names)
  .map(([from, list]) => `import { ${list} } from '${from}'`)
  .join('\n')
const requires = Object.entries(names)
  .map(([from, list]) => `const { ${list} } = require('${from}')`)
  .join('\n')

/** One import of every subpath there is, so that no type of any is wrong for a host that checks its libraries. */
const everySubpath = packages
  .flatMap((name) => {
    const manifest = readFileSync(join(scratch, 'node_modules/@countersign', name, 'package.json'), 'utf8')
    const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> }
    return Object.keys(exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => `@countersign/${name}${path.slice(1)}`)
  })
  .map((subpath, index) => `import * as every${index} from '${subpath}'\nvoid every${index}`)

describe('the packed tarballs', () => {
  for (const name of packages) {
    it(`@countersign/${name} passes publint in its strict form`, () => {
      expect(node([bin('publint/src/cli.js'), '--strict', tarballs[name]])).toContain('All good')
    })

    it(`@countersign/${name} has right types for every resolution mode`, () => {
      node([bin('@arethetypeswrong/cli/dist/index.js'), tarballs[name], '--profile', 'strict', '--no-color'])
    })

    it(`@countersign/${name} holds its code, its types and its license, and no source`, () => {
      const files = run('tar', ['-tzf', tarballs[name]], scratch).split('\n')
      expect(files).toContain('package/LICENSE')
      expect(files).toContain('package/README.md')
      expect(files.filter((file) => file.includes('/src/'))).toEqual([])
      const manifest = readFileSync(join(scratch, 'node_modules/@countersign', name, 'package.json'), 'utf8')
      expect(manifest).not.toContain('@countersign/source')
      expect(manifest).not.toContain('workspace:')
      expect(manifest).not.toContain('catalog:')
    })
  }

  for (const name of packages) {
    it(`@countersign/${name} has a source map with its source for every file of code`, () => {
      const dist = join(scratch, 'node_modules/@countersign', name, 'dist')
      const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => /\.c?js$/.test(file))
      expect(files.length).toBeGreaterThan(4)
      for (const file of files) {
        const code = readFileSync(join(dist, file), 'utf8')
        expect(code, file).toContain(`//# sourceMappingURL=${basename(file)}.map`)
        const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(dist, `${file}.map`), 'utf8')) as {
          sources: readonly string[]
          sourcesContent?: readonly (string | null)[]
        }
        expect(
          sourcesContent.filter((source) => (source ?? '') !== ''),
          file,
        ).toHaveLength(sources.length)
      }
    })
  }

  it.each(['mjs', 'cjs'])('tell the place in the source where an error came from (%s)', (extension) => {
    const load = extension === 'mjs' ? 'import { decodeSecret } from' : 'const { decodeSecret } = require('
    const from = extension === 'mjs' ? "'@countersign/core/totp'" : "'@countersign/core/totp')"
    writeFileSync(
      join(scratch, `stack.${extension}`),
      `${load} ${from}\ntry { decodeSecret('!') } catch (error) { console.log(error.stack) }`,
    )
    expect(node(['--enable-source-maps', `stack.${extension}`])).toMatch(/src\/totp\/secret\.ts:\d+:\d+/)
  })

  it('work in an ES module host', () => {
    writeFileSync(join(scratch, 'host.mjs'), `${imports}\n${host}`)
    expect(node(['host.mjs']).trim()).toBe('aal2 pwd+otp+mfa')
  })

  it('work in a CommonJS host', () => {
    writeFileSync(join(scratch, 'host.cjs'), `${requires}\nvoid (async () => {${host}})()`)
    expect(node(['host.cjs']).trim()).toBe('aal2 pwd+otp+mfa')
  })

  it('recognize each other’s errors across the two copies, and share one error class within each', () => {
    const check = `
      ${imports}
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const other = require('@countersign/core')
      const caught = (call) => { try { call() } catch (error) { return error } }
      const ours = caught(() => decodeSecret('!'))
      const theirs = caught(() => require('@countersign/core/totp').decodeSecret('!'))
      console.log(JSON.stringify([
        ours instanceof MfaError, theirs instanceof other.MfaError, theirs instanceof MfaError,
        isMfaError(theirs), other.isMfaError(ours), isMfaError(new Error('x')), theirs.code,
      ]))`
    writeFileSync(join(scratch, 'errors.mjs'), check)
    expect(JSON.parse(node(['errors.mjs']))).toEqual([true, true, false, true, true, false, 'invalid_argument'])
  })

  it.each([
    ['node16 in a module', { module: 'node16', moduleResolution: 'node16' }, 'host.mts'],
    ['node16 in CommonJS', { module: 'node16', moduleResolution: 'node16' }, 'host.cts'],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'host.ts'],
    ['node10', { module: 'commonjs', moduleResolution: 'node10' }, 'host.ts'],
  ])('compile in a TypeScript host with %s resolution', (_name, options, file) => {
    expect(everySubpath.length).toBeGreaterThan(15)
    const body = `${imports}\n${everySubpath.join('\n')}\nexport async function host(): Promise<string> {\n${host.replace('const { secret }', 'const parsed').replace('generateTotp(secret', 'generateTotp(parsed.ok ? parsed.secret : new Uint8Array(20)')}\nreturn assessment.level }`
    writeFileSync(join(scratch, file), body)
    const config = {
      compilerOptions: {
        ...options,
        strict: true,
        noEmit: true,
        target: 'es2022',
        lib: ['es2023', 'dom'],
        types: [],
        skipLibCheck: false,
      },
      files: [file],
    }
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config))
    node([bin('typescript/bin/tsc'), '-p', 'tsconfig.json'])
  })
})
