import type { Access } from '@countersign/adapters/http'
import { describe, expect, it } from 'vitest'
import { base, createScene, errorOf, page, prove, read } from './host.js'

const shut = '401 user_more_factors_required'
const guests = '401 general_unauthorized_scope'

/** Every route with a body that would do, old paths included. */
const routes: readonly [method: string, path: string, body: object][] = [
  ['POST', '/account/mfa/authenticators/totp', {}],
  ['PUT', '/account/mfa/authenticators/totp', { otp: '123456' }],
  ['DELETE', '/account/mfa/authenticators/totp', {}],
  ['POST', '/account/mfa/recovery-codes', {}],
  ['GET', '/account/mfa/recovery-codes', {}],
  ['PATCH', '/account/mfa/recovery-codes', {}],
  ['PATCH', '/account/mfa', { mfa: false }],
  ['POST', '/account/verifications/email', { url: `${page}/` }],
  ['POST', '/account/verification', { url: `${page}/` }],
  ['PUT', '/account/verifications/email', { userId: 'user1', secret: 'x' }],
  ['PUT', '/account/verification', { userId: 'user1', secret: 'x' }],
  ['POST', '/account/verifications/phone', {}],
  ['POST', '/account/verification/phone', {}],
  ['PUT', '/account/verifications/phone', { userId: 'user1', secret: '123456' }],
  ['PUT', '/account/verification/phone', { userId: 'user1', secret: '123456' }],
]
const open: readonly [method: string, path: string, body: object][] = [
  ['GET', '/account/mfa/factors', {}],
  ['POST', '/account/mfa/challenges', { factor: 'totp' }],
  ['POST', '/account/mfa/challenge', { factor: 'totp' }],
]

describe('the gate', () => {
  it.each(routes)('shuts %s %s to a session that is halfway, whatever it asks for', async (method, path, body) => {
    const { givenProtected, store } = createScene()
    const { half } = await givenProtected()
    const before = store.snapshot()
    expect(errorOf(await half.send(method, path, body))).toBe(shut)
    // Before the body is read, before an unknown type, before a user is looked up.
    expect(errorOf(await half.send(method, path, { otp: 1, mfa: 'x', url: 'javascript:', userId: 'nobody' }))).toBe(
      shut,
    )
    expect(errorOf(await half.send(method, path.replace('totp', 'sms'), body))).toBe(shut)
    expect(store.snapshot()).toBe(before)
  })

  it.each(open)('leaves %s %s open to it', async (method, path, body) => {
    const { givenProtected } = createScene()
    const { half } = await givenProtected()
    expect([200, 201]).toContain((await half.send(method, path, body)).status)
  })

  it.each([...routes.filter(([method, path]) => method !== 'PUT' || path.includes('totp')), ...open])(
    'shuts %s %s to a guest, to a stranger’s cookie, and to a session that has ended (X23)',
    async (method, path, body) => {
      const { givenProtected, guest, mfa, store } = createScene()
      const { setUp } = await givenProtected()
      expect(errorOf(await guest(method, path, body))).toBe(guests)
      expect(errorOf(await guest(method, path, body, { cookie: 'a_session_demo=forged' }))).toBe(guests)
      await mfa.sessions.end(setUp.ref)
      const before = store.snapshot()
      expect(errorOf(await setUp.send(method, path, body))).toBe(guests)
      expect(store.snapshot()).toBe(before)
    },
  )

  it('opens once the second factor is proven, for that session alone (X46)', async () => {
    const { givenProtected, signIn } = createScene()
    const { half, app, account } = await givenProtected()
    expect((await prove(half.send, 'totp', app.freshCode)).status).toBe(200)
    expect(errorOf(await half.send('POST', '/account/mfa/recovery-codes'))).toBe(
      '409 user_recovery_codes_already_exists',
    )
    const other = await signIn(account)
    expect(errorOf(await other.send('POST', '/account/mfa/recovery-codes'))).toBe(shut)
  })

  it('comes before the recent challenge: halfway is user_more_factors_required, not user_challenge_required', async () => {
    const { givenProtected } = createScene()
    const { half, setUp } = await givenProtected()
    expect(errorOf(await half.send('GET', '/account/mfa/recovery-codes'))).toBe(shut)
    expect(errorOf(await setUp.send('GET', '/account/mfa/recovery-codes'))).toBe('401 user_challenge_required')
  })
})

