import { createMfaHandler, errorResponse, type MfaHandlerOptions } from '@countersign/adapters/http'
import { createTestMfa } from '@countersign/adapters/testing'
import { httpStatusOf, type Mfa, type MfaError, type Reason, type Refusal } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { errorTypes, statusOf } from '../../packages/adapters/src/http/error-types.js'
import { type RouteName, refusalRows, typeOfRefusal } from '../../packages/adapters/src/http/refusals.js'
import { errorsPage } from './errors-page.js'
import { createScene, errorOf, page, prove, sender } from './host.js'

const reasons = refusalRows.filter(({ route }) => route === '*').map(({ reason }) => reason as Reason)

/** How each route is asked, and which call of the core then decides. */
const calls: Readonly<Record<RouteName, readonly [body: object, group: keyof Mfa, call: string]>> = {
  'POST /account/mfa/authenticators/{type}': [{}, 'totp', 'enroll'],
  'PUT /account/mfa/authenticators/{type}': [{ otp: '123456' }, 'totp', 'confirm'],
  'DELETE /account/mfa/authenticators/{type}': [{}, 'factors', 'remove'],
  'POST /account/mfa/recovery-codes': [{}, 'recoveryCodes', 'generate'],
  'GET /account/mfa/recovery-codes': [{}, 'factors', 'list'],
  'PATCH /account/mfa/recovery-codes': [{}, 'recoveryCodes', 'regenerate'],
  'PATCH /account/mfa': [{ mfa: true }, 'enable', ''],
  'GET /account/mfa/factors': [{}, 'factors', 'list'],
  'POST /account/mfa/challenges': [{ factor: 'email' }, 'challenges', 'create'],
  'PUT /account/mfa/challenges': [{ challengeId: 'x', otp: '1' }, 'challenges', 'complete'],
  'POST /account/verifications/email': [{ url: `${page}/` }, 'contacts', 'set'],
  'PUT /account/verifications/email': [{ userId: 'user1', secret: 'x' }, 'contacts', 'confirm'],
  'POST /account/verifications/phone': [{}, 'contacts', 'set'],
  'PUT /account/verifications/phone': [{ userId: 'user1', secret: '123456' }, 'contacts', 'confirm'],
}

/** The library, but one call answers this refusal. */
function refusing(mfa: Mfa, group: keyof Mfa, call: string, refusal: Refusal): Mfa {
  const refuse = async () => refusal
  return { ...mfa, [group]: call === '' ? refuse : { ...Object(mfa[group]), [call]: refuse } }
}

describe('docs/http-errors.md', () => {
  it('is printed from the table that the handler reads', async () => {
    await expect(errorsPage()).toMatchFileSnapshot('../../docs/http-errors.md')
  })

  it('has the status of httpStatusOf for every reason', () => {
    for (const { route, reason, type } of refusalRows) {
      if (route === '*' && reason !== 'factor_not_available' && !/^(?:already_|nothing_|not_found)/.test(reason)) {
        expect(statusOf(type), reason).toBe(httpStatusOf(reason))
      }
    }
    expect(reasons).toHaveLength(17)
  })

  it('has a type for every error, each with a 4xx or 5xx and words of its own', async () => {
    for (const type of errorTypes) {
      const { status, ...response } = { status: statusOf(type), body: await errorResponse(type).json() }
      expect(status).toBeGreaterThanOrEqual(400)
      expect(response.body).toEqual({ message: expect.any(String), code: status, type, version: '1.9.6' })
    }
  })
})

