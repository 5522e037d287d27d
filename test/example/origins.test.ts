import { describe, expect, it } from 'vitest'
import { backendForTest, clientOf, givenAccount, givenSignedIn, password, type TestBackend } from './backend.js'

const localPage = 'http://localhost:3000'

const preflight = (backend: TestBackend, origin: string, path = '/v1/account') =>
  clientOf(backend).call('OPTIONS', path, undefined, {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-appwrite-project,x-appwrite-response-format,x-fallback-cookies',
  })

describe('Pages that call the example backend from a browser', () => {
  it('are, in the demo, its own and the one on port 3000, told so by their exact origin', async () => {
    const backend = await backendForTest()
    for (const origin of [localPage, `http://localhost:${backend.port}`, `http://127.0.0.1:${backend.port}`]) {
      for (const path of ['/v1/account', '/v1/account/sessions/email', '/v1/account/mfa/challenges']) {
        const { status, headers } = await preflight(backend, origin, path)
        expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin])
        expect(headers.get('access-control-allow-credentials')).toBe('true')
        const allowed = String(headers.get('access-control-allow-headers')).toLowerCase()
        for (const name of ['content-type', 'x-appwrite-project', 'x-fallback-cookies', 'x-sdk-version']) {
          expect(allowed).toContain(name)
        }
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
          expect(headers.get('access-control-allow-methods')).toContain(method)
        }
      }
      const answer = await clientOf(backend).call('GET', '/v1/account', undefined, { origin })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      expect(answer.headers.get('access-control-expose-headers')).toContain('X-Fallback-Cookies')
    }
  })

  it('and all others are refused before anything is done', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenSignedIn(client)
    const strangers = ['https://evil.example', 'null', 'http://localhost:3001', 'http://localhost:3000.evil.example']
    const account = { userId: 'made-by-a-stranger', email: 'stranger@example.com', password }
    for (const origin of strangers) {
      for (const path of ['/v1/account', '/v1/account/mfa']) {
        const { headers } = await preflight(backend, origin, path)
        expect(headers.get('access-control-allow-origin')).toBeNull()
      }
      const answers = [
        await client.call('GET', '/v1/account', undefined, { origin }),
        await client.call('DELETE', '/v1/account/sessions/current', undefined, { origin }),
        await client.call('POST', '/v1/account', account, { origin }),
        await client.call('PATCH', '/v1/account/mfa', { mfa: true }, { origin }),
      ]
      for (const { status, body, headers } of answers) {
        expect([status, body['type']]).toEqual([403, 'general_unknown_origin'])
        expect(headers.get('access-control-allow-origin')).toBeNull()
      }
    }
    const form = await client.call('DELETE', '/v1/account/sessions/current', undefined, {
      'sec-fetch-site': 'cross-site',
    })
    expect(form.status).toBe(403)
    expect((await client.call('GET', '/v1/account')).body['mfa']).toBe(false)
    expect((await client.call('POST', '/v1/account', account)).status).toBe(201)
  })

  it('are without the demo flag only its own and those the host names', async () => {
    const backend = await backendForTest({ demo: false, allowedOrigins: ['https://page.example'] })
    const allowed = async (origin: string) => (await preflight(backend, origin)).status === 204
    expect(await allowed(localPage)).toBe(false)
    expect(await allowed('https://page.example')).toBe(true)
    expect(await allowed(`http://localhost:${backend.port}`)).toBe(true)
    const client = clientOf(backend)
    await givenSignedIn(client)
    const path = '/v1/account/verifications/email'
    const refused = await client.call('POST', path, { url: 'https://example.com/verify' })
    expect([refused.status, refused.body['type']]).toEqual([400, 'general_argument_invalid'])
  })

  it('get answers that no cache may keep', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenAccount(client)
    for (const path of ['/v1/account', '/v1/account/mfa/factors', '/v1/nothing', '/__outbox']) {
      const { headers } = await client.call('GET', path)
      expect([path, headers.get('cache-control')?.includes('no-store')]).toEqual([path, true])
    }
  })
})
