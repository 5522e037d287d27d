import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createScene, errorOf, minute, page, prove } from './host.js'
import { signedIn } from './signed-in.js'

describe('the challenge routes', () => {
  it.each([
    ['totp', {}, '404 user_authenticator_not_found'],
    ['recoverycode', {}, '404 user_recovery_codes_not_found'],
    ['email', { email: '' }, '400 user_email_not_found'],
    ['phone', {}, '400 user_phone_not_found'],
    ['email', { email: 'kim@example.com' }, '400 user_email_not_verified'],
    ['phone', { phone: '+4915112345678' }, '400 user_phone_not_verified'],
    ['custom', {}, '501 user_auth_method_unsupported'],
  ])('refuse factor %s of an account with %j as %s, and keep no orphan', async (factor, fields, error) => {
    const { send, store } = await signedIn(fields)
    const before = store.snapshot()
    expect(errorOf(await send('POST', '/account/mfa/challenges', { factor }))).toBe(error)
    expect(store.snapshot()).toBe(before)
  })

  it.each([
    ['email_otp', 'email', 'email'],
    ['email_link', 'email', 'email'],
    ['phone_otp', 'phone', 'phone'],
  ])('after a sign-in by %s neither list nor accept %s as a factor (X19)', async (method, factor, name) => {
    const { givenProtected, signIn, outbox } = createScene()
    const { account, app } = await givenProtected()
    const { send } = await signIn(account, { method })
    outbox.clear()
    expect((await send('GET', '/account/mfa/factors')).body[factor]).toBe(false)
    expect(errorOf(await send('POST', '/account/mfa/challenges', { factor }))).toBe('400 user_factor_not_independent')
    expect(outbox.messages).toEqual([])
    expect((await prove(send, 'totp', app.freshCode)).body.factors).toEqual([name, 'totp'])
  })

  it('answer the open challenge again within the cooldown, and send nothing', async () => {
    const { givenProtected, outbox } = createScene()
    const { half } = await givenProtected()
    const first = await half.send('POST', '/account/mfa/challenges', { factor: 'email' })
    const again = await half.send('POST', '/account/mfa/challenge', { factor: 'Email' })
    expect([again.status, again.body.$id]).toEqual([201, first.body.$id])
    expect(outbox.messages).toHaveLength(1)
  })

  it('check 23: a wrong code does not burn a challenge, and the answer’s secret is empty', async () => {
    const { givenProtected, outbox } = createScene()
    const { half, account } = await givenProtected()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'email' })
    const complete = (otp: string) => half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp })
    const code = outbox.codeTo(account.email)
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10))
    expect(errorOf(await complete(wrong))).toBe('401 user_invalid_token')
    expect((await complete(code)).body).toMatchObject({ secret: '', factors: ['password', 'email'] })
  })

  it('check 24: a completed challenge and an unknown one are 401', async () => {
    const { givenProtected, outbox } = createScene()
    const { half, account } = await givenProtected()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'email' })
    const complete = (challengeId: unknown) =>
      half.send('PUT', '/account/mfa/challenges', { challengeId, otp: outbox.codeTo(account.email) })
    expect((await complete(body.$id)).status).toBe(200)
    expect(errorOf(await complete(body.$id))).toBe('401 user_invalid_token')
    expect(errorOf(await complete('unknown'))).toBe('401 user_invalid_token')
  })

  it('tell a wait in whole seconds, rounded up', async () => {
    const { givenProtected, clock } = createScene()
    const { half, app } = await givenProtected()
    for (let tries = 0; tries < 5; tries++) await prove(half.send, 'totp', () => '000000')
    clock.advance(500)
    const waiting = await prove(half.send, 'totp', app.freshCode)
    expect(errorOf(waiting)).toBe('429 general_rate_limit_exceeded')
    const seconds = Number(waiting.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    clock.advance(seconds * 1000)
    expect((await prove(half.send, 'totp', app.freshCode)).status).toBe(200)
  })
})

