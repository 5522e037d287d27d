import { describe, expect, it } from 'vitest'
import { backendForTest, clientOf, givenSignedIn, lastTo, password, signIn } from './backend.js'
import { signInByEmailCode, typesOf, verifyPhone } from './scenes.js'

describe('An account that a stranger made with the address of another person', () => {
  it('is theirs alone once a code proves the address: the stranger’s password and sessions are gone', async () => {
    const backend = await backendForTest()
    const stranger = clientOf(backend)
    const owner = clientOf(backend)
    const { email, id } = await givenSignedIn(stranger)
    const session = await signInByEmailCode(backend, owner, email)
    expect([session.status, session.body['userId'], session.body['factors']]).toEqual([201, id, ['email']])
    expect((await stranger.call('GET', '/v1/account')).status).toBe(401)
    expect((await signIn(clientOf(backend), email)).status).toBe(401)
    expect((await owner.call('GET', '/v1/account')).body).toMatchObject({ emailVerification: true, passwordUpdate: '' })
    expect((await owner.call('GET', '/v1/account/sessions')).body['total']).toBe(1)
    expect(typesOf((await owner.call('GET', '/v1/account/logs')).body)).toContain('credentials.changed')
    expect((await owner.call('PATCH', '/v1/account/password', { password: 'a password of mine' })).status).toBe(200)
    expect((await signIn(clientOf(backend), email, 'a password of mine')).status).toBe(201)
  })

  it('keeps its password when the address was verified before', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, id } = await givenSignedIn(client)
    await client.call('POST', '/v1/account/verifications/email', { url: 'https://example.com/verify' })
    const proof = { userId: id, secret: lastTo(backend, email).secret }
    expect((await client.call('PUT', '/v1/account/verifications/email', proof)).status).toBe(200)
    const other = clientOf(backend)
    expect((await signInByEmailCode(backend, other, email)).status).toBe(201)
    expect((await client.call('GET', '/v1/account')).status).toBe(200)
    expect((await signIn(clientOf(backend), email)).status).toBe(201)
  })

  it('is not opened over that address while another one is verified: who proved that one has the account', async () => {
    const backend = await backendForTest()
    const stranger = clientOf(backend)
    const { email, id } = await givenSignedIn(stranger)
    await verifyPhone(backend, stranger, id, '+4915100000121')
    const refused = await signInByEmailCode(backend, clientOf(backend), email)
    expect([refused.status, refused.body['type']]).toEqual([401, 'user_invalid_token'])
    expect((await stranger.call('GET', '/v1/account')).body['emailVerification']).toBe(false)
    expect((await signIn(clientOf(backend), email)).status).toBe(201)
  })

  it('says the same of the address as the library when MFA was switched on before there was a factor', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email } = await givenSignedIn(client)
    expect((await client.call('PATCH', '/v1/account/mfa', { mfa: true })).status).toBe(200)
    await client.call('DELETE', '/v1/account/sessions/current')
    expect((await signInByEmailCode(backend, client, email)).status).toBe(201)
    expect((await client.call('GET', '/v1/account')).body['emailVerification']).toBe(false)
    await client.call('DELETE', '/v1/account/sessions/current')
    await signIn(client, email, password)
    expect((await client.call('GET', '/v1/account/mfa/factors')).body['email']).toBe(false)
    expect((await client.call('GET', '/v1/account')).body['emailVerification']).toBe(false)
  })
})
