import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backendForTest, clientOf, givenAccount, givenSignedIn, password, signIn, startTestBackend } from './backend.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'examples/backend')

interface Run {
  readonly child: ChildProcess
  /** What it printed until it listened, or until it ended. */
  readonly output: string
}

async function runProgram(env: Readonly<Record<string, string>>): Promise<Run> {
  const args = ['--conditions=@countersign/source', '--import', 'tsx', 'examples/backend/main.ts']
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH, HOME, PORT: '0', ...env } })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let output = ''
  await new Promise<void>((resolve) => {
    const take = (chunk: Buffer): void => {
      output += chunk.toString()
      if (/the database: .*\n/.test(output)) resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('close', () => resolve())
  })
  return { child, output }
}

describe('The example backend as a program', () => {
  it('has two names, demo and example', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>
    }
    expect(scripts['example']).toContain('examples/backend/main.ts')
    expect(scripts['demo']).toBe(scripts['example'])
    expect(scripts['predemo']).toBe(scripts['preexample'])
  })

  it('says where it listens, serves the page and its messages, and cleans up when it is stopped', async () => {
    const { child, output } = await runProgram({ DEMO: '1' })
    const url = /listening on (http:\/\/localhost:\d+)/.exec(output)?.[1] ?? ''
    const page = await fetch(`${url}/`)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('<html')
    expect(await (await fetch(`${url}/__outbox`)).json()).toEqual([])
    const database = /the database: (.*)/.exec(output)?.[1] ?? ''
    expect(existsSync(database)).toBe(true)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(existsSync(database)).toBe(false)
  })

  it('says, without the demo flag, that it prints the codes it would send', async () => {
    const { output } = await runProgram({})
    expect(output).toMatch(/its messages: printed here, codes and links too/)
    expect(output).not.toContain('__outbox')
  })

  it('says which port is taken and how to choose another, and leaves nothing behind', async () => {
    const other = await backendForTest()
    const temporary = mkdtempSync(join(tmpdir(), 'countersign-example-test-'))
    onTestFinished(() => rmSync(temporary, { recursive: true, force: true }))
    const { child, output } = await runProgram({ PORT: String(other.port), TMPDIR: temporary })
    expect(output).toContain(`Port ${other.port} is taken.`)
    expect(output).toContain('PORT=8081 npm run example')
    expect(output).not.toContain('    at ')
    expect(child.exitCode).toBe(1)
    expect(readdirSync(temporary).filter((name) => name.startsWith('countersign-example'))).toEqual([])
  })

  it('does not keep a database whose key it would forget', async () => {
    const { child, output } = await runProgram({ DATABASE: join(tmpdir(), 'never-made.db') })
    expect(output).toContain('MFA_KEY')
    expect(child.exitCode).toBe(1)
    expect(existsSync(join(tmpdir(), 'never-made.db'))).toBe(false)
  })
})

describe('The outbox and the page', () => {
  it('are there in the demo; without its flag nobody can read the messages', async () => {
    const plain = await backendForTest({ demo: false })
    const demo = await backendForTest()
    expect((await clientOf(plain).call('GET', '/__outbox')).status).toBe(404)
    expect((await clientOf(plain).call('GET', '/')).status).toBe(200)
    const client = clientOf(demo)
    const { email, id } = await givenSignedIn(client)
    const path = '/v1/account/verifications/email'
    await client.call('POST', path, { url: 'https://example.com/verify' })
    await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email: 'other@example.com' })
    const entries = (await (await fetch(`http://127.0.0.1:${demo.port}/__outbox`)).json()) as Record<string, string>[]
    expect(entries.map(({ to }) => to)).toEqual([email, 'other@example.com'])
    expect(entries[0]).toMatchObject({ channel: 'email', userId: id, link: expect.stringContaining('https://') })
    expect(entries[0]?.['link']).toContain(String(entries[0]?.['secret']))
    expect(entries[1]?.['code']).toMatch(/^\d{6}$/)
  })

  it('keeps the last two hundred messages', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    for (let each = 0; each < 201; each++) {
      await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email: `k${each}@example.com` })
    }
    expect(backend.outbox.length).toBe(200)
    expect(backend.outbox[0]?.to).toBe('k1@example.com')
    expect(backend.outbox.at(-1)?.to).toBe('k200@example.com')
  })

  it("serve the page's own files and nothing else", async () => {
    const backend = await backendForTest()
    const load = (path: string) => fetch(`http://127.0.0.1:${backend.port}${path}`)
    const types: Readonly<Record<string, string>> = {
      js: 'text/javascript',
      css: 'text/css',
      svg: 'image/svg+xml',
      html: 'text/html',
    }
    for (const file of readdirSync(join(folder, 'page'))) {
      const answer = await load(`/page/${file}`)
      expect([file, answer.status]).toEqual([file, 200])
      expect(answer.headers.get('content-type')).toContain(types[file.slice(file.lastIndexOf('.') + 1)])
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    }
    for (const path of [
      '/page/..%2fserver.ts',
      '/page/..%2f..%2f..%2fpackage.json',
      '/page/server.ts',
      '/page/none.js',
    ]) {
      expect([path, (await load(path)).status]).toEqual([path, 404])
    }
  })
})

describe('A database that stays', () => {
  it('keeps accounts, sessions and MFA over a restart with the same key', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'countersign-example-test-'))
    onTestFinished(() => rmSync(kept, { recursive: true, force: true }))
    const settings = {
      databaseFile: join(kept, 'backend.db'),
      mfaKeys: [{ id: 'first', secret: randomBytes(32).toString('base64') }],
    }
    const before = await startTestBackend(settings)
    const client = clientOf(before)
    const { email, id } = await givenAccount(client)
    await signIn(client, email)
    await client.call('POST', '/v1/account/mfa/recovery-codes', {})
    await before.stop()
    const after = await startTestBackend(settings)
    onTestFinished(() => after.stop())
    const again = clientOf(after)
    for (const [name, value] of client.cookies) again.cookies.set(name, value)
    expect((await again.call('GET', '/v1/account')).body['$id']).toBe(id)
    const codes = await again.call('POST', '/v1/account/mfa/recovery-codes', {})
    expect(codes.body['type']).toBe('user_recovery_codes_already_exists')
    expect((await signIn(clientOf(after), email, password)).status).toBe(201)
  })
})
