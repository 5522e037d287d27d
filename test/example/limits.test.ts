import { createManualClock } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import { createLimits } from '../../examples/backend/limits.js'
import { backendForTest, clientOf, givenAccount, lastTo, password, signIn, type TestClient } from './backend.js'

async function statusesOf(count: number, call: () => Promise<{ readonly status: number }>): Promise<readonly number[]> {
  const statuses: number[] = []
  for (let each = 0; each < count; each++) statuses.push((await call()).status)
  return statuses
}

const signUp = (client: TestClient) => {
  const email = `n${Math.random().toString(36).slice(2)}@example.com`
  return client.call('POST', '/v1/account', { userId: 'unique()', email, password })
}

describe('Limits of the example backend', () => {
  it('stop the eleventh wrong password for an address within the hour, also the right one, and say for how long', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email } = await givenAccount(client)
    expect(await statusesOf(10, () => signIn(client, email, 'wrong password'))).toEqual(new Array(10).fill(401))
    const stopped = await signIn(client, email)
    expect([stopped.status, stopped.body['type']]).toEqual([429, 'general_rate_limit_exceeded'])
    expect(Number(stopped.headers.get('retry-after'))).toBe(3600)
    expect((await signIn(client, (await givenAccount(client)).email)).status).toBe(201)
    backend.clock.advance(3_600_000)
    expect((await signIn(clientOf(backend), email)).status).toBe(201)
  })

  it('are not flushed by whoever fills the memory: known ones still count, and newcomers wait for the oldest to end', () => {
    const clock = createManualClock(0)
    const limits = createLimits(clock, false)
    const [filled, other] = [
      { name: 'filled', perHour: 2 },
      { name: 'other', perHour: 1 },
    ]
    limits.take(other, 'kim')
    limits.take(filled, 'first')
    clock.advance(1000)
    for (let each = 1; each < 50_000; each++) limits.take(filled, `subject ${each}`)
    const late = expect.objectContaining({ type: 'general_rate_limit_exceeded', retryAtMs: 3_600_000 })
    expect(() => limits.take(filled, 'newcomer')).toThrow(late)
    expect(() => limits.take(other, 'kim')).toThrow(late)
    limits.take(other, 'newcomer')
    limits.take(filled, 'first')
    expect(() => limits.take(filled, 'first')).toThrow(late)
    clock.advance(3_600_000 - 1000)
    limits.take(filled, 'newcomer')
    limits.take(other, 'kim')
    expect(() => limits.take(filled, 'another')).toThrow(expect.objectContaining({ retryAtMs: 3_601_000 }))
  })

  it('are not counted up by sign-ins that succeed', async () => {
    const backend = await backendForTest({ demo: false })
    const { email } = await givenAccount(clientOf(backend))
    for (let round = 0; round < 3; round++) {
      expect(await statusesOf(9, () => signIn(clientOf(backend), email, 'wrong password'))).not.toContain(429)
      expect((await signIn(clientOf(backend), email)).status).toBe(201)
    }
  })

  it('hold against many wrong passwords at once', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email } = await givenAccount(client)
    const answers = await Promise.all(Array.from({ length: 30 }, () => signIn(client, email, 'wrong password')))
    expect(answers.filter(({ status }) => status === 401).length).toBe(10)
    expect(answers.filter(({ status }) => status === 429).length).toBe(20)
  })

  it('count every sign-up from one place, but in the demo only those that fail', async () => {
    const plain = clientOf(await backendForTest({ demo: false }))
    expect(await statusesOf(11, () => signUp(plain))).toEqual([...new Array(10).fill(201), 429])
    const demo = clientOf(await backendForTest())
    expect(await statusesOf(11, () => signUp(demo))).toEqual(new Array(11).fill(201))
    expect(await statusesOf(11, () => demo.call('POST', '/v1/account', {}))).toEqual(new Array(11).fill(400))
    const taken = { userId: 'unique()', email: (await givenAccount(demo)).email, password }
    const again = await statusesOf(11, () => demo.call('POST', '/v1/account', taken))
    expect(again).toEqual([...new Array(10).fill(409), 429])
  })

  it('allow five tries for a sign-in code, the right one included', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, id } = await givenAccount(client)
    await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
    const { code = '' } = lastTo(backend, email)
    const wrong = code === '000000' ? '000001' : '000000'
    const redeem = (secret: string) => client.call('POST', '/v1/account/sessions/token', { userId: id, secret })
    expect(await statusesOf(5, () => redeem(wrong))).toEqual([401, 401, 401, 401, 401])
    expect((await redeem(code)).status).toBe(401)
    await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
    expect(await statusesOf(4, () => redeem(wrong))).toEqual([401, 401, 401, 401])
    expect((await redeem(lastTo(backend, email).code ?? '')).status).toBe(429)
  })

  it('let a sign-in code live for a quarter of an hour', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email, id } = await givenAccount(client)
    await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
    const secret = lastTo(backend, email).code
    backend.clock.advance(15 * 60_000)
    expect((await client.call('POST', '/v1/account/sessions/token', { userId: id, secret })).status).toBe(401)
  })

  it('stop guessing the password from inside a session', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { email } = await givenAccount(client)
    await signIn(client, email)
    const guess = () =>
      client.call('PATCH', '/v1/account/email', { email: 'thief@example.com', password: 'wrong password' })
    expect(await statusesOf(11, guess)).toEqual([...new Array(10).fill(401), 429])
  })
})