describe.each(Object.entries(calls))('%s', (route, [body, group, call]) => {
  it.each(reasons)('answers %s as the table says', async (reason) => {
    const test = createScene()
    const account = test.givenAccount({ phone: '+4915112345678' })
    const { send, secret } = await test.signIn(account)
    const codes = (await send('POST', '/account/mfa/recovery-codes')).body.recoveryCodes as readonly string[]
    if (route.startsWith('DELETE')) {
      test.app.scan((await send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
      await send('PUT', '/account/mfa/authenticators/totp', { otp: test.app.freshCode() })
    }
    await prove(send, 'recoverycode', () => codes[0] as string)
    const refusal: Refusal = { ok: false, reason, retryAtMs: test.clock.nowMs() + 12_345 }
    const mfa = refusing(test.mfa, group, call, refusal)
    const asked = sender(createMfaHandler({ ...test.handlerOptions, mfa }), { 'x-appwrite-session': secret })
    const [method = '', path = ''] = route.replace('{type}', 'totp').split(' ')
    const type = typeOfRefusal(route as RouteName, refusal)
    const answer = await asked(method, path, body)
    expect(errorOf(answer)).toBe(`${statusOf(type)} ${type}`)
    expect(answer.headers.get('retry-after')).toBe(type === 'general_rate_limit_exceeded' ? '13' : null)
  })
})

describe('a 429', () => {
  it('says when to come back also where the refusal does not', async () => {
    for (const [reason, seconds] of [
      ['locked', '3600'],
      ['throttled', '60'],
    ] as const) {
      const test = createScene()
      const { secret } = await test.signIn(test.givenAccount())
      const mfa = refusing(test.mfa, 'challenges', 'complete', { ok: false, reason })
      const send = sender(createMfaHandler({ ...test.handlerOptions, mfa }), { 'x-appwrite-session': secret })
      const answer = await send('PUT', '/account/mfa/challenges', { challengeId: 'x', otp: '1' })
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, seconds])
    }
  })
})

describe('createMfaHandler', () => {
  const good: MfaHandlerOptions = {
    mfa: createTestMfa({ policy: { optIn: 'explicit' } }).mfa,
    authenticate: () => null,
    describeUser: () => null,
    describeSession: () => ({ $id: 'x' }),
    onContactVerified: () => undefined,
  }

  it('takes what is needed and no more', () => {
    expect(createMfaHandler(good)).toBeTypeOf('function')
  })

  it.each<[string, object]>([
    ['mfa', { mfa: undefined }],
    ['mfa', { mfa: {} }],
    ['mfa', { mfa: createTestMfa().mfa }],
    ['basePath', { basePath: 'v1' }],
    ['basePath', { basePath: '/v1/' }],
    ['basePath', { basePath: '/v1/:id' }],
    ['basePath', { basePath: '/v1*' }],
    ['allowedOrigins', { allowedOrigins: ['*'] }],
    ['allowedOrigins', { allowedOrigins: 'https://app.example' }],
    ['allowedOrigins', { allowedOrigins: ['https://app.example/'] }],
    ['allowedOrigins', { allowedOrigins: ['https://*.example'] }],
    ['allowedOrigins', { allowedOrigins: ['null'] }],
    ['verificationUrls', { verificationUrls: ['https://app.example/verify'] }],
    ['verificationUrls', { verificationUrls: ['javascript:alert(1)'] }],
    ['verificationUrls', { verificationUrls: ['https://app.example:443'] }],
    ['authenticate', { authenticate: undefined }],
    ['describeUser', { describeUser: 'x' }],
    ['describeSession', { describeSession: null }],
    ['onContactVerified', { onContactVerified: undefined }],
    ['rotateSession', { rotateSession: true }],
    ['tenantOf', { tenantOf: 'acme' }],
    ['onError', { onError: 1 }],
  ])('refuses a wrong %s: %j', (option, wrong) => {
    let error: unknown
    try {
      createMfaHandler({ ...good, ...wrong })
    } catch (thrown) {
      error = thrown
    }
    expect((error as MfaError).code).toBe('invalid_configuration')
    expect((error as MfaError).message).toContain(`\`${option}\``)
  })

  it('serves also without a base path', async () => {
    const answer = await createMfaHandler(good)(new Request('http://any.example/account/mfa/factors'))
    expect([answer.status, await answer.json()]).toMatchObject([401, { type: 'general_unauthorized_scope' }])
  })

  it('knows its paths, whatever the method, and leaves the host’s own alone', () => {
    const handler = createMfaHandler({ ...good, basePath: '/v1' })
    const handles = (path: string): boolean => handler.handles(new Request(`http://any.example${path}`))
    for (const path of [
      '/v1/account/mfa',
      '/v1/account/mfa/authenticators/sms',
      '/v1/account/verification/phone?x=1',
    ]) {
      expect(handles(path), path).toBe(true)
    }
    for (const path of [
      '/account/mfa',
      '/v1/account',
      '/v1/account/mfa/authenticators',
      '/v1/account/mfa/',
      '/v1x/account/mfa',
    ]) {
      expect(handles(path), path).toBe(false)
    }
  })
})
