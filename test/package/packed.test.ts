import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
const packages = ['core', 'adapters'] as const
const tarballs: Record<string, string> = {}

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout}\n${stderr}`)
  }
}

const node = (args: readonly string[], cwd = scratch): string => run(process.execPath, args, cwd)
const bin = (path: string): string => join(root, 'node_modules', path)

beforeAll(() => {
  for (const name of packages) {
    const folder = join(root, 'packages', name)
    rmSync(join(folder, 'dist'), { recursive: true, force: true })
    node([bin('tsup/dist/cli-default.js')], folder)
    const target = join(scratch, 'packs', name)
    mkdirSync(target, { recursive: true })
    node([bin('pnpm/bin/pnpm.cjs'), 'pack', '--pack-destination', target], folder)
    const file = readdirSync(target)[0] as string
    tarballs[name] = join(target, file)
    const installed = join(scratch, 'node_modules/@countersign', name)
    mkdirSync(installed, { recursive: true })
    run('tar', ['-xzf', join(target, file), '-C', installed, '--strip-components=1'], scratch)
  }
  for (const dependency of ['@noble/hashes', '@noble/ciphers', '@scure/base']) {
    mkdirSync(join(scratch, 'node_modules', dependency, '..'), { recursive: true })
    symlinkSync(join(root, 'packages/core/node_modules', dependency), join(scratch, 'node_modules', dependency), 'dir')
  }
  cpSync(bin('qr'), join(scratch, 'node_modules/qr'), { recursive: true, dereference: true })
  writeFileSync(join(scratch, 'package.json'), '{"private":true}')
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

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

describe('the packed tarballs', () => {
  for (const name of packages) {
    it(`@countersign/${name} passes publint in its strict form`, () => {
      expect(node([bin('publint/src/cli.js'), '--strict', tarballs[name] as string])).toContain('All good')
    })

    it(`@countersign/${name} has right types for every resolution mode`, () => {
      node([bin('@arethetypeswrong/cli/dist/index.js'), tarballs[name] as string, '--profile', 'strict', '--no-color'])
    })

    it(`@countersign/${name} holds its code, its types and its license, and no source`, () => {
      const files = run('tar', ['-tzf', tarballs[name] as string], scratch).split('\n')
      expect(files).toContain('package/LICENSE')
      expect(files).toContain('package/README.md')
      expect(files.filter((file) => file.includes('/src/'))).toEqual([])
      const manifest = readFileSync(join(scratch, 'node_modules/@countersign', name, 'package.json'), 'utf8')
      expect(manifest).not.toContain('@countersign/source')
      expect(manifest).not.toContain('workspace:')
      expect(manifest).not.toContain('catalog:')
    })
  }

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
    const body = `${imports}\nexport async function host(): Promise<string> {\n${host.replace('const { secret }', 'const parsed').replace('generateTotp(secret', 'generateTotp(parsed.ok ? parsed.secret : new Uint8Array(20)')}\nreturn assessment.level }`
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
