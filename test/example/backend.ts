import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createManualClock, type ManualClock } from '@countersign/adapters/testing'
import { onTestFinished } from 'vitest'
import type { OutboxEntry } from '../../examples/backend/outbox.js'
import { type RunningBackend, startBackend } from '../../examples/backend/server.js'
import { freshSettings, type Settings } from '../../examples/backend/settings.js'

export const project = 'guide'
export const password = 'correct horse 1'

export interface TestBackend extends RunningBackend {
  readonly clock: ManualClock
  readonly databaseFile: string
}

type Overrides = Omit<Partial<Settings>, 'clock'> & { readonly clock?: ManualClock }

/** A backend of its own on a free port, with a clock to move and cheap passwords. */
export async function startTestBackend(overrides: Overrides = {}): Promise<TestBackend> {
  const { clock = createManualClock(Date.UTC(2026, 10, 24, 12)) } = overrides
  const passwordCost = { logN: 4, r: 8, p: 1 }
  const settings = freshSettings({ demo: true, port: 0, passwordCost, ...overrides, clock })
  const backend = await startBackend(settings)
  return {
    ...backend,
    clock,
    databaseFile: settings.databaseFile,
    async stop() {
      await backend.stop()
      if (overrides.databaseFile === undefined) rmSync(dirname(settings.databaseFile), { recursive: true, force: true })
    },
  }
}

/** The same, stopped when the test ends. */
export async function backendForTest(overrides: Overrides = {}): Promise<TestBackend> {
  const backend = await startTestBackend(overrides)
  onTestFinished(() => backend.stop())
  return backend
}

export type Json = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}

export interface TestClient {
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** What a browser would hold: name to value. */
  readonly cookies: Map<string, string>
}

/** A client with a cookie jar, as one browser is. */
export function clientOf(backend: RunningBackend): TestClient {
  const cookies = new Map<string, string>()
  return {
    cookies,
    async call(method, path, body, headers = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(`http://127.0.0.1:${backend.port}${path}`, {
        method,
        headers: {
          'x-appwrite-project': project,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(cookie !== '' && { cookie }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      keepCookies(response, cookies)
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('application/json') === true
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } }
    },
  }
}

export function keepCookies(response: Response, cookies: Map<string, string>): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = '', ...attributes] = line.split('; ')
    const at = pair.indexOf('=')
    const expires = attributes.find((each) => each.startsWith('Expires='))?.slice('Expires='.length)
    if (expires !== undefined && Date.parse(expires) === 0) cookies.delete(pair.slice(0, at))
    else cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

let accounts = 0

/** Signs up, and answers the address. */
export async function givenAccount(client: TestClient): Promise<{ readonly email: string; readonly id: string }> {
  const email = `person${++accounts}@example.com`
  const { status, body } = await client.call('POST', '/v1/account', {
    userId: 'unique()',
    email,
    password,
    name: 'Kim',
  })
  if (status !== 201) throw new Error(`no account: ${status}`)
  return { email, id: String(body['$id']) }
}

/** Signs up and in. */
export async function givenSignedIn(client: TestClient): Promise<{ readonly email: string; readonly id: string }> {
  const account = await givenAccount(client)
  const { status } = await signIn(client, account.email)
  if (status !== 201) throw new Error(`no session: ${status}`)
  return account
}

export function signIn(client: TestClient, email: string, secret: string = password): Promise<Answer> {
  return client.call('POST', '/v1/account/sessions/email', { email, password: secret })
}

/** The newest message to an address. */
export function lastTo(backend: RunningBackend, to: string): OutboxEntry {
  const found = backend.outbox.findLast((entry) => entry.to === to)
  if (found === undefined) throw new Error(`nothing was sent to ${to}`)
  return found
}
