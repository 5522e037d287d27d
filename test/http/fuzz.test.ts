import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base, createScene, page, read } from './host.js'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)

const paths = [
  '/account/mfa/authenticators/totp',
  '/account/mfa/recovery-codes',
  '/account/mfa',
  '/account/mfa/factors',
  '/account/mfa/challenges',
  '/account/mfa/challenge',
  '/account/verifications/email',
  '/account/verification',
  '/account/verifications/phone',
  '/account/verification/phone',
]
const names = ['otp', 'challengeId', 'factor', 'mfa', 'url', 'userId', 'secret', 'type', '__proto__', 'constructor']
const likely = [
  'totp',
  'email',
  'recoverycode',
  '123456',
  'user1',
  `${page}/verify`,
  'https://evil.example',
  '',
  '\0',
  '\ud800',
]
const value = fc.oneof(fc.constantFrom(...likely), fc.string({ unit: 'binary' }), fc.jsonValue(), fc.boolean())
const body = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.tuple(fc.constantFrom(...names), value)).map((pairs) => text(pairs)) },
  fc.json(),
  fc.string({ unit: 'binary' }),
)
const type = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'application/json;x=y',
)
const path = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...paths) },
  fc.webPath().map((each) => `/account/mfa${each}`),
)

/** As a client would write it, keys given twice included. */
function text(pairs: readonly (readonly [string, unknown])[]): string {
  return `{${pairs.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`).join(',')}}`
}

describe('whatever is sent', () => {
  it('is answered in the dialect, with no fault; what is malformed, unknown or shut out changes nothing', async () => {
    const test = createScene()
    const { setUp, half } = await test.givenProtected()
    const requests = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'),
      path,
      body,
      type,
      cookie: fc.constantFrom(setUp.secret, half.secret, 'unknown', ''),
    })
    await fc.assert(
      fc.asyncProperty(requests, async ({ method, path: target, body: sent, type: contentType, cookie }) => {
        const before = test.store.snapshot()
        const hasBody = method !== 'GET' && method !== 'HEAD'
        const request = new Request(`${base}/v1${target}`, {
          method,
          headers: { 'content-type': contentType, cookie: `a_session_demo=${cookie}` },
          ...(hasBody && { body: sent }),
        })
        const { status, body: answer, headers, text: raw } = await read(await test.handler(request))
        expect(status === 501 || status < 500, `${method} ${target} ${sent}: ${status} ${raw}`).toBe(true)
        expect(headers.get('cache-control')).toContain('no-store')
        if (status >= 400 && method !== 'HEAD') expect(answer).toMatchObject({ code: status, type: expect.any(String) })
        const isRefused = [400, 403, 404, 501].includes(status) || answer.type === 'general_unauthorized_scope'
        if (isRefused) expect(test.store.snapshot()).toBe(before)
      }),
      { numRuns },
    )
    expect(test.faults).toEqual([])
  })
})
