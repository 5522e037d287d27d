/** A host of the tests' own: accounts and sessions in memory, and a client that speaks the dialect to its handler. */

import { createMfaHandler, type MfaHandler, type MfaHandlerOptions } from '@countersign/adapters/http'
import { createMemoryStore } from '@countersign/adapters/memory'
import { createAuthenticatorApp, createTestMfa } from '@countersign/adapters/testing'
import { type BeginOptions, type MfaOptions, type MfaStore, unwrap } from '@countersign/core'
import { expect } from 'vitest'

export const base = 'http://api.example'
export const page = 'https://app.example'
export const second = 1000
export const minute: number = 60 * second

export interface Account {
  readonly id: string
  email: string
  phone: string
  emailVerification: boolean
  phoneVerification: boolean
}

export interface HostSession {
  /** Opens the session: never in an answer. */
  readonly secret: string
  readonly publicId: string
  readonly userId: string
}

/** An answer, with its body read. */
export interface Answer {
  readonly status: number
  // Bodies of every shape are looked into by the tests.
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: Headers
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>

/** A store whose whole content can be compared. */
export function createWatchedStore(): MfaStore & { snapshot(): string; failNext(what: 'load' | 'save'): void } {
  const inner = createMemoryStore()
  const saved = new Map<string, string>()
  const failing = { load: 0, save: 0 }
  const failIf = (what: 'load' | 'save'): void => {
    if (failing[what]-- > 0) throw new Error('the database said: password=hunter2')
    failing[what] = 0
  }
  return {
    async load(owner) {
      failIf('load')
      return inner.load(owner)
    },
    async save(owner, data, version, expected) {
      failIf('save')
      const done = await inner.save(owner, data, version, expected)
      if (done) saved.set(owner, data)
      return done
    },
    erase: (owner) => inner.erase(owner),
    snapshot: () => JSON.stringify([...saved].sort()),
    failNext(what) {
      failing[what] = 1
    },
  }
}

export interface SceneOptions {
  readonly mfa?: Partial<MfaOptions>
  readonly handler?: Partial<MfaHandlerOptions<unknown>>
}

/** The session secret of a request: in the cookie of project `demo`, or in the dialect's header. */
function secretOf(request: Request): string | undefined {
  const cookie = /(?:^|;\s*)a_session_demo=([^;]*)/.exec(request.headers.get('cookie') ?? '')?.[1]
  return cookie ?? request.headers.get('x-appwrite-session') ?? undefined
}

export function createScene(options: SceneOptions = {}) {
  const store = createWatchedStore()
  const { policy, ...others } = options.mfa ?? {}
  const test = createTestMfa({ store, policy: { optIn: 'explicit', ...policy }, ...others })
  const accounts = new Map<string, Account>()
  const sessions = new Map<string, HostSession>()
  const faults: unknown[] = []
  const verified: string[] = []
  const sessionOf = (request: Request): HostSession | undefined => sessions.get(secretOf(request) ?? '')

  const handlerOptions: MfaHandlerOptions<unknown> = {
    mfa: test.mfa,
    basePath: '/v1',
    allowedOrigins: [page],
    verificationUrls: [page],
    authenticate(request) {
      const session = sessionOf(request)
      const account = accounts.get(session?.userId ?? '')
      if (session === undefined || account === undefined) return null
      const { email, phone } = account
      return { userId: account.id, sessionId: session.secret, ...(email && { email }), ...(phone && { phone }) }
    },
    describeUser({ userId }) {
      const account = accounts.get(userId)
      if (account === undefined) return null
      const { id, ...rest } = account
      return { $id: id, $createdAt: new Date(0), ...rest }
    },
    describeSession({ userId, sessionId }) {
      const session = sessions.get(sessionId)
      if (session === undefined) throw new Error('no such session')
      return { $id: session.publicId, $createdAt: new Date(0), userId, provider: 'email' }
    },
    onContactVerified({ user, channel, address }) {
      const account = accounts.get(user.userId)
      verified.push(`${channel} ${address}`)
      if (account?.[channel] === address) account[`${channel}Verification`] = true
    },
    onError: (error) => faults.push(error),
    ...options.handler,
  }
  const handler: MfaHandler<unknown> = createMfaHandler(handlerOptions)

  let numbers = 0
  const givenAccount = (fields: Partial<Account> = {}): Account => {
    const id = fields.id ?? `user${++numbers}`
    const account = { id, email: `${id}@example.com`, phone: '', emailVerification: false, phoneVerification: false }
    accounts.set(id, { ...account, ...fields })
    return accounts.get(id) as Account
  }
  const signIn = async (account: Account, begin: BeginOptions = { method: 'password' }) => {
    const number = ++numbers
    const session = { secret: `secret-of-session-${number}`, publicId: `session${number}`, userId: account.id }
    sessions.set(session.secret, session)
    const ref = { userId: account.id, sessionId: session.secret }
    unwrap(await test.mfa.sessions.begin(ref, begin))
    return { ...session, ref, send: sender(handler, { cookie: `a_session_demo=${session.secret}` }) }
  }
  return {
    ...test,
    store,
    handler,
    handlerOptions,
    accounts,
    sessions,
    faults,
    verified,
    sessionOf,
    givenAccount,
    signIn,
    guest: sender(handler, {}),
    /** A user whose email is verified, with an app and codes, MFA on, and a session signed in by password alone. */
    async givenProtected() {
      const account = givenAccount({ phone: `+4915100000${String(numbers + 100).padStart(3, '0')}` })
      const setUp = await signIn(account)
      const app = createAuthenticatorApp(test.clock)
      const codes = (await setUp.send('POST', '/account/mfa/recovery-codes')).body.recoveryCodes as readonly string[]
      await test.mfa.contacts.attest({ userId: account.id }, { channel: 'email', address: account.email })
      await test.mfa.contacts.attest({ userId: account.id }, { channel: 'phone', address: account.phone })
      account.emailVerification = true
      account.phoneVerification = true
      const { body } = await setUp.send('POST', '/account/mfa/authenticators/totp')
      app.scan(body.uri as string)
      await setUp.send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })
      const switched = await setUp.send('PATCH', '/account/mfa', { mfa: true })
      if (switched.status !== 200) throw new Error(switched.text)
      test.outbox.clear()
      return { account, app, codes, setUp, half: await signIn(account) }
    },
  }
}

