import { errorResponse } from '@countersign/adapters/http'
import { describe, expect, it } from 'vitest'
import { base, createScene, errorOf, page, read } from './host.js'

const refused = '403 general_unknown_origin'

async function scene() {
  const test = createScene()
  const user = await test.givenProtected()
  const ask = async (headers: Record<string, string>, method = 'POST', body = '{"factor":"totp"}') => {
    const request = new Request(`${base}/v1/account/mfa/challenges`, {
      method,
      headers: { cookie: `a_session_demo=${user.half.secret}`, 'content-type': 'application/json', ...headers },
      ...(method !== 'OPTIONS' && method !== 'GET' && { body }),
    })
    return read(await test.handler(request))
  }
  return { ...test, ...user, ask }
}

describe('a page’s request', () => {
  it('from a listed origin is answered with the CORS headers that the reference client needs', async () => {
    const { ask } = await scene()
    const { status, headers } = await ask({ origin: page, 'sec-fetch-site': 'cross-site' })
    expect(status).toBe(201)
    expect(headers.get('access-control-allow-origin')).toBe(page)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-expose-headers')).toMatch(/X-Appwrite-Session, X-Fallback-Cookies/)
    expect(headers.get('vary')).toBe('Origin')
  })

  it.each([
    'https://evil.example',
    'https://app.example.evil.example',
    'https://app.example:444',
    'http://app.example',
    'https://APP.example',
    'https://app.example/',
    'https://app.example, https://evil.example',
    'null',
    '*',
    '',
  ])('from origin %j is refused before anything else, and changes nothing', async (origin) => {
    const { ask, store, outbox } = await scene()
    const before = store.snapshot()
    for (const site of ['cross-site', 'same-site', 'same-origin']) {
      const answer = await ask({ origin, 'sec-fetch-site': site })
      expect(errorOf(answer)).toBe(refused)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
    expect(store.snapshot()).toBe(before)
    expect(outbox.messages).toEqual([])
  })

  it('from another site without an origin is refused, whatever its method', async () => {
    const { ask } = await scene()
    expect(errorOf(await ask({ 'sec-fetch-site': 'cross-site' }))).toBe(refused)
    expect(errorOf(await ask({ 'sec-fetch-site': ' Cross-Site ' }))).toBe(refused)
    expect(errorOf(await ask({ 'sec-fetch-site': 'cross-site' }, 'GET'))).toBe(refused)
  })

  it('without an origin from the same site, and from a client that is no browser, is answered', async () => {
    const { ask } = await scene()
    for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
      expect((await ask(headers as Record<string, string>)).status).toBe(201)
    }
  })

  it('that a form could send is refused also where no browser names the origin', async () => {
    const { ask, store } = await scene()
    const before = store.snapshot()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      for (const body of ['{"factor":"totp"}', 'factor=totp', '']) {
        expect(errorOf(await ask({ 'content-type': type }, 'POST', body))).toBe('400 general_argument_invalid')
      }
    }
    expect(store.snapshot()).toBe(before)
  })

  it('is not helped by headers that a proxy would set', async () => {
    const { ask } = await scene()
    const forged = { 'x-forwarded-host': 'app.example', 'x-forwarded-proto': 'https', host: 'app.example' }
    expect(errorOf(await ask({ origin: 'https://evil.example', ...forged }))).toBe(refused)
  })
})

