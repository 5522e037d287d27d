import { describe, expect, it } from 'vitest'
import { backendForTest, clientOf, signIn } from './backend.js'
import { completeWith, givenMfa } from './scenes.js'

describe('A session that waits for its second factor', () => {
  it('never pushes out one that has it, however often somebody signs in with the password', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const { email, app } = await givenMfa(backend, owner)
    const thieves = Array.from({ length: 12 }, () => clientOf(backend))
    for (const thief of thieves) {
      backend.clock.advance(1000)
      expect((await signIn(thief, email)).status).toBe(201)
    }
    expect((await owner.call('GET', '/v1/account')).status).toBe(200)
    expect((await owner.call('GET', '/v1/account/sessions')).body['total']).toBe(10)
    // The oldest of them gave way.
    const typeFor = async (index: number) => (await thieves[index]?.call('GET', '/v1/account'))?.body['type']
    expect(await typeFor(0)).toBe('general_unauthorized_scope')
    expect(await typeFor(11)).toBe('user_more_factors_required')
    const device = clientOf(backend)
    await signIn(device, email)
    expect((await completeWith(device, app.freshCode())).status).toBe(200)
    expect((await owner.call('GET', '/v1/account')).status).toBe(200)
  })

  it('finds room beside ten that have it, and after its second step the oldest makes way at the next sign-in', async () => {
    const backend = await backendForTest()
    const oldest = clientOf(backend)
    const { email, app } = await givenMfa(backend, oldest)
    const devices = Array.from({ length: 10 }, () => clientOf(backend))
    for (const device of devices) {
      backend.clock.advance(31_000)
      await signIn(device, email)
      expect((await completeWith(device, app.freshCode())).status).toBe(200)
    }
    expect((await oldest.call('GET', '/v1/account')).status).toBe(200)
    await signIn(clientOf(backend), email)
    expect((await oldest.call('GET', '/v1/account')).status).toBe(401)
    for (const device of devices) expect((await device.call('GET', '/v1/account')).status).toBe(200)
  })

  it('signs out itself by name or id, and no other', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const { email } = await givenMfa(backend, owner)
    const owned = (await owner.call('GET', '/v1/account/sessions/current')).body['$id']
    const thief = clientOf(backend)
    const own = (await signIn(thief, email)).body['$id']
    for (const id of [owned, 'nothing']) {
      const refused = await thief.call('DELETE', `/v1/account/sessions/${id}`)
      expect([refused.status, refused.body['type']]).toEqual([401, 'user_more_factors_required'])
    }
    expect((await owner.call('GET', '/v1/account')).status).toBe(200)
    expect((await thief.call('DELETE', `/v1/account/sessions/${own}`)).status).toBe(204)
    expect(thief.cookies.size).toBe(0)
    expect((await owner.call('GET', '/v1/account/sessions')).body['total']).toBe(1)
  })
})