describe('the verification routes', () => {
  const ask = '/account/verifications/email'

  it('mail the account’s present address, whatever was pending before', async () => {
    const { send, account, outbox, clock } = await signedIn()
    await send('POST', ask, { url: page })
    const former = outbox.linkTo(account.email)
    account.email = 'new@example.com'
    clock.advance(minute)
    expect((await send('POST', ask, { url: page })).status).toBe(201)
    const { secret } = outbox.linkTo('new@example.com')
    const update = (given: string) => send('PUT', ask, { userId: account.id, secret: given })
    expect(errorOf(await update(former.secret))).toBe('401 user_invalid_token')
    expect((await update(secret)).status).toBe(200)
    expect(account.emailVerification).toBe(true)
  })

  it('use what the session has pending where the host tells no address', async () => {
    const { send, session, mfa, account, outbox } = await signedIn({ email: '' })
    expect(errorOf(await send('POST', ask, { url: page }))).toBe('400 user_email_not_found')
    expect(errorOf(await send('POST', '/account/verifications/phone'))).toBe('400 user_phone_not_found')
    await mfa.contacts.set(session.ref, { channel: 'email', address: 'kim@example.com', send: false })
    expect((await send('POST', ask, { url: page })).status).toBe(201)
    const { secret } = outbox.linkTo('kim@example.com')
    expect((await send('PUT', ask, { userId: account.id, secret })).status).toBe(200)
    expect(errorOf(await send('POST', ask, { url: page }))).toBe('409 user_email_already_verified')
  })

  it.each([
    ['email', () => ({ url: page })],
    ['phone', () => ({})],
  ] as const)('verify a locked %s anew after a recovery sign-in, and none that is active', async (channel, body) => {
    const { givenProtected, signIn, clock, outbox } = createScene({ mfa: { policy: { lockAfterFailures: 2 } } })
    const { account, codes, half } = await givenProtected()
    const path = `/account/verifications/${channel}`
    for (let tries = 0; tries < 2; tries++) await prove(half.send, channel, () => '000000')
    clock.advance(minute)
    const { send } = await signIn(account)
    const factors = async () => (await send('GET', '/account/mfa/factors')).body
    expect(await factors()).toMatchObject({ [channel]: false, totp: true })
    await prove(send, 'recoverycode', () => String(codes[0]))
    expect((await send('POST', path, body())).status).toBe(201)
    const sent = channel === 'email' ? outbox.linkTo(account.email).secret : outbox.codeTo(account.phone)
    expect((await send('PUT', path, { userId: account.id, secret: sent })).status).toBe(200)
    expect(await factors()).toMatchObject({ [channel]: true })
    clock.advance(minute)
    expect(errorOf(await send('POST', path, body()))).toBe(`409 user_${channel}_already_verified`)
  })

  it('verify anew what an administrator’s reset took, though the host says it is verified', async () => {
    const { givenProtected, signIn, mfa, outbox } = createScene()
    const { account } = await givenProtected()
    unwrap(await mfa.admin.reset({ userId: account.id }, { actor: 'support', reason: 'lost everything' }))
    const { send } = await signIn(account)
    expect((await send('POST', ask, { url: page })).status).toBe(201)
    const { secret } = outbox.linkTo(account.email)
    expect((await send('PUT', ask, { userId: account.id, secret })).status).toBe(200)
    expect((await send('GET', '/account/mfa/factors')).body).toMatchObject({ email: true })
  })

  it('send nothing to a verified address from a session that must enroll another way first', async () => {
    const policy = { factors: ['totp', 'email'] as const }
    const test = createScene({ mfa: { policy, enforcement: { mfa: 'required' } } })
    const account = test.givenAccount({ emailVerification: true })
    await test.mfa.contacts.attest({ userId: account.id }, { channel: 'email', address: account.email })
    const { send } = await test.signIn(account, { method: 'email_otp' })
    expect(errorOf(await send('POST', ask, { url: page }))).toBe('409 user_email_already_verified')
    expect(test.outbox.messages).toEqual([])
  })

  it('put userId and secret into the link in place of the page’s own, and keep the rest', async () => {
    const { send, account, outbox } = await signedIn()
    await send('POST', ask, { url: `${page}/verify?tab=mfa&secret=old&userId=old&expire=1#top` })
    const { link, secret } = outbox.linkTo(account.email)
    expect(link).toBe(`${page}/verify?tab=mfa&userId=${account.id}&secret=${secret}#top`)
  })

  it('refuse a second message within the cooldown, and say when', async () => {
    const { send, clock } = await signedIn({ phone: '+4915112345678' })
    for (const [path, body] of [
      [ask, { url: page }],
      ['/account/verifications/phone', {}],
    ] as const) {
      expect((await send('POST', path, body)).status).toBe(201)
      clock.advance(1)
      const again = await send('POST', path, body)
      expect([errorOf(again), again.headers.get('retry-after')]).toEqual(['429 general_rate_limit_exceeded', '60'])
    }
  })

  it('refuse an account’s address that is none', async () => {
    const { send } = await signedIn({ email: 'kim at example', phone: '12' })
    expect(errorOf(await send('POST', ask, { url: page }))).toBe('400 general_argument_invalid')
    expect(errorOf(await send('POST', '/account/verifications/phone'))).toBe('400 general_argument_invalid')
  })

  it('confirm for the tenant of the request', async () => {
    const tenantOf = (request: Request) => request.headers.get('x-tenant') ?? undefined
    const test = createScene({ handler: { tenantOf } })
    const account = test.givenAccount()
    const ref = { userId: account.id, tenantId: 'acme', sessionId: 's' }
    await test.mfa.sessions.begin(ref, { method: 'password' })
    await test.mfa.contacts.set(ref, { channel: 'email', address: account.email, url: page })
    const body = { userId: account.id, secret: test.outbox.linkTo(account.email).secret }
    expect(errorOf(await test.guest('PUT', ask, body))).toBe('401 user_invalid_token')
    expect(errorOf(await test.guest('PUT', ask, body, { 'x-tenant': 'other' }))).toBe('401 user_invalid_token')
    expect((await test.guest('PUT', ask, body, { 'x-tenant': 'acme' })).status).toBe(200)
  })

  it('judge a link for the tenant of the request, also in a session of a user with the same id elsewhere (X04)', async () => {
    const test = createScene({ handler: { tenantOf: (request) => request.headers.get('x-tenant') ?? undefined } })
    const account = test.givenAccount()
    const elsewhere = await test.signIn(account)
    const ref = { userId: account.id, tenantId: 'acme', sessionId: 's' }
    await test.mfa.sessions.begin(ref, { method: 'password' })
    await test.mfa.contacts.set(ref, { channel: 'email', address: account.email, url: page })
    const body = { userId: account.id, secret: test.outbox.linkTo(account.email).secret }
    expect(errorOf(await elsewhere.send('PUT', ask, body))).toBe('401 user_invalid_token')
    expect((await elsewhere.send('PUT', ask, body, { 'x-tenant': 'acme' })).status).toBe(200)
  })

  it('confirm a link also in a browser whose session Countersign does not know any more', async () => {
    const { send, session, account, outbox, mfa } = await signedIn()
    await send('POST', ask, { url: page })
    await mfa.sessions.end(session.ref)
    const { secret } = outbox.linkTo(account.email)
    expect((await send('PUT', ask, { userId: account.id, secret })).status).toBe(200)
  })
})