describe('a preflight', () => {
  it('from a listed origin allows the methods and headers of the reference client, on every path', async () => {
    const { handler, guest: _ } = await scene()
    for (const path of ['/account/mfa/challenges', '/account/mfa', '/account', '/nowhere']) {
      const request = new Request(`${base}/v1${path}`, {
        method: 'OPTIONS',
        headers: { origin: page, 'access-control-request-method': 'PATCH', 'sec-fetch-site': 'cross-site' },
      })
      const { status, headers, text } = await read(await handler(request))
      expect([status, text]).toEqual([204, ''])
      expect(headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, PATCH, DELETE')
      const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ')
      for (const name of [
        'content-type',
        'x-appwrite-project',
        'x-appwrite-response-format',
        'x-fallback-cookies',
        'x-sdk-name',
        'x-sdk-version',
        'x-sdk-platform',
        'x-sdk-language',
        'x-appwrite-jwt',
        'x-appwrite-session',
        'x-appwrite-locale',
      ]) {
        expect(allowed).toContain(name)
      }
      expect(headers.get('access-control-allow-origin')).toBe(page)
    }
  })

  it('from an unlisted one is refused, and one without an origin allows nothing', async () => {
    const { ask } = await scene()
    expect(errorOf(await ask({ origin: 'https://evil.example' }, 'OPTIONS'))).toBe(refused)
    const plain = await ask({}, 'OPTIONS')
    expect(plain.status).toBe(204)
    expect(plain.headers.get('access-control-allow-methods')).toBeNull()
  })
})

describe('every answer', () => {
  it('forbids keeping it', async () => {
    const { half, setUp, guest, ask } = await scene()
    const answers = [
      await half.send('GET', '/account/mfa/factors'),
      await half.send('POST', '/account/mfa/challenges', { factor: 'email' }),
      await half.send('PATCH', '/account/mfa', { mfa: false }),
      await setUp.send('PUT', '/account/mfa', {}),
      await guest('GET', '/account/mfa/factors'),
      await ask({ origin: page }, 'OPTIONS'),
      await ask({ origin: 'https://evil.example' }),
    ]
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})

describe('wrap, for a host’s own routes', () => {
  it('answers preflights, refuses strangers, and lays the headers on', async () => {
    const { handler } = await scene()
    let calls = 0
    const wrapped = (method: string, origin: string) =>
      handler.wrap(new Request(`${base}/v1/account`, { method, headers: { origin } }), () => {
        calls++
        return Response.json({ $id: 'kim' }, { headers: { vary: 'Accept, Origin', 'set-cookie': 'a=b' } })
      })
    expect((await wrapped('OPTIONS', page)).status).toBe(204)
    expect((await wrapped('GET', 'https://evil.example')).status).toBe(403)
    expect(calls).toBe(0)
    const answer = await wrapped('GET', page)
    expect(await answer.json()).toEqual({ $id: 'kim' })
    expect(answer.headers.get('access-control-allow-origin')).toBe(page)
    expect(answer.headers.get('vary')).toBe('Accept, Origin')
    expect(answer.headers.getSetCookie()).toEqual(['a=b'])
  })

  it('makes an answer of what a route throws, and tells the host what a 500 was', async () => {
    const { handler, mfa, half, faults, clock, givenProtected } = await scene()
    const thrown = async (act: () => Promise<unknown>) => {
      const request = new Request(`${base}/v1/account`)
      const answer = handler.wrap(request, async () => Response.json(await act()))
      return errorOf(await read(await answer))
    }
    const { unwrap } = await import('@countersign/core')
    expect(await thrown(() => mfa.sessions.require(half.ref))).toBe('401 user_more_factors_required')
    expect(await thrown(() => mfa.sessions.require({ ...half.ref, sessionId: 'unknown' }))).toBe(
      '401 general_unauthorized_scope',
    )
    expect(await thrown(async () => unwrap(await mfa.totp.enroll(half.ref, { accountName: 'kim' })))).toBe(
      '401 user_more_factors_required',
    )
    const { setUp } = await givenProtected()
    clock.advance(3600_000)
    expect(await thrown(() => mfa.sessions.require(setUp.ref, { maxAgeMs: 60_000 }))).toBe(
      '401 user_challenge_required',
    )
    expect(faults).toEqual([])
    const fault = new Error('the host’s own')
    expect(await thrown(() => Promise.reject(fault))).toBe('500 general_server_error')
    expect(faults).toEqual([fault])
  })
})

describe('wrap, where a host’s own unwrap throws', () => {
  it('says how long to wait', async () => {
    const { handler, mfa, half } = await scene()
    const guess = async () => {
      const { unwrap } = await import('@countersign/core')
      const act = async () => unwrap(await mfa.challenges.verify(half.ref, { factor: 'totp', code: '000000' }))
      return read(await handler.wrap(new Request(`${base}/v1/account`), async () => Response.json(await act())))
    }
    let answer = await guess()
    for (let tries = 0; tries < 10 && answer.status === 401; tries++) answer = await guess()
    expect([errorOf(answer), answer.headers.get('retry-after')]).toEqual(['429 general_rate_limit_exceeded', '30'])
  })
})

describe('errorResponse', () => {
  it('speaks for a reason of the core as for a type of the dialect', async () => {
    for (const [name, status, type] of [
      ['invalid_code', 401, 'user_invalid_token'],
      ['busy', 503, 'general_busy'],
      ['user_invalid_credentials', 401, 'user_invalid_credentials'],
      ['project_not_found', 404, 'project_not_found'],
    ] as const) {
      const { body, headers } = await read(errorResponse(name))
      expect(body).toMatchObject({ code: status, type })
      expect(headers.get('content-type')).toMatch(/^application\/json/)
    }
  })

  it('rounds a wait up to whole seconds, one at least', async () => {
    for (const [retryAfterMs, seconds] of [
      [29_001, '30'],
      [30_000, '30'],
      [1, '1'],
      [-5, '1'],
    ] as const) {
      const { headers, status } = await read(errorResponse('throttled', { retryAfterMs, message: 'Wait.' }))
      expect([status, headers.get('retry-after')]).toEqual([429, seconds])
    }
  })
})
