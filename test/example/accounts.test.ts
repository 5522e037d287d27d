import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import {
  backendForTest,
  clientOf,
  givenAccount,
  givenSignedIn,
  lastTo,
  password,
  signIn,
  type TestBackend,
  type TestClient,
} from './backend.js'

async function verifyPhone(backend: TestBackend, client: TestClient, id: string, phone: string): Promise<void> {
  await client.call('PATCH', '/v1/account/phone', { phone, password })
  await client.call('POST', '/v1/account/verifications/phone', {})
  const secret = lastTo(backend, phone).code
  expect((await client.call('PUT', '/v1/account/verifications/phone', { userId: id, secret })).status).toBe(200)
}

async function signInByEmailCode(backend: TestBackend, client: TestClient, email: string) {
  const { body } = await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
  const secret = lastTo(backend, email).code
  return client.call('POST', '/v1/account/sessions/token', { userId: body['userId'], secret })
}

const keysOfAccount = [
  '$createdAt',
  '$id',
  '$updatedAt',
  'accessedAt',
  'email',
  'emailCanonical',
  'emailIsCanonical',
  'emailIsCorporate',
  'emailIsDisposable',
  'emailIsFree',
  'emailVerification',
  'impersonator',
  'impersonatorUserId',
  'labels',
  'mfa',
  'name',
  'passwordUpdate',
  'phone',
  'phoneVerification',
  'prefs',
  'registration',
  'status',
  'targets',
]

