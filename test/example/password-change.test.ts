import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { backendForTest, clientOf, givenAccount, givenSignedIn, password, signIn } from './backend.js'
import { answerOf, cookieName, openRequest, signInByEmailCode } from './scenes.js'

const path = '/v1/account/password'

describe('Changing a password', () => {
  it('is refused to a session that ended while its request was still being sent', async () => {
    const backend = await backendForTest()
    const thief = clientOf(backend)
    const owner = clientOf(backend)
    const { email } = await givenAccount(owner)
    await signIn(thief, email)
    await signIn(owner, email)
    const change = JSON.stringify({ password: 'the password of a thief', oldPassword: password })
    const slow = openRequest(backend, {
      method: 'PATCH',
      path,
      headers: {
        cookie: `${cookieName}=${thief.cookies.get(cookieName)}`,
        'content-length': change.length,
        expect: '100-continue',
      },
    })
    const answer = answerOf(slow)
    slow.flushHeaders()
    await once(slow, 'continue')
    // The server has begun on the request.
    expect((await owner.call('DELETE', '/v1/account/sessions')).status).toBe(204)
    slow.end(change)
    expect(await answer).toEqual({ status: 401, type: 'general_unauthorized_scope' })
    expect((await signIn(owner, email)).status).toBe(201)
  })

  it('is refused to a session that ended while the old password was checked', async () => {
    const backend = await backendForTest({ passwordCost: { logN: 16, r: 8, p: 2 } })
    const thief = clientOf(backend)
    const owner = clientOf(backend)
    const { email } = await givenAccount(owner)
    await signIn(thief, email)
    await signIn(owner, email)
    const change = thief.call('PATCH', path, { password: 'the password of a thief', oldPassword: password })
    const [changed, ended] = await Promise.all([change, owner.call('DELETE', '/v1/account/sessions')])
    expect([changed.status, ended.status]).toEqual([401, 204])
    expect((await signIn(owner, email)).status).toBe(201)
  })

  it('succeeds once when the same password is changed many times at once, and ends the other sessions once', async () => {
    const backend = await backendForTest()
    const { email } = await givenAccount(clientOf(backend))
    const clients = Array.from({ length: 6 }, () => clientOf(backend))
    for (const client of clients) await signIn(client, email)
    const answers = await Promise.all(
      clients.map((client, index) =>
        client.call('PATCH', path, { password: `password number ${index}`, oldPassword: password }),
      ),
    )
    const winner = answers.findIndex(({ status }) => status === 200)
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect(answers.filter(({ status }) => status === 401).length).toBe(5)
    expect((await clients[winner]?.call('GET', '/v1/account/sessions'))?.body['total']).toBe(1)
    expect((await signIn(clientOf(backend), email, `password number ${winner}`)).status).toBe(201)
  })

  it('leaves no session to whoever signs in with the old password meanwhile', async () => {
    const backend = await backendForTest({ passwordCost: { logN: 14, r: 8, p: 1 } })
    const owner = clientOf(backend)
    const { email } = await givenSignedIn(owner)
    const thieves = Array.from({ length: 4 }, () => clientOf(backend))
    const change = owner.call('PATCH', path, { password: 'another password', oldPassword: password })
    await Promise.all([change, ...thieves.map((thief) => signIn(thief, email))])
    expect((await change).status).toBe(200)
    for (const thief of thieves) expect((await thief.call('GET', '/v1/account')).status).toBe(401)
    expect((await owner.call('GET', '/v1/account/sessions')).body['total']).toBe(1)
  })

  it('the first time takes a sign-in of the last quarter of an hour', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const email = 'first-password@example.com'
    await signInByEmailCode(backend, client, email)
    backend.clock.advance(900_001)
    const stale = await client.call('PATCH', path, { password })
    expect([stale.status, stale.body['type']]).toEqual([401, 'user_challenge_required'])
    expect((await client.call('GET', '/v1/account')).body['passwordUpdate']).toBe('')
    await client.call('DELETE', '/v1/account/sessions/current')
    await signInByEmailCode(backend, client, email)
    backend.clock.advance(900_000)
    expect((await client.call('PATCH', path, { password })).status).toBe(200)
  })
})
