import { readFileSync } from 'node:fs'
import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import {
  backendForTest,
  clientOf,
  givenAccount,
  givenSignedIn,
  password,
  project,
  signIn,
  type TestBackend,
  type TestClient,
} from './backend.js'

const name = `a_session_${project}`

/** Signed in, with an authenticator app and MFA switched on. */
async function givenMfa(backend: TestBackend, client: TestClient) {
  const account = await givenSignedIn(client)
  const app = createAuthenticatorApp(backend.clock)
  app.scan(String((await client.call('POST', '/v1/account/mfa/authenticators/totp', {})).body['uri']))
  await client.call('PUT', '/v1/account/mfa/authenticators/totp', { otp: app.freshCode() })
  expect((await client.call('PATCH', '/v1/account/mfa', { mfa: true })).body['mfa']).toBe(true)
  return { ...account, app }
}

async function completeWith(client: TestClient, otp: string) {
  const { body } = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'totp' })
  return client.call('PUT', '/v1/account/mfa/challenges', { challengeId: body['$id'], otp })
}

const secretIn = (value: unknown): string =>
  (JSON.parse(Buffer.from(String(value), 'base64').toString()) as { secret: string }).secret

describe('Sessions of the example backend', () => {
  it('come as two cookies that scripts cannot read, with a secret of 256 hexadecimal characters', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, id } = await givenAccount(client)
    const lines = (await signIn(client, email)).headers.getSetCookie()
    expect(lines.map((line) => line.slice(0, line.indexOf('=')))).toEqual([`${name}_legacy`, name])
    for (const line of lines) expect(line).toMatch(/; Path=\/; Expires=[^;]+; HttpOnly(?:; SameSite=None)?$/)
    expect(lines.map((line) => line.endsWith('SameSite=None'))).toEqual([false, true])
    const found: unknown = JSON.parse(Buffer.from(String(client.cookies.get(name)), 'base64').toString())
    expect(found).toEqual({ id, secret: expect.stringMatching(/^[0-9a-f]{256}$/) })
  })

  it('have Secure cookies on a server reached over https', async () => {
    const backend = await backendForTest({ publicUrl: 'https://app.example.org' })
    const client = clientOf(backend)
    const { email } = await givenAccount(client)
    for (const line of (await signIn(client, email)).headers.getSetCookie()) expect(line).toContain('; Secure')
  })

  it('are read from the cookie, the legacy cookie, the session header and the fallback header, in this order', async () => {
    const backend = await backendForTest()
    const values: string[] = []
    const ids: unknown[] = []
    for (let each = 0; each < 4; each++) {
      const client = clientOf(backend)
      ids.push((await givenSignedIn(client)).id)
      values.push(String(client.cookies.get(name)))
    }
    const [first, second, third, fourth] = values
    const fallback = JSON.stringify({ [name]: fourth })
    const whoAmI = async (headers: Readonly<Record<string, string>>) =>
      (await clientOf(backend).call('GET', '/v1/account', undefined, headers)).body['$id']
    const legacy = `${name}_legacy=${second}`
    const rest = { 'x-appwrite-session': String(third), 'x-fallback-cookies': fallback }
    expect(await whoAmI({ cookie: `${legacy}; ${name}=${first}`, ...rest })).toBe(ids[0])
    expect(await whoAmI({ cookie: legacy, ...rest })).toBe(ids[1])
    expect(await whoAmI({ cookie: `${name}=garbage; ${legacy}`, ...rest })).toBe(ids[1])
    expect(await whoAmI(rest)).toBe(ids[2])
    expect(await whoAmI({ 'x-fallback-cookies': fallback })).toBe(ids[3])
    expect(await whoAmI({ 'x-fallback-cookies': '{"__proto__":1}' })).toBeUndefined()
    // Another project's cookie is not this one's.
    expect(await whoAmI({ cookie: `a_session_other=${first}` })).toBeUndefined()
  })

  it('come in the fallback header for a page on another host, and in the demo for a client without an origin', async () => {
    const fallbackOf = async (backend: TestBackend, headers: Readonly<Record<string, string>>) => {
      const client = clientOf(backend)
      const { email } = await givenAccount(client)
      const { headers: answered } = await client.call(
        'POST',
        '/v1/account/sessions/email',
        { email, password },
        headers,
      )
      const header = answered.get('x-fallback-cookies')
      if (header === null) return 'none'
      return JSON.parse(header)[name] === client.cookies.get(name) ? 'the session' : header
    }
    const demo = await backendForTest()
    expect(await fallbackOf(demo, {})).toBe('the session')
    expect(await fallbackOf(demo, { origin: 'http://localhost:3000' })).toBe('the session')
    expect(await fallbackOf(demo, { origin: `http://127.0.0.1:${demo.port}` })).toBe('none')
    const plain = await backendForTest({ demo: false, allowedOrigins: ['https://page.example'] })
    expect(await fallbackOf(plain, {})).toBe('none')
    expect(await fallbackOf(plain, { origin: 'https://page.example' })).toBe('the session')
    expect(await fallbackOf(plain, { origin: `http://127.0.0.1:${plain.port}` })).toBe('none')
  })

  it('X22: get a new secret when a challenge is completed: the old one is dead, the id stays', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, app } = await givenMfa(backend, client)
    await client.call('DELETE', '/v1/account/sessions/current')
    const begun = await signIn(client, email)
    const halfway = String(client.cookies.get(name))
    const done = await completeWith(client, app.freshCode())
    expect(done.status).toBe(200)
    expect(done.body).toMatchObject({
      $id: begun.body['$id'],
      factors: ['password', 'totp'],
      secret: '',
      current: true,
    })
    const renewed = String(client.cookies.get(name))
    expect(secretIn(renewed)).not.toBe(secretIn(halfway))
    expect(client.cookies.get(`${name}_legacy`)).toBe(renewed)
    expect(JSON.parse(String(done.headers.get('x-fallback-cookies')))).toEqual({ [name]: renewed })
    expect((await client.call('GET', '/v1/account')).status).toBe(200)
    const thief = await clientOf(backend).call('GET', '/v1/account', undefined, { cookie: `${name}=${halfway}` })
    expect([thief.status, thief.body['type']]).toEqual([401, 'general_unauthorized_scope'])
  })

  it('X46: of others are asked for more from the moment MFA is on, and only sign-out is open to them', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const other = clientOf(backend)
    const { email } = await givenAccount(client)
    await signIn(other, email)
    await signIn(client, email)
    expect((await other.call('GET', '/v1/account')).status).toBe(200)
    const app = createAuthenticatorApp(backend.clock)
    app.scan(String((await client.call('POST', '/v1/account/mfa/authenticators/totp', {})).body['uri']))
    await client.call('PUT', '/v1/account/mfa/authenticators/totp', { otp: app.freshCode() })
    await client.call('PATCH', '/v1/account/mfa', { mfa: true })
    const phone = '+4915100000099'
    const shut: readonly (readonly [string, string, unknown?])[] = [
      ['GET', '/v1/account'],
      ['GET', '/v1/account/logs'],
      ['GET', '/v1/account/sessions'],
      ['GET', '/v1/account/sessions/current'],
      ['DELETE', '/v1/account/sessions'],
      ['PATCH', '/v1/account/email', { email: 'thief@example.com', password }],
      ['PATCH', '/v1/account/phone', { phone, password }],
      ['PATCH', '/v1/account/password', { password: 'another one', oldPassword: password }],
      ['POST', '/v1/account', { userId: 'unique()', email: 'x@example.com', password }],
      ['POST', '/v1/account/tokens/email', { userId: 'unique()', email }],
      ['POST', '/v1/account/tokens/phone', { userId: 'unique()', phone }],
    ]
    for (const [method, path, body] of shut) {
      const answer = await other.call(method, path, body)
      expect([method, path, answer.body['type']]).toEqual([method, path, 'user_more_factors_required'])
    }
    expect((await signIn(other, email)).body['type']).toBe('user_session_already_exists')
    expect((await client.call('GET', '/v1/account/sessions')).body['total']).toBe(2)
    expect((await other.call('DELETE', '/v1/account/sessions/current')).status).toBe(204)
    expect((await client.call('GET', '/v1/account/sessions')).body['total']).toBe(1)
  })

  it('are listed newest first with what they proved and where they came from, and ended one by one or all', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const phone = clientOf(backend)
    const { email } = await givenSignedIn(client)
    backend.clock.advance(1000)
    const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1'
    await phone.call('POST', '/v1/account/sessions', { email, password }, { 'user-agent': userAgent })
    const { body } = await client.call('GET', '/v1/account/sessions')
    const sessions = body['sessions'] as Record<string, unknown>[]
    expect(sessions.map(({ current }) => current)).toEqual([false, true])
    expect(sessions[0]).toMatchObject({ clientName: 'Safari', osName: 'iOS', ip: '127.0.0.1', factors: ['password'] })
    expect(JSON.stringify(body)).not.toContain(secretIn(client.cookies.get(name)))
    expect((await client.call('DELETE', `/v1/account/sessions/${sessions[0]?.['$id']}`)).status).toBe(204)
    expect((await phone.call('GET', '/v1/account')).status).toBe(401)
    expect((await client.call('DELETE', '/v1/account/sessions/nothing')).status).toBe(404)
    await signIn(phone, email)
    expect((await client.call('DELETE', '/v1/account/sessions')).status).toBe(204)
    expect(client.cookies.size).toBe(0)
    expect((await phone.call('GET', '/v1/account')).status).toBe(401)
    await signIn(client, email)
    expect((await client.call('GET', '/v1/account/sessions')).body['total']).toBe(1)
  })

  it("cannot be ended from another person's session", async () => {
    const backend = await backendForTest()
    const kim = clientOf(backend)
    const sam = clientOf(backend)
    await givenSignedIn(kim)
    await givenSignedIn(sam)
    const { body } = await kim.call('GET', '/v1/account/sessions/current')
    const answer = await sam.call('DELETE', `/v1/account/sessions/${body['$id']}`)
    expect([answer.status, answer.body['type']]).toEqual([404, 'user_session_not_found'])
    expect((await kim.call('GET', '/v1/account')).status).toBe(200)
  })

  it('are ten at most: the oldest is signed out', async () => {
    const backend = await backendForTest()
    const oldest = clientOf(backend)
    const { email } = await givenSignedIn(oldest)
    const clients = Array.from({ length: 10 }, () => clientOf(backend))
    for (const client of clients) {
      backend.clock.advance(1000)
      await signIn(client, email)
    }
    expect((await oldest.call('GET', '/v1/account')).status).toBe(401)
    expect((await clients[0]?.call('GET', '/v1/account/sessions'))?.body['total']).toBe(10)
  })

  it('end after thirty days', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenSignedIn(client)
    backend.clock.advance(30 * 24 * 3600 * 1000 - 1)
    expect((await client.call('GET', '/v1/account')).status).toBe(200)
    backend.clock.advance(1)
    expect((await client.call('GET', '/v1/account')).status).toBe(401)
  })

  it('and their secrets, passwords and codes are not in the database file', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, app } = await givenMfa(backend, client)
    const codes = (await client.call('POST', '/v1/account/mfa/recovery-codes', {})).body['recoveryCodes'] as string[]
    await completeWith(client, app.freshCode())
    const files = ['', '-wal'].map((suffix) => readFileSync(`${backend.databaseFile}${suffix}`, 'latin1')).join('')
    expect(files).toContain(email)
    expect(files).toContain('mfa_record')
    const secrets = [password, secretIn(client.cookies.get(name)), String(client.cookies.get(name)), ...codes]
    for (const secret of secrets) expect(files.includes(secret)).toBe(false)
  })
})
