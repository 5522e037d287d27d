import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const generated = `${root}test/docs/.generated/`
const pages = ['README.md', ...readdirSync(`${root}docs/guides`).map((file) => `docs/guides/${file}`)]
const nameOf = (page: string): string => page.replace(/^.*\//, '').replace('.md', '')

/** What each page prints when its snippets run, one after the other, as one program. */
const printed: Readonly<Record<string, readonly string[]>> = {
  README: [
    '401 {"error":"wrong_password"}',
    '401 {"error":"mfa_required","next":"sign_in","offers":[]}',
    '200 {"done":true,"next":"none","offers":[]}',
    '200 {"done":false,"next":"second_factor","offers":[{"factor":"totp"',
    '401 {"error":"mfa_required","next":"second_factor","offers":[{"factor":"totp"',
    '401 {"error":"invalid_code"}',
    '200 {"done":true}',
    '200 {"balance":42}',
    '400 {"error":"invalid_argument"}',
    '500 not ours',
  ],
  'add-mfa': [
    'true none',
    'true true',
    '10',
    "second_factor [ 'totp', 'phone', 'email', 'recovery_code' ]",
    'a code is on its way to +49*********78',
    '401 mfa_required second_factor',
    "step up by [ 'totp' ]",
    'invalid_argument',
  ],
  'roll-out': ['none', 'aal1', 'fresh_proof_required', 'true true', 'sign_in_again'],
  'test-your-sign-in': [],
  'send-messages': ['one function true'],
  'choose-a-store': ['create table', '"auth"."mfa_record"', '_recovery_codes', 'erase load save'],
  http: [
    'hono 200 true',
    "own route [ 'password', 'totp' ]",
    'halfway user_more_factors_required',
    'express 401 user_more_factors_required',
    "rotated 200 [ 'password', 'totp' ] true",
    'express 200',
    'fastify true 200',
    'malformed 400 general_argument_invalid',
    'faults 0',
  ],
  'write-a-store': ['22 passed, 0 failed'],
  'rotate-keys': ["[ '2026-01' ]", "[ '2026-11' ]"],
  'what-is-stored': ["[ [ 'email', 'active', 'k***@example.com' ] ]", "1 { total: 0 } [ 'test' ]"],
}

function snippetsOf(page: string): readonly string[] {
  return [...readFileSync(`${root}${page}`, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code as string,
  )
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const programs = pages.filter((page) => snippetsOf(page).length > 0)

beforeAll(() => {
  rmSync(generated, { recursive: true, force: true })
  mkdirSync(generated, { recursive: true })
  for (const page of programs) {
    const around = (place: string): string => read(`${root}test/docs/pages/${nameOf(page)}.${place}.ts`)
    const program = [around('before'), ...snippetsOf(page), around('after')].join('\n')
    writeFileSync(`${generated}${nameOf(page)}.ts`, `${program}\nexport {}\n`)
  }
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, incremental: false },
    include: ['*.ts'],
    exclude: [],
  }
  writeFileSync(`${generated}tsconfig.json`, JSON.stringify(config))
})

afterAll(() => rmSync(generated, { recursive: true, force: true }))

function node(args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${args.join(' ')} failed\n${stdout}\n${stderr}`)
  }
}

describe('the snippets of README and guides', () => {
  it('compile, all of them', () => {
    node(['node_modules/ts7/bin/tsc', '-p', `${generated}tsconfig.json`])
  }, 60_000)

  it.each(programs)(
    '%s runs, and prints what it says',
    (page) => {
      const expected = printed[nameOf(page)]
      if (expected === undefined) throw new Error(`say what ${page} prints`)
      const output = node(['--conditions=@countersign/source', '--import', 'tsx', `${generated}${nameOf(page)}.ts`])
      let from = 0
      for (const line of expected) {
        const at = output.indexOf(line, from)
        expect(at, `"${line}" in\n${output}`).toBeGreaterThanOrEqual(0)
        from = at + line.length
      }
    },
    60_000,
  )

  it('are found: a page without any would test nothing', () => {
    expect(programs.length).toBeGreaterThanOrEqual(7)
  })
})
