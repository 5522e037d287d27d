import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clientOf,
  givenAccount,
  givenSignedIn,
  lastTo,
  password,
  project,
  signIn,
  startTestBackend,
  type TestBackend,
} from './backend.js'

const isoWithOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/

describe("The product's own end-to-end checks on accounts and sessions, by their number", () => {
  let backend: TestBackend

  beforeAll(async () => {
    backend = await startTestBackend()
  })

  afterAll(() => backend.stop())

  it('check 28: a sign-in is 201 with an expiry and no secret; over a live session, unknown or wrong 401; empty 400', async () => {
    const client = clientOf(backend)
    const { email } = await givenAccount(client)
    const session = await signIn(client, email)
    expect(session.status).toBe(201)
    expect(session.body['expire']).toMatch(isoWithOffset)
    expect(session.body['secret']).toBe('')
    expect(session.body['factors']).toEqual(['password'])
    const again = await signIn(client, email)
    expect([again.status, again.body['type']]).toEqual([401, 'user_session_already_exists'])
    const stranger = clientOf(backend)
    const unknown = await signIn(stranger, 'nobody@example.com')
    expect([unknown.status, unknown.body['type']]).toEqual([401, 'user_invalid_credentials'])
    const wrong = await signIn(stranger, email, 'wrong password')
    expect(wrong.status).toBe(401)
    // Nothing tells an unknown address from a wrong password.
    expect(wrong.body).toEqual(unknown.body)
    expect((await signIn(stranger, '', '')).status).toBe(400)
    expect((await stranger.call('POST', '/v1/account/sessions/email', {})).status).toBe(400)
  })

  it('check 29: the account is 200 with a session and its last access, 401 with none and with a tampered cookie', async () => {
    const client = clientOf(backend)
    const { id } = await givenSignedIn(client)
    const answer = await client.call('GET', '/v1/account')
    expect([answer.status, answer.body['$id']]).toEqual([200, id])
    expect(answer.body['accessedAt']).toMatch(isoWithOffset)
    const guest = await clientOf(backend).call('GET', '/v1/account')
    expect([guest.status, guest.body['type']]).toEqual([401, 'general_unauthorized_scope'])
    expect(guest.body['message']).toMatch(/missing scopes \(\["account"\]\)$/)
    const name = `a_session_${project}`
    const value = String(client.cookies.get(name))
    const { secret } = JSON.parse(Buffer.from(value, 'base64').toString()) as { secret: string }
    const forged = (found: object): string => Buffer.from(JSON.stringify(found)).toString('base64')
    const tampered = [
      `${value}x`,
      `${value}xx`,
      `x${value}`,
      `${value.slice(0, 40)}!${value.slice(40)}`,
      value.slice(0, -8),
      forged({ id: 'somebody', secret }),
      forged({ id, secret: `${secret.startsWith('a') ? 'b' : 'a'}${secret.slice(1)}` }),
      forged({ id, secret: [secret] }),
      '%%%',
      'null',
    ]
    for (const cookie of tampered) {
      const refused = await clientOf(backend).call('GET', '/v1/account', undefined, { cookie: `${name}=${cookie}` })
      expect([cookie, refused.status]).toEqual([cookie, 401])
    }
  })

  it('check 30: a new email address is 200; no session 401; missing params 400; the old one can be registered anew', async () => {
    const client = clientOf(backend)
    const { email } = await givenSignedIn(client)
    const changed = await client.call('PATCH', '/v1/account/email', { email: `new-${email}`, password })
    expect([changed.status, changed.body['email'], changed.body['emailVerification']]).toEqual([
      200,
      `new-${email}`,
      false,
    ])
    const guest = clientOf(backend)
    expect((await guest.call('PATCH', '/v1/account/email', { email: 'x@example.com', password })).status).toBe(401)
    for (const body of [{}, { email: 'x@example.com' }, { password }, { email: 'no address', password }]) {
      expect((await client.call('PATCH', '/v1/account/email', body)).status).toBe(400)
    }
    const wrong = { email: 'x@example.com', password: 'wrong password' }
    expect((await client.call('PATCH', '/v1/account/email', wrong)).status).toBe(401)
    const anew = { userId: 'unique()', email, password }
    expect((await guest.call('POST', '/v1/account', anew)).status).toBe(201)
    expect((await guest.call('POST', '/v1/account', anew)).body['type']).toBe('user_already_exists')
  })

  it('check 31: a verification is 201 without its secret; the mail links with user and secret; a stranger’s url is 400', async () => {
    const client = clientOf(backend)
    const { email, id } = await givenSignedIn(client)
    const path = '/v1/account/verifications/email'
    for (const url of ['example.com/verify', 'https://evil.example/verify', 'https://example.com.evil.example/', '']) {
      const refused = await client.call('POST', path, { url })
      expect([url, refused.status, refused.body['type']]).toEqual([url, 400, 'general_argument_invalid'])
    }
    expect(backend.outbox.filter(({ to }) => to === email)).toEqual([])
    const answer = await client.call('POST', path, { url: 'https://example.com/verify?from=mail' })
    expect([answer.status, answer.body['secret'], answer.body['userId']]).toEqual([201, '', id])
    expect(answer.body['$id']).not.toBe('')
    expect(answer.body['expire']).toMatch(isoWithOffset)
    const { link = '', secret, subject } = lastTo(backend, email)
    expect(subject).toContain('Countersign example')
    const query = Object.fromEntries(new URL(link).searchParams)
    expect(query).toMatchObject({ from: 'mail', userId: id, secret })
  })

  it('check 32: the link’s secret is 200 and sets the flag; an unknown user 404; a wrong secret 401', async () => {
    const client = clientOf(backend)
    const { email, id } = await givenSignedIn(client)
    const path = '/v1/account/verifications/email'
    await client.call('POST', path, { url: 'https://example.com/verify' })
    const { secret = '' } = lastTo(backend, email)
    const elsewhere = clientOf(backend)
    expect((await elsewhere.call('PUT', path, { userId: 'nobody', secret })).status).toBe(404)
    const wrong = await elsewhere.call('PUT', path, { userId: id, secret: `${secret}x` })
    expect([wrong.status, wrong.body['type']]).toEqual([401, 'user_invalid_token'])
    expect((await client.call('GET', '/v1/account')).body['emailVerification']).toBe(false)
    expect((await elsewhere.call('PUT', path, { userId: id, secret })).status).toBe(200)
    expect((await client.call('GET', '/v1/account')).body['emailVerification']).toBe(true)
  })

  it('check 33: a new phone number is 200; no session 401; missing params 400', async () => {
    const client = clientOf(backend)
    await givenSignedIn(client)
    const phone = '+4915100000033'
    const changed = await client.call('PATCH', '/v1/account/phone', { phone, password })
    expect([changed.status, changed.body['phone'], changed.body['phoneVerification']]).toEqual([200, phone, false])
    expect((await clientOf(backend).call('PATCH', '/v1/account/phone', { phone, password })).status).toBe(401)
    for (const body of [{}, { phone }, { password }, { phone: '0151 123', password }]) {
      expect((await client.call('PATCH', '/v1/account/phone', body)).status).toBe(400)
    }
  })

  it('checks 34 and 35: a phone code goes by SMS, not in the answer; it verifies once; unknown user 404, wrong code 401', async () => {
    const client = clientOf(backend)
    const { id } = await givenSignedIn(client)
    const phone = '+4915100000034'
    const path = '/v1/account/verifications/phone'
    expect((await client.call('POST', path, {})).body['type']).toBe('user_phone_not_found')
    await client.call('PATCH', '/v1/account/phone', { phone, password })
    const answer = await client.call('POST', path, {})
    expect([answer.status, answer.body['secret']]).toEqual([201, ''])
    const { code = '', channel, text } = lastTo(backend, phone)
    expect(channel).toBe('phone')
    expect(code).toMatch(/^\d{6}$/)
    expect(text).toContain(code)
    const wrongCode = code === '000000' ? '000001' : '000000'
    expect((await client.call('PUT', path, { userId: 'nobody', secret: code })).status).toBe(404)
    expect((await client.call('PUT', path, { userId: id, secret: wrongCode })).status).toBe(401)
    expect((await client.call('PUT', path, { userId: id, secret: code })).status).toBe(200)
    expect((await client.call('GET', '/v1/account')).body['phoneVerification']).toBe(true)
    expect((await client.call('PUT', path, { userId: id, secret: code })).status).toBe(401)
  })

  it('check 36: signing out is 204, and the cookie is not accepted any more', async () => {
    const client = clientOf(backend)
    const { email } = await givenSignedIn(client)
    const name = `a_session_${project}`
    const cookie = `${name}=${client.cookies.get(name)}`
    const { body } = await client.call('GET', '/v1/account/sessions/current')
    expect((await client.call('DELETE', `/v1/account/sessions/${body['$id']}`)).status).toBe(204)
    expect(client.cookies.size).toBe(0)
    const stranger = clientOf(backend)
    expect((await stranger.call('GET', '/v1/account', undefined, { cookie })).status).toBe(401)
    await signIn(client, email)
    const second = `${name}=${client.cookies.get(name)}`
    const current = await client.call('DELETE', '/v1/account/sessions/current')
    expect([current.status, current.headers.get('x-fallback-cookies')]).toEqual([204, '[]'])
    expect((await stranger.call('GET', '/v1/account', undefined, { cookie: second })).status).toBe(401)
  })
})
