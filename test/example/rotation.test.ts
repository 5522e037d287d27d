import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import { openDatabase, write } from '../../examples/backend/database.js'
import { newSecret } from '../../examples/backend/sessions.js'
import { backendForTest, clientOf, givenSignedIn, project, signIn } from './backend.js'

const name = `a_session_${project}`

/** A sign-in that waits for its second factor, and the app that has it. */
async function givenHalfway() {
  const backend = await backendForTest()
  const client = clientOf(backend)
  const { email } = await givenSignedIn(client)
  const app = createAuthenticatorApp(backend.clock)
  app.scan(String((await client.call('POST', '/v1/account/mfa/authenticators/totp', {})).body['uri']))
  await client.call('PUT', '/v1/account/mfa/authenticators/totp', { otp: app.freshCode() })
  await client.call('PATCH', '/v1/account/mfa', { mfa: true })
  await client.call('DELETE', '/v1/account/sessions/current')
  await signIn(client, email)
  const { body } = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'totp' })
  return { backend, client, email, app, proof: { challengeId: body['$id'], otp: app.freshCode() } }
}

const complete = '/v1/account/mfa/challenges'

describe('A session whose secret is replaced', () => {
  it('X02: is one session also when the same code comes many times at once', async () => {
    const { backend, client, proof } = await givenHalfway()
    const cookie = `${name}=${client.cookies.get(name)}`
    const tabs = Array.from({ length: 8 }, () => clientOf(backend))
    const answers = await Promise.all(tabs.map((tab) => tab.call('PUT', complete, proof, { cookie })))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect(answers.filter(({ status }) => status === 401).length).toBe(7)
    const winner = tabs.find(({ cookies }) => cookies.size > 0)
    expect((await winner?.call('GET', '/v1/account/sessions'))?.body['total']).toBe(1)
    expect((await clientOf(backend).call('GET', '/v1/account', undefined, { cookie })).status).toBe(401)
  })

  it('keeps it when the challenge is refused', async () => {
    const { client, proof } = await givenHalfway()
    const before = client.cookies.get(name)
    const wrong = { ...proof, otp: proof.otp === '000000' ? '000001' : '000000' }
    const refused = await client.call('PUT', complete, wrong)
    expect([refused.status, refused.body['type']]).toEqual([401, 'user_invalid_token'])
    expect(refused.headers.getSetCookie()).toEqual([])
    expect(client.cookies.get(name)).toBe(before)
    expect((await client.call('PUT', complete, proof)).status).toBe(200)
    expect(client.cookies.get(name)).not.toBe(before)
  })

  it('is not brought back by a challenge that is completed while it signs out', async () => {
    const { backend, client, email, proof } = await givenHalfway()
    const cookie = `${name}=${client.cookies.get(name)}`
    const tab = clientOf(backend)
    const [done, gone] = await Promise.all([
      tab.call('PUT', complete, proof, { cookie }),
      clientOf(backend).call('DELETE', '/v1/account/sessions/current', undefined, { cookie }),
    ])
    expect((await clientOf(backend).call('GET', '/v1/account', undefined, { cookie })).status).toBe(401)
    // Either order is fine; that both won is not.
    const isIn = (await tab.call('GET', '/v1/account')).status === 200
    expect([done.status === 200 && isIn, gone.status]).not.toEqual([true, 204])
    expect((await signIn(clientOf(backend), email)).status).toBe(201)
  })

  it('signs in anew over a session that the library does not know any more', async () => {
    const { backend, client, email } = await givenHalfway()
    const database = openDatabase(backend.databaseFile)
    // As after a crash between the library's save and ours.
    const lost = newSecret()
    write(database, 'update session set secret_hash = ?', lost.hash)
    const [row] = database.prepare('select account_id from session').all() as { account_id: string }[]
    database.close()
    const value = Buffer.from(JSON.stringify({ id: row?.account_id, secret: lost.secret })).toString('base64')
    client.cookies.set(name, value)
    const refused = await client.call('GET', '/v1/account/mfa/factors')
    expect([refused.status, refused.body['type']]).toEqual([401, 'general_unauthorized_scope'])
    expect((await signIn(client, email)).status).toBe(201)
    expect((await client.call('GET', '/v1/account')).body['type']).toBe('user_more_factors_required')
  })
})