describe('Accounts of the example backend', () => {
  it("have all keys of the product's model and none that is secret", async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenSignedIn(client)
    expect(Object.keys((await client.call('GET', '/v1/account')).body).sort()).toEqual(keysOfAccount)
  })

  it('need an id, an address and a password that are what they should be', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const good = { userId: 'kim.1', email: 'kim@example.com', password }
    const bad = [
      { userId: '' },
      { userId: '.kim' },
      { userId: 'k'.repeat(37) },
      { email: 'kim' },
      { email: 'kim@example' },
      { email: `${'k'.repeat(300)}@example.com` },
      { email: ['kim@example.com'] },
      { password: '1234567' },
      { password: 'x'.repeat(257) },
      { password: 12345678 },
      { name: 'n'.repeat(129) },
    ]
    for (const change of bad) {
      const { status, body } = await client.call('POST', '/v1/account', { ...good, ...change })
      expect([change, status, body['type']]).toEqual([change, 400, 'general_argument_invalid'])
      expect(JSON.stringify(body)).not.toContain(password)
    }
    for (const text of ['', '[]', 'null', '{"userId":', '"text"']) {
      expect((await client.call('POST', '/v1/account', text)).status).toBe(400)
    }
    expect((await client.call('POST', '/v1/account', { ...good, name: 'x'.repeat(70_000) })).status).toBe(400)
    const asText = { 'content-type': 'text/plain' }
    expect((await client.call('POST', '/v1/account', good, asText)).status).toBe(400)
    expect((await client.call('POST', '/v1/account', good)).status).toBe(201)
    for (const again of [good, { ...good, userId: 'sam' }, { ...good, userId: 'sam', email: 'KIM@Example.COM' }]) {
      expect((await client.call('POST', '/v1/account', again)).body['type']).toBe('user_already_exists')
    }
  })

  it("cannot take another account's address", async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const other = await givenAccount(clientOf(backend))
    const { email, id } = await givenSignedIn(client)
    const taken = await client.call('PATCH', '/v1/account/email', { email: other.email, password })
    expect([taken.status, taken.body['type']]).toEqual([409, 'user_target_already_exists'])
    expect((await client.call('GET', '/v1/account')).body['email']).toBe(email)
    await verifyPhone(backend, client, id, '+4915100000051')
    const second = clientOf(backend)
    await givenSignedIn(second)
    const phone = await second.call('PATCH', '/v1/account/phone', { phone: '+4915100000051', password })
    expect([phone.status, phone.body['type']]).toEqual([409, 'user_target_already_exists'])
  })

  it('keep the flag when the address is entered again, and lose it when the address changes', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { id } = await givenSignedIn(client)
    await verifyPhone(backend, client, id, '+4915100000061')
    const same = await client.call('PATCH', '/v1/account/phone', { phone: '+4915100000061', password })
    expect(same.body['phoneVerification']).toBe(true)
    const changed = await client.call('PATCH', '/v1/account/phone', { phone: '+4915100000062', password })
    expect(changed.body['phoneVerification']).toBe(false)
  })

  it('with MFA on change an address only after a fresh challenge, and codes go to the old one until the new is verified', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, id } = await givenSignedIn(client)
    await verifyPhone(backend, client, id, '+4915100000071')
    await client.call('PATCH', '/v1/account/mfa', { mfa: true })
    await client.call('DELETE', '/v1/account/sessions/current')
    backend.clock.advance(61_000)
    await signIn(client, email)
    const byPhone = async () => {
      const { body } = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'phone' })
      const sentTo = backend.outbox.at(-1)
      const proof = { challengeId: body['$id'], otp: sentTo?.code }
      expect((await client.call('PUT', '/v1/account/mfa/challenges', proof)).status).toBe(200)
      return sentTo?.to
    }
    await byPhone()
    backend.clock.advance(301_000)
    const change = { phone: '+4915100000072', password }
    const stale = await client.call('PATCH', '/v1/account/phone', change)
    expect([stale.status, stale.body['type']]).toEqual([401, 'user_challenge_required'])
    expect((await client.call('GET', '/v1/account')).body['phone']).toBe('+4915100000071')
    await byPhone()
    const changed = await client.call('PATCH', '/v1/account/phone', change)
    expect(changed.body).toMatchObject({ phone: '+4915100000072', phoneVerification: false })
    backend.clock.advance(61_000)
    expect(await byPhone()).toBe('+4915100000071')
  })

  it('sign out every other session when the password changes, and tell the owner', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const other = clientOf(backend)
    const { email, id } = await givenAccount(client)
    await signIn(client, email)
    await verifyPhone(backend, client, id, '+4915100000081')
    await signIn(other, email)
    const path = '/v1/account/password'
    const change = { password: 'another password', oldPassword: password }
    expect((await client.call('PATCH', path, { ...change, oldPassword: 'wrong password' })).status).toBe(401)
    expect((await client.call('PATCH', path, { password: 'another password' })).status).toBe(400)
    expect((await client.call('PATCH', path, { ...change, password: 'short' })).status).toBe(400)
    expect((await client.call('PATCH', path, change)).status).toBe(200)
    expect(lastTo(backend, '+4915100000081')).toMatchObject({ kind: 'notice' })
    expect((await client.call('GET', '/v1/account')).status).toBe(200)
    expect((await client.call('GET', '/v1/account/sessions')).body['total']).toBe(1)
    expect((await other.call('GET', '/v1/account')).status).toBe(401)
    expect((await signIn(other, email)).status).toBe(401)
    expect((await signIn(other, email, 'another password')).status).toBe(201)
  })

  it('are made by a code by email or SMS too, once, and may then set a password', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const email = 'new@example.com'
    const session = await signInByEmailCode(backend, client, email)
    expect([session.status, session.body['factors']]).toEqual([201, ['email']])
    const account = (await client.call('GET', '/v1/account')).body
    expect(account).toMatchObject({ email, emailVerification: true, passwordUpdate: '' })
    const used = { userId: account['$id'], secret: lastTo(backend, email).code }
    const stranger = clientOf(backend)
    const again = await stranger.call('POST', '/v1/account/sessions/token', used)
    expect([again.status, again.body['type']]).toEqual([401, 'user_invalid_token'])
    expect((await client.call('PATCH', '/v1/account/password', { password })).status).toBe(200)
    expect((await signIn(stranger, email)).status).toBe(201)
  })

  it('X19: are not opened by one mailbox alone: a password set over email is no first factor to an email challenge', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const email = 'derived@example.com'
    await signInByEmailCode(backend, client, email)
    const { body } = await client.call('GET', '/v1/account')
    await client.call('PATCH', '/v1/account/password', { password })
    await client.call('PATCH', '/v1/account/mfa', { mfa: true })
    await client.call('DELETE', '/v1/account/sessions/current')
    backend.clock.advance(61_000)
    await signIn(client, email)
    const challenge = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'email' })
    expect([body['emailVerification'], challenge.body['type']]).toEqual([true, 'user_factor_not_independent'])
  })

  it('do not take an address for verified by signing in while MFA is on: the library would not either', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email } = await givenSignedIn(client)
    const app = createAuthenticatorApp(backend.clock)
    app.scan(String((await client.call('POST', '/v1/account/mfa/authenticators/totp', {})).body['uri']))
    await client.call('PUT', '/v1/account/mfa/authenticators/totp', { otp: app.freshCode() })
    await client.call('PATCH', '/v1/account/mfa', { mfa: true })
    await client.call('DELETE', '/v1/account/sessions/current')
    await signInByEmailCode(backend, client, email)
    const { body } = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'totp' })
    await client.call('PUT', '/v1/account/mfa/challenges', { challengeId: body['$id'], otp: app.freshCode() })
    expect((await client.call('GET', '/v1/account')).body['emailVerification']).toBe(false)
    const url = 'https://example.com/verify'
    expect((await client.call('POST', '/v1/account/verifications/email', { url })).status).toBe(201)
  })

  it('show their owner what happened to their security, newest first, without a secret', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email } = await givenSignedIn(client)
    const codes = (await client.call('POST', '/v1/account/mfa/recovery-codes', {})).body['recoveryCodes'] as string[]
    const { body } = await client.call('GET', '/v1/account/logs')
    const logs = body['logs'] as Record<string, unknown>[]
    expect(logs.map(({ event }) => event)).toEqual(['recovery_codes.generated', 'session.started'])
    expect(body['total']).toBe(2)
    expect(logs[1]).toMatchObject({ method: 'password', ip: '127.0.0.1', time: '2026-11-24T12:00:00.000+00:00' })
    for (const secret of [...codes, password, email]) expect(JSON.stringify(body)).not.toContain(secret)
    const stranger = clientOf(backend)
    await givenSignedIn(stranger)
    expect((await stranger.call('GET', '/v1/account/logs')).body['total']).toBe(1)
  })
})