export type Scene = ReturnType<typeof createScene>

/** Sends as the reference client does: JSON always, with its headers. */
export function sender(
  handler: (request: Request, ctx?: unknown) => Promise<Response>,
  always: Readonly<Record<string, string>>,
): Send {
  return async (method, path, body, headers = {}) => {
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const request = new Request(`${base}/v1${path}`, {
      method,
      headers: {
        'x-appwrite-project': 'demo',
        ...(hasBody && { 'content-type': 'application/json' }),
        ...always,
        ...headers,
      },
      ...(hasBody && { body: JSON.stringify(body ?? {}) }),
    })
    return read(await handler(request, undefined))
  }
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  return {
    status: response.status,
    text,
    body:
      text !== '' && response.headers.get('content-type')?.includes('json')
        ? (JSON.parse(text) as Record<string, unknown>)
        : {},
    headers: response.headers,
  }
}

/** `status type`: what a client sees of an error. */
export const errorOf = ({ status, body }: Answer): string => `${status} ${body.type ?? ''}`.trim()

/** Completes a challenge of this factor in a session; answers the last answer. */
export async function prove(send: Send, factor: string, codeOf: () => string): Promise<Answer> {
  const challenge = await send('POST', '/account/mfa/challenges', { factor })
  if (challenge.status !== 201) return challenge
  return send('PUT', '/account/mfa/challenges', { challengeId: challenge.body.$id, otp: codeOf() })
}

/** A fault inside is told to the host, and never to the client. */
export function expectQuiet(answer: { text: string }, faults: readonly unknown[]): void {
  expect(answer.text).not.toContain('hunter2')
  expect(answer.text).not.toMatch(/stack|cause|\.ts|database/i)
  expect(faults.length).toBeGreaterThan(0)
}
