import { createServer } from 'node:http'
import { unwrap } from '@countersign/core'
import { generateTotp, parseKeyUri } from '@countersign/core/totp'

type Fetch = (request: Request) => Promise<Response> | Response
async function signIn(secret: string): Promise<string> {
  hostSessions.set(secret, 'kim')
  unwrap(await mfa.sessions.begin({ userId: 'kim', sessionId: secret }, { method: 'password' }))
  return `session=${secret}`
}
async function call(server: Fetch, cookie: string, method: string, path: string, body?: object) {
  const request = new Request(`http://127.0.0.1${path}`, {
    method,
    headers: { cookie, origin: 'https://app.example', 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await server(request)
  const text = await response.text()
  const answer = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  return { status: response.status, answer, headers: response.headers }
}

const first = await signIn('one')
const hono: Fetch = (request) => app.fetch(request)
const enrolled = await call(hono, first, 'POST', '/v1/account/mfa/authenticators/totp', {})
const parsed = parseKeyUri(enrolled.answer.uri as string)
if (!parsed.ok) throw new Error('no URI')
const start = Date.now()
const otpAt = (step: number): string => generateTotp(parsed.secret, start + step * 30_000)
await call(hono, first, 'PUT', '/v1/account/mfa/authenticators/totp', { otp: otpAt(-1) })
const on = await call(hono, first, 'PATCH', '/v1/account/mfa', { mfa: true })
console.log('hono', on.status, on.answer.mfa)
console.log('own route', (await call(hono, first, 'GET', '/v1/account')).answer.factors)

const second = await signIn('two')
console.log('halfway', (await call(hono, second, 'GET', '/v1/account')).answer.type)

const server = createServer(web)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as { port: number }
const overExpress: Fetch = (request) => fetch(request.url.replace('127.0.0.1', `127.0.0.1:${port}`), request)
const prefs = await call(overExpress, second, 'GET', '/v1/account/prefs')
console.log('express', prefs.status, prefs.answer.type)
const challenge = await call(overExpress, second, 'POST', '/v1/account/mfa/challenges', { factor: 'totp' })
const done = await call((request) => rotating(request), second, 'PUT', '/v1/account/mfa/challenges', {
  challengeId: challenge.answer.$id,
  otp: otpAt(0),
})
const renewed = (done.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
console.log('rotated', done.status, done.answer.factors, renewed !== second)
console.log('express', (await call(overExpress, renewed, 'GET', '/v1/account/prefs')).status)
server.close()

await api.listen({ port: 0, host: '127.0.0.1' })
const address = api.server.address() as { port: number }
const overFastify: Fetch = (request) => fetch(request.url.replace('127.0.0.1', `127.0.0.1:${address.port}`), request)
const factors = await call(overFastify, renewed, 'GET', '/v1/account/mfa/factors')
console.log('fastify', factors.answer.totp, (await call(overFastify, renewed, 'GET', '/v1/account/prefs')).status)
const bad = await call(overFastify, renewed, 'PATCH', '/v1/account/mfa', { mfa: 'yes' })
console.log('malformed', bad.status, bad.answer.type)
await api.close()
console.log('faults', faults.length)
