import { describe, expect, it } from 'vitest'
import { backendForTest, clientOf, givenAccount, lastTo, password, signIn } from './backend.js'

describe('An address that the account has left meanwhile', () => {
  it('is not noted as verified when its code comes in late', async () => {
    const backend = await backendForTest()
    const first = clientOf(backend)
    const second = clientOf(backend)
    const { email, id } = await givenAccount(first)
    await signIn(first, email)
    await signIn(second, email)
    const [left, present] = ['+4915100000091', '+4915100000092']
    await first.call('PATCH', '/v1/account/phone', { phone: left, password })
    await first.call('POST', '/v1/account/verifications/phone', {})
    await second.call('PATCH', '/v1/account/phone', { phone: present, password })
    const late = { userId: id, secret: lastTo(backend, left).code }
    expect((await first.call('PUT', '/v1/account/verifications/phone', late)).status).toBe(200)
    const { body } = await first.call('GET', '/v1/account')
    expect(body).toMatchObject({ phone: present, phoneVerification: false })
  })

  it('signs nobody in by a code that was sent there', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, id } = await givenAccount(client)
    await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
    const code = lastTo(backend, email).code
    await signIn(client, email)
    await client.call('PATCH', '/v1/account/email', { email: `new-${email}`, password })
    const stranger = clientOf(backend)
    const late = await stranger.call('POST', '/v1/account/sessions/token', { userId: id, secret: code })
    expect([late.status, late.body['type']]).toEqual([401, 'user_invalid_token'])
    // The code of an account is no code of another.
    const other = await givenAccount(stranger)
    await stranger.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email: `new-${email}` })
    const own = lastTo(backend, `new-${email}`).code
    const foreign = await stranger.call('POST', '/v1/account/sessions/token', { userId: other.id, secret: own })
    expect(foreign.status).toBe(401)
    expect((await stranger.call('POST', '/v1/account/sessions/token', { userId: id, secret: own })).status).toBe(201)
  })
})
