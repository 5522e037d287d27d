import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base, createScene, errorOf, minute, prove, read, type Scene } from './host.js'
import { malformedRequests } from './malformed-requests.js'

let test: Scene
let user: Awaited<ReturnType<Scene['givenProtected']>>
let challengeId: string
let before: string

const state = (): string =>
  JSON.stringify([test.store.snapshot(), [...test.accounts], [...test.sessions], test.outbox.messages, test.verified])

beforeAll(async () => {
  test = createScene()
  user = await test.givenProtected()
  user.account.emailVerification = false
  await prove(user.setUp.send, 'totp', user.app.freshCode)
  test.clock.advance(minute)
  challengeId = (await user.setUp.send('POST', '/account/mfa/challenges', { factor: 'totp' })).body.$id as string
  before = state()
})

afterAll(() => expect(test.faults).toEqual([]))

describe('a malformed request', () => {
  it('comes in more than 60 kinds', () => {
    expect(malformedRequests.length).toBeGreaterThan(60)
    expect(new Set(malformedRequests.map(({ name, path }) => `${name} ${path}`)).size).toBe(malformedRequests.length)
  })

  it.each(malformedRequests)('$name on $method $path is $error, and changes nothing', async (malformed) => {
    const { method, path, body, headers = {}, error } = malformed
    const filled = typeof body === 'string' ? body.replaceAll('$id', challengeId) : body
    const request = new Request(`${base}/v1${path.replaceAll('$id', challengeId)}`, {
      method,
      headers: { ...headers, cookie: `a_session_demo=${user.setUp.secret}; other=1; =; a=b=c` },
      ...(filled !== undefined && { body: filled as string }),
    })
    const answer = await read(await test.handler(request))
    expect(errorOf(answer)).toBe(error)
    expect(answer.body).toMatchObject({ code: answer.status, message: expect.any(String), version: expect.any(String) })
    expect(state()).toBe(before)
  })

  it('names the parameter and never repeats its value', async () => {
    const value = `canary\0${'x'.repeat(10)}`
    const { text, body } = await user.setUp.send('PUT', '/account/mfa/challenges', { challengeId: value, otp: '1' })
    expect(body.message).toContain('`challengeId`')
    expect(text).not.toContain('canary')
  })

  it('is one also by its declared length alone, before anything is read', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(1024).fill(0x20))
      },
    })
    const send = (headers: Record<string, string>) =>
      test.handler(
        new Request(`${base}/v1/account/mfa/challenges`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json', cookie: `a_session_demo=${user.setUp.secret}`, ...headers },
          body: endless,
          duplex: 'half',
        } as RequestInit),
      )
    expect(errorOf(await read(await send({ 'content-length': '1000000' })))).toBe('400 general_argument_invalid')
    expect(pulled).toBeLessThan(3)
  })

  it('is one also without a declared length: an endless body is left after 64 KiB', async () => {
    let pulled = 0
    let isCanceled = false
    const endless = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(1024).fill(0x20))
      },
      cancel() {
        isCanceled = true
      },
    })
    const request = new Request(`${base}/v1/account/mfa`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', cookie: `a_session_demo=${user.setUp.secret}` },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    expect(errorOf(await read(await test.handler(request)))).toBe('400 general_argument_invalid')
    expect(isCanceled).toBe(true)
    expect(pulled).toBeLessThan(70)
  })

  it('is one also where its body was read before, or breaks off', async () => {
    const headers = { 'content-type': 'application/json', cookie: `a_session_demo=${user.setUp.secret}` }
    const used = new Request(`${base}/v1/account/mfa`, { method: 'PATCH', headers, body: '{"mfa":false}' })
    await used.text()
    expect(errorOf(await read(await test.handler(used)))).toBe('400 general_argument_invalid')
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error('gone')),
    })
    const init = { method: 'PATCH', headers, body: broken, duplex: 'half' } as RequestInit
    const answer = await read(await test.handler(new Request(`${base}/v1/account/mfa`, init)))
    expect(errorOf(answer)).toBe('400 general_argument_invalid')
    expect(state()).toBe(before)
  })

  it('is not one for parameters that no route knows, nor for the spellings of UTF-8', async () => {
    for (const type of ['application/json', 'application/json; charset=UTF-8', 'Application/JSON;charset="utf-8"']) {
      const { status } = await user.setUp.send(
        'POST',
        '/account/mfa/challenges',
        { factor: 'TOTP', unknown: { deep: [1] }, toString: 1 },
        { 'content-type': type },
      )
      expect(status, type).toBe(201)
    }
  })

  it('is not one for being long: 60 KiB of text or 30,000 arrays in arrays are read or refused at once', async () => {
    const send = (more: string) => {
      const body = `{"factor":"totp","more":${more}}`
      const headers = { 'content-type': 'application/json', cookie: `a_session_demo=${user.setUp.secret}` }
      return test.handler(new Request(`${base}/v1/account/mfa/challenges`, { method: 'POST', headers, body }))
    }
    const startedMs = performance.now()
    expect((await send(JSON.stringify('\\"'.repeat(20_000).slice(0, 20_000)))).status).toBe(201)
    expect((await send(`"${'x'.repeat(60_000)}"`)).status).toBe(201)
    expect((await send(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)).status).toBe(400)
    expect((await send(`"${'\\\\'.repeat(15_000)}`)).status).toBe(400)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })

  it('is one also where escaping makes a URL too long for a link', async () => {
    const url = `https://app.example/?${'"'.repeat(1900)}`
    expect(errorOf(await user.setUp.send('POST', '/account/verifications/email', { url }))).toBe(
      '400 general_argument_invalid',
    )
  })
})
