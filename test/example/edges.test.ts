import { describe, expect, it } from 'vitest'
import { backendForTest, clientOf, givenAccount, givenSignedIn, password, signIn } from './backend.js'
import { answerOf, completeWith, cookieName, givenMfa, openRequest, rowsOf } from './scenes.js'

describe('Paths of the example backend', () => {
  it('are matched whole: a path that only begins or ends like one is none', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenSignedIn(client)
    const change = { email: 'x@example.com', phone: '+4915100000131', password, userId: 'unique()' }
    for (const name of ['emailx', 'xphone', 'phonex', 'xemail', 'email_verified', 'Email', 'email%20']) {
      expect([name, (await client.call('PATCH', `/v1/account/${name}`, change)).status]).toEqual([name, 404])
      expect([name, (await client.call('POST', `/v1/account/tokens/${name}`, change)).status]).toEqual([name, 404])
    }
  })
})

describe('The way a session travels', () => {
  it('is the way its client has, also for the secret that a second step brings', async () => {
    const backend = await backendForTest({ demo: false })
    const browser = clientOf(backend)
    const { email, app } = await givenMfa(backend, browser)
    for (const transport of ['x-appwrite-session', 'x-fallback-cookies']) {
      const jar = clientOf(backend)
      await signIn(jar, email)
      const value = String(jar.cookies.get(cookieName))
      jar.cookies.clear()
      const header = transport === 'x-appwrite-session' ? value : JSON.stringify({ [cookieName]: value })
      const headers = { [transport]: header }
      backend.clock.advance(31_000)
      const { body } = await jar.call('POST', '/v1/account/mfa/challenges', { factor: 'totp' }, headers)
      const proof = { challengeId: body['$id'], otp: app.freshCode() }
      const done = await jar.call('PUT', '/v1/account/mfa/challenges', proof, headers)
      expect([transport, done.status]).toEqual([transport, 200])
      const renewed = String(done.headers.get('x-fallback-cookies'))
      expect(JSON.parse(renewed)[cookieName]).not.toBe(value)
      const again = { 'x-fallback-cookies': renewed }
      expect((await clientOf(backend).call('GET', '/v1/account', undefined, again)).status).toBe(200)
    }
    // A browser that uses cookies gets no secret where scripts could read it.
    await browser.call('DELETE', '/v1/account/sessions/current')
    await signIn(browser, email)
    const byCookie = await completeWith(browser, app.freshCode())
    expect([byCookie.status, byCookie.headers.get('x-fallback-cookies')]).toEqual([200, null])
  })

  it('is no way at all with two cookies of one name that differ', async () => {
    const backend = await backendForTest()
    const victim = clientOf(backend)
    const thief = clientOf(backend)
    const { id } = await givenSignedIn(victim)
    await givenSignedIn(thief)
    const [own, planted] = [String(victim.cookies.get(cookieName)), String(thief.cookies.get(cookieName))]
    const whoAmI = async (headers: Readonly<Record<string, string>>) =>
      (await clientOf(backend).call('GET', '/v1/account', undefined, headers)).body['$id']
    for (const name of [cookieName, `${cookieName}_legacy`]) {
      for (const cookie of [`${name}=${planted}; ${name}=${own}`, `${name}=${own}; ${name}=${planted}`]) {
        expect(await whoAmI({ cookie })).toBeUndefined()
        expect(await whoAmI({ cookie, 'x-appwrite-session': own })).toBeUndefined()
      }
      expect(await whoAmI({ cookie: `${name}=${own}; ${name}=${own}` })).toBe(id)
    }
  })
})

describe('GET /v1/avatars/qr', () => {
  const path = '/v1/avatars/qr?text=x&size=21'

  it('has the headers of every answer, and is limited by place', async () => {
    const backend = await backendForTest({ demo: false })
    const load = (headers: Readonly<Record<string, string>> = {}) =>
      fetch(`http://127.0.0.1:${backend.port}${path}`, { headers })
    const first = await load({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' })
    expect([first.status, first.headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
    for (let each = 1; each < 300; each++) expect((await load()).status).toBe(200)
    expect((await load()).status).toBe(429)
  })
})

describe('The outbox', () => {
  it('answers only under its own name: a page whose name was made to lead here reads nothing (DNS rebinding)', async () => {
    const backend = await backendForTest()
    const statusUnder = async (host: string) => {
      const sent = openRequest(backend, { path: '/__outbox', headers: { host } })
      sent.end()
      return (await answerOf(sent)).status
    }
    for (const name of ['localhost', '127.0.0.1']) expect(await statusUnder(`${name}:${backend.port}`)).toBe(200)
    for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      expect([name, await statusUnder(`${name}:${backend.port}`)]).toEqual([name, 404])
    }
    const named = await backendForTest({ publicUrl: 'https://app.example.org' })
    const sent = openRequest(named, { path: '/__outbox', headers: { host: 'app.example.org' } })
    sent.end()
    expect((await answerOf(sent)).status).toBe(200)
  })
})

describe('DELETE /v1/account', () => {
  it('erases the user: account, sessions, codes, log, and all that the library knew', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const other = clientOf(backend)
    const { email, id, app } = await givenMfa(backend, client)
    await signIn(other, email)
    await clientOf(backend).call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
    for (const table of ['session', 'sign_in_code', 'security_event']) {
      expect([table, rowsOf(backend, table, id) > 0]).toEqual([table, true])
    }
    expect((await client.call('DELETE', '/v1/account', {})).status).toBe(204)
    expect(client.cookies.size).toBe(0)
    for (const table of ['session', 'sign_in_code', 'security_event']) {
      expect([table, rowsOf(backend, table, id)]).toEqual([table, 0])
    }
    expect((await other.call('GET', '/v1/account/mfa/factors')).status).toBe(401)
    expect((await signIn(client, email)).status).toBe(401)
    // Whoever has the id and the address next begins with nothing.
    expect((await client.call('POST', '/v1/account', { userId: id, email, password })).status).toBe(201)
    expect((await signIn(client, email)).status).toBe(201)
    expect((await client.call('GET', '/v1/account')).body).toMatchObject({ mfa: false })
    expect((await client.call('GET', '/v1/account/mfa/factors')).body).toMatchObject({ totp: false })
    expect((await client.call('GET', '/v1/account/logs')).body['total']).toBe(1)
    expect((await completeWith(client, app.freshCode())).status).not.toBe(200)
  })

  it('takes a session with all its factors', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const { email } = await givenMfa(backend, owner)
    const thief = clientOf(backend)
    await signIn(thief, email)
    const refused = await thief.call('DELETE', '/v1/account', {})
    expect([refused.status, refused.body['type']]).toEqual([401, 'user_more_factors_required'])
    expect((await clientOf(backend).call('DELETE', '/v1/account', {})).status).toBe(401)
    expect((await owner.call('GET', '/v1/account')).status).toBe(200)
  })

  it('leaves nothing behind for a sign-in that was under way', async () => {
    const backend = await backendForTest({ passwordCost: { logN: 14, r: 8, p: 1 } })
    const owner = clientOf(backend)
    const { email, id } = await givenSignedIn(owner)
    const [deleted] = await Promise.all([
      owner.call('DELETE', '/v1/account', {}),
      ...Array.from({ length: 4 }, () => signIn(clientOf(backend), email)),
    ])
    expect(deleted.status).toBe(204)
    expect(rowsOf(backend, 'session', id)).toBe(0)
    expect((await givenAccount(clientOf(backend))).id).not.toBe(id)
  })
})
