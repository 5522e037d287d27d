import { describe, expect, it } from 'vitest'
import { errorOf, page } from './host.js'
import { serve } from './serve.js'
import { ask, serverKinds } from './servers.js'

describe.each(Object.entries(serverKinds))('under %s', (_name, kind) => {
  it('a sign-in is completed, its body read once, and ctx holds the framework’s own request and response', async () => {
    const { send, app, contexts } = await serve(kind)
    const factors = await send('GET', '/account/mfa/factors')
    expect(factors.body).toEqual({ totp: true, email: true, phone: true, recoveryCode: true, custom: false })
    const { body } = await send('POST', '/account/mfa/challenges', { factor: 'totp' })
    const answer = await send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp: app.freshCode() })
    expect(answer.status).toBe(200)
    expect(answer.body.factors).toEqual(['password', 'totp'])
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate')
    for (const { req, res } of contexts) {
      expect(req).toHaveProperty('headers.cookie')
      expect(res).toBeTypeOf('object')
    }
    const gone = await send('DELETE', '/account/mfa/authenticators/totp')
    expect([gone.status, gone.text]).toEqual([204, ''])
  })

  it('bad bodies are refused as ever, and change nothing', async () => {
    const { server, half, store } = await serve(kind)
    const before = store.snapshot()
    const cookie = `a_session_demo=${half.secret}`
    const put = (body: string, headers = {}) =>
      ask(server, 'PUT', '/v1/account/mfa/challenges', body, { cookie, ...headers })
    for (const body of ['{"challengeId":', '[]', '"x"', '{"challengeId":1,"otp":"1"}', 'x'.repeat(70_000), '']) {
      const { status } = await put(body)
      // A framework that parses the body refuses some of these before we see them.
      expect([400, 413], body.slice(0, 20)).toContain(status)
    }
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json; charset=utf-16']) {
      expect([400, 415], type).toContain((await put('{"factor":"totp"}', { 'content-type': type })).status)
    }
    expect(store.snapshot()).toBe(before)
  })

  it('preflights and strangers’ pages are answered as ever', async () => {
    const { server, send } = await serve(kind)
    const preflight = await ask(server, 'OPTIONS', '/v1/account/mfa/challenges', undefined, { origin: page })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(page)
    const evil = { origin: 'https://evil.example' }
    expect(errorOf(await send('POST', '/account/mfa/challenges', { factor: 'totp' }, evil))).toBe(
      '403 general_unknown_origin',
    )
  })

  it('a host of its own choosing helps nobody', async () => {
    const { send, outbox, as, givenAccount, signIn, account: _ } = await serve(kind)
    const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }
    const other = await signIn(givenAccount())
    const body = { url: 'https://evil.example/' }
    expect(errorOf(await as(other.secret)('POST', '/account/verifications/email', body, forged))).toBe(
      '400 general_argument_invalid',
    )
    expect((await send('GET', '/account/mfa/factors', undefined, { ...forged, host: 'a b@c/d' })).status).toBe(200)
    expect(outbox.messages).toEqual([])
  })
})