describe('a session that must enroll first', () => {
  async function enrolling() {
    const test = createScene({ mfa: { enforcement: { mfa: 'required' } } })
    const account = test.givenAccount({ phone: '+4915112345678' })
    return { ...test, account, session: await test.signIn(account) }
  }

  it.each([
    ['POST', '/account/mfa/authenticators/totp', {}, 200],
    ['POST', '/account/mfa/recovery-codes', {}, 201],
    ['POST', '/account/verifications/email', { url: `${page}/` }, 201],
    ['POST', '/account/verifications/phone', {}, 201],
    ['GET', '/account/mfa/factors', {}, 200],
  ])('finds %s %s open', async (method, path, body, status) => {
    const { session } = await enrolling()
    expect((await session.send(method, path, body)).status).toBe(status)
  })

  it.each([
    ['DELETE', '/account/mfa/authenticators/totp', {}],
    ['GET', '/account/mfa/recovery-codes', {}],
    ['PATCH', '/account/mfa/recovery-codes', {}],
    ['PATCH', '/account/mfa', { mfa: true }],
  ])('finds %s %s shut', async (method, path, body) => {
    const { session } = await enrolling()
    expect(errorOf(await session.send(method, path, body))).toBe(shut)
  })

  it('is satisfied by what it enrolls', async () => {
    const { session, app, clock: _, ...test } = await enrolling()
    app.scan((await session.send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    const answer = await session.send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })
    expect(answer.body).toMatchObject({ mfa: true })
    const { satisfied } = await test.mfa.sessions.assess(session.ref)
    expect(satisfied).toBe(true)
  })
})

describe('the gate for a host’s own routes', () => {
  const ask = async (access: Access | undefined, who: 'guest' | 'half' | 'whole' | 'enrolling') => {
    const test = createScene(who === 'enrolling' ? { mfa: { enforcement: { mfa: 'required' } } } : {})
    const session =
      who === 'enrolling' || who === 'guest'
        ? await test.signIn(test.givenAccount())
        : (await test.givenProtected())[who === 'half' ? 'half' : 'setUp']
    const headers = { origin: page, ...(who !== 'guest' && { 'x-appwrite-session': session.secret }) }
    const refusal = await test.handler.gate(new Request(`${base}/v1/account`, { headers }), undefined, access)
    if (refusal === null) return 'passes'
    expect(refusal.headers.get('access-control-allow-origin')).toBe(page)
    expect(refusal.headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate')
    return errorOf(await read(refusal))
  }

  it.each([
    [undefined, guests, shut, 'passes', shut],
    ['session', guests, shut, 'passes', shut],
    ['enroll', guests, shut, 'passes', 'passes'],
    ['open', guests, 'passes', 'passes', 'passes'],
    ['public', 'passes', shut, 'passes', 'passes'],
  ] as const)('with access %s answers guest, half, whole and enrolling sessions', async (access, ...expected) => {
    const answers = []
    for (const who of ['guest', 'half', 'whole', 'enrolling'] as const) answers.push(await ask(access, who))
    expect(answers).toEqual(expected)
  })

  it('refuses a stranger’s page and answers a preflight before it asks who calls', async () => {
    const { handler, givenProtected } = createScene()
    const { setUp } = await givenProtected()
    const gate = async (method: string, headers: Record<string, string>) => {
      const refusal = await handler.gate(new Request(`${base}/v1/account`, { method, headers }))
      return refusal && errorOf(await read(refusal))
    }
    const cookie = `a_session_demo=${setUp.secret}`
    expect(await gate('GET', { cookie, origin: 'https://evil.example' })).toBe('403 general_unknown_origin')
    expect(await gate('POST', { cookie, 'sec-fetch-site': 'cross-site' })).toBe('403 general_unknown_origin')
    expect(await gate('OPTIONS', { origin: page })).toBe('204')
    expect(await gate('POST', { cookie, origin: page })).toBeNull()
  })
})
