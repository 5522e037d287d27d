import { createMfaHandler } from '@countersign/adapters/http'
import { parseKeyUri } from '@countersign/core/totp'
import { describe, expect, it } from 'vitest'
import { createScene, errorOf, minute, page, prove, sender } from './host.js'
import { signedIn } from './signed-in.js'

describe('the authenticator routes', () => {
  it('know none to verify or remove', async () => {
    const { send, session, mfa } = await signedIn()
    const none = '404 user_authenticator_not_found'
    expect(errorOf(await send('PUT', '/account/mfa/authenticators/totp', { otp: '123456' }))).toBe(none)
    expect(errorOf(await send('DELETE', '/account/mfa/authenticators/totp'))).toBe('401 user_challenge_required')
    const codes = await mfa.recoveryCodes.generate(session.ref)
    await prove(send, 'recoverycode', () => (codes.ok ? (codes.codes[0] as string) : ''))
    expect(errorOf(await send('DELETE', '/account/mfa/authenticators/totp'))).toBe(none)
  })

  it('replace a secret that was not verified yet', async () => {
    const { send, app } = await signedIn()
    app.scan((await send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    const first = app.code()
    app.scan((await send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    expect(errorOf(await send('PUT', '/account/mfa/authenticators/totp', { otp: first }))).toBe(
      '401 user_invalid_token',
    )
    expect((await send('PUT', '/account/mfa/authenticators/totp', { otp: app.code() })).status).toBe(200)
  })

  it.each([
    [{ email: 'kim@example.com' }, 'kim@example.com'],
    [{ email: '', phone: '+4915112345678' }, '+4915112345678'],
    [{ email: '', id: 'kim' }, 'kim'],
    [{ email: 'kim:x@example.com', id: 'kim' }, 'kim'],
    [{ email: '', id: 'urn:kim' }, 'account'],
    [{ email: 'a&secret=x&issuer=y@example.com' }, 'a&secret=x&issuer=y@example.com'],
  ])('name the account %j as %s in the app, and nothing adds to the URI (X30)', async (fields, name) => {
    const { send } = await signedIn(fields)
    const { body } = await send('POST', '/account/mfa/authenticators/totp')
    const parsed = parseKeyUri(body.uri as string)
    expect(parsed).toMatchObject({ ok: true, accountName: name, issuer: 'Acme' })
  })

  it('take an address that the host does not have for none', async () => {
    const { handlerOptions, guest: _, ...test } = createScene()
    const authenticate = async (request: Request) => {
      const session = await handlerOptions.authenticate(request, undefined)
      return session && { ...session, email: null, phone: undefined }
    }
    const account = test.givenAccount({ id: 'kim' })
    const { secret } = await test.signIn(account)
    const send = sender(createMfaHandler({ ...handlerOptions, authenticate }), { 'x-appwrite-session': secret })
    const { body } = await send('POST', '/account/mfa/authenticators/totp')
    expect(parseKeyUri(body.uri as string)).toMatchObject({ ok: true, accountName: 'kim' })
    expect(errorOf(await send('POST', '/account/mfa/challenges', { factor: 'email' }))).toBe('400 user_email_not_found')
    expect(errorOf(await send('POST', '/account/verifications/phone'))).toBe('400 user_phone_not_found')
  })

  it('take a new app in the place of a locked one, after a recovery sign-in', async () => {
    const { givenProtected, signIn, clock, mfa, app } = createScene({ mfa: { policy: { lockAfterFailures: 2 } } })
    const { account, codes, half } = await givenProtected()
    for (const _ of [1, 2]) await prove(half.send, 'totp', () => '000000')
    expect(errorOf(await prove(half.send, 'totp', () => '000000'))).toBe('429 general_rate_limit_exceeded')
    const { send, ref } = await signIn(account)
    expect((await send('GET', '/account/mfa/factors')).body.totp).toBe(false)
    expect((await prove(send, 'recoverycode', () => codes[0] as string)).status).toBe(200)
    app.scan((await send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    expect((await send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })).status).toBe(200)
    clock.advance(minute)
    expect((await mfa.sessions.assess(ref)).satisfied).toBe(true)
  })

  it('say that the app is gone for as long as the challenge is recent, and take no proof of it for a new one', async () => {
    const { send, enroll, app, clock } = await signedIn(
      {},
      { mfa: { policy: { managementFirstFactorMaxAgeMs: 'session' } } },
    )
    const remove = async () => errorOf(await send('DELETE', '/account/mfa/authenticators/totp'))
    await enroll()
    await prove(send, 'totp', app.freshCode)
    expect(await remove()).toBe('204')
    clock.advance(10 * minute)
    expect(await remove()).toBe('404 user_authenticator_not_found')
    await enroll()
    expect(await remove()).toBe('401 user_challenge_required')
    await prove(send, 'totp', app.freshCode)
    expect(await remove()).toBe('204')
    clock.advance(31 * minute)
    expect(await remove()).toBe('401 user_challenge_required')
  })

  it('leave no opt-in behind when the last factor goes', async () => {
    const { send, enroll, app } = await signedIn()
    await enroll()
    await send('PATCH', '/account/mfa', { mfa: true })
    await prove(send, 'totp', app.freshCode)
    expect((await send('DELETE', '/account/mfa/authenticators/totp')).status).toBe(204)
    expect((await send('PATCH', '/account/mfa', { mfa: false })).body.mfa).toBe(false)
  })
})

describe('what changes how an account is protected', () => {
  it('needs a recent sign-in before MFA is on, and a recent challenge after: 401 user_challenge_required', async () => {
    const { send, clock } = await signedIn()
    clock.advance(16 * minute)
    const stale = '401 user_challenge_required'
    expect(errorOf(await send('POST', '/account/mfa/authenticators/totp'))).toBe(stale)
    expect(errorOf(await send('POST', '/account/mfa/recovery-codes'))).toBe(stale)
    expect(errorOf(await send('PATCH', '/account/mfa', { mfa: true }))).toBe(stale)
    expect(errorOf(await send('POST', '/account/verifications/email', { url: page }))).toBe(stale)
  })

  it('is not switched off by something weaker than the app (X12, X20)', async () => {
    const { givenProtected, outbox } = createScene()
    const { half, account, app } = await givenProtected()
    await prove(half.send, 'email', () => outbox.codeTo(account.email))
    const off = () => half.send('PATCH', '/account/mfa', { mfa: false })
    expect(errorOf(await off())).toBe('401 user_challenge_required')
    await prove(half.send, 'totp', app.freshCode)
    expect((await off()).body).toMatchObject({ mfa: false, $id: account.id })
  })

  it('keeps the thirty minutes of the dialect and the core’s own five', async () => {
    const { givenProtected, clock } = createScene()
    const { half, app } = await givenProtected()
    await prove(half.send, 'totp', app.freshCode)
    clock.advance(6 * minute)
    // Recent to the dialect, so the existence is told; stale to the core, so nothing is done.
    expect(errorOf(await half.send('GET', '/account/mfa/recovery-codes'))).toBe('501 user_recovery_codes_not_readable')
    expect(errorOf(await half.send('PATCH', '/account/mfa/recovery-codes'))).toBe('401 user_challenge_required')
    clock.advance(25 * minute)
    expect(errorOf(await half.send('GET', '/account/mfa/recovery-codes'))).toBe('401 user_challenge_required')
  })

  it('is refused where the host demands MFA: 403 user_mfa_required', async () => {
    const { givenProtected, outbox, mfa } = createScene({
      mfa: { enforcement: { mfa: 'required' }, policy: { factors: ['totp'] } },
    })
    expect(outbox.messages).toEqual([])
    const { half, app, account } = await givenProtected()
    await prove(half.send, 'totp', app.freshCode)
    expect(errorOf(await half.send('PATCH', '/account/mfa', { mfa: false }))).toBe('403 user_mfa_required')
    expect(errorOf(await half.send('DELETE', '/account/mfa/authenticators/totp'))).toBe('403 user_mfa_required')
    const inspected = await mfa.admin.inspect({ userId: account.id })
    expect(inspected.ok && inspected.factors.some(({ kind }) => kind === 'totp')).toBe(true)
  })
})

describe('the recovery routes', () => {
  it('know none to read or regenerate, after the challenge and before anything is made', async () => {
    const { send, enroll, app } = await signedIn()
    await enroll()
    expect(errorOf(await send('GET', '/account/mfa/recovery-codes'))).toBe('401 user_challenge_required')
    await prove(send, 'totp', app.freshCode)
    for (const method of ['GET', 'PATCH']) {
      expect(errorOf(await send(method, '/account/mfa/recovery-codes'))).toBe('404 user_recovery_codes_not_found')
    }
    await send('DELETE', '/account/mfa/authenticators/totp')
    expect(errorOf(await send('GET', '/account/mfa/recovery-codes'))).toBe('404 user_recovery_codes_not_found')
  })

  it('make new ones once all are used', async () => {
    const { send } = await signedIn({}, { mfa: { policy: { recoveryCodeCount: 2, recoveryCodesLowAt: 1 } } })
    const { recoveryCodes } = (await send('POST', '/account/mfa/recovery-codes')).body
    for (const code of recoveryCodes as string[]) {
      expect((await prove(send, 'recoverycode', () => code)).status).toBe(200)
    }
    expect(errorOf(await send('PATCH', '/account/mfa/recovery-codes'))).toBe('404 user_recovery_codes_not_found')
    expect((await send('GET', '/account/mfa/factors')).body.recoveryCode).toBe(false)
    expect((await send('POST', '/account/mfa/recovery-codes')).status).toBe(201)
  })
})
