import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import { createScene, errorOf, prove } from './host.js'

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/

async function scene() {
  const test = createScene()
  const account = test.givenAccount()
  const session = await test.signIn(account)
  const app = createAuthenticatorApp(test.clock)
  const { send } = session
  const enroll = () => send('POST', '/account/mfa/authenticators/totp')
  const withApp = async () => {
    app.scan((await enroll()).body.uri as string)
    return send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })
  }
  const withCodes = async () =>
    (await send('POST', '/account/mfa/recovery-codes')).body.recoveryCodes as readonly [string, string, ...string[]]
  const factors = async () => (await send('GET', '/account/mfa/factors')).body
  return { ...test, account, session, app, send, enroll, withApp, withCodes, factors }
}

describe('recovery codes, as the reference server’s own tests have them', () => {
  it('check 1: creating recovery codes answers 201 with codes', async () => {
    const { send } = await scene()
    const answer = await send('POST', '/account/mfa/recovery-codes')
    expect(answer.status).toBe(201)
    expect(answer.body.recoveryCodes).toHaveLength(10)
    expect(errorOf(await send('POST', '/account/mfa/recovery-codes'))).toBe('409 user_recovery_codes_already_exists')
  })

  it('check 2: a recovery challenge answers 201 with an id, in every spelling of the factor', async () => {
    const { send, withCodes } = await scene()
    await withCodes()
    for (const factor of ['recoveryCode', 'recoverycode', 'RECOVERYCODE']) {
      const answer = await send('POST', '/account/mfa/challenges', { factor })
      expect(answer.status, factor).toBe(201)
      expect(Object.keys(answer.body).sort()).toEqual(['$createdAt', '$id', 'expire', 'userId'])
      expect(answer.body.$id).toBeTruthy()
    }
  })

  it('check 3: completing it with the first code answers the session with factor recoveryCode', async () => {
    const { send, withCodes } = await scene()
    const [first] = await withCodes()
    const answer = await prove(send, 'recoveryCode', () => first)
    expect(answer.status).toBe(200)
    expect(answer.body.factors).toContain('recoveryCode')
    expect(answer.body.secret).toBe('')
  })

  it('check 4: the same code completes no second challenge', async () => {
    const { send, withCodes } = await scene()
    const [first] = await withCodes()
    await prove(send, 'recoverycode', () => first)
    expect(errorOf(await prove(send, 'recoverycode', () => first))).toBe('401 user_invalid_token')
  })

  it('check 5: a code that is none completes nothing', async () => {
    const { send, withCodes } = await scene()
    await withCodes()
    expect(errorOf(await prove(send, 'recoverycode', () => 'invalid-code-123'))).toBe('401 user_invalid_token')
  })

  it('check 6: regenerating without a challenge is 401 user_challenge_required', async () => {
    const { send, withCodes } = await scene()
    await withCodes()
    expect(errorOf(await send('PATCH', '/account/mfa/recovery-codes'))).toBe('401 user_challenge_required')
  })

  it('check 7: after a recovery challenge mfaUpdatedAt is set, and regenerating answers other codes', async () => {
    const { send, withCodes } = await scene()
    const codes = await withCodes()
    const session = await prove(send, 'recoverycode', () => codes[0])
    expect(session.body.mfaUpdatedAt).toMatch(isoDate)
    const answer = await send('PATCH', '/account/mfa/recovery-codes')
    expect(answer.status).toBe(200)
    expect(answer.body.recoveryCodes).toHaveLength(10)
    expect(answer.body.recoveryCodes).not.toEqual(codes)
    expect(errorOf(await prove(send, 'recoverycode', () => codes[1]))).toBe('401 user_invalid_token')
  })
})

describe('the authenticator app, as the reference server’s own tests have it', () => {
  it('check 8: removing it without a challenge is 401 user_challenge_required', async () => {
    const { send, enroll, withApp, withCodes } = await scene()
    expect((await enroll()).status).toBe(200)
    await withCodes()
    expect((await withApp()).status).toBe(200)
    expect(errorOf(await send('DELETE', '/account/mfa/authenticators/totp'))).toBe('401 user_challenge_required')
  })

  it('check 9: after a recovery challenge removing it answers 204', async () => {
    const { send, withApp, withCodes } = await scene()
    const [first] = await withCodes()
    await withApp()
    await prove(send, 'recoverycode', () => first)
    const answer = await send('DELETE', '/account/mfa/authenticators/totp')
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
  })

  it('check 10: a new user has no authenticator app', async () => {
    const { factors } = await scene()
    expect(await factors()).toEqual({ totp: false, phone: false, email: false, recoveryCode: false, custom: false })
  })

  it('check 11: creating one shows secret and URI, and is no factor yet', async () => {
    const { enroll, factors, account } = await scene()
    const answer = await enroll()
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.body)).toEqual(['secret', 'uri'])
    expect(answer.body.secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(answer.body.uri).toContain(encodeURIComponent(account.email))
    expect((await factors()).totp).toBe(false)
  })

  it('check 12: a wrong code verifies nothing', async () => {
    const { send, enroll, app } = await scene()
    app.scan((await enroll()).body.uri as string)
    const wrong = app.code().replace(/^./, (digit) => String((Number(digit) + 1) % 10))
    const answer = await send('PUT', '/account/mfa/authenticators/totp', { otp: wrong })
    expect(errorOf(answer)).toBe('401 user_invalid_token')
  })

  it('check 13: the current code verifies it, and it is a factor', async () => {
    const { withApp, factors, account } = await scene()
    const answer = await withApp()
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ $id: account.id, email: account.email, mfa: false })
    expect((await factors()).totp).toBe(true)
  })

  it('check 14: creating another is 409 user_authenticator_already_verified, and so is verifying again', async () => {
    const { send, enroll, withApp, app } = await scene()
    await withApp()
    expect(errorOf(await enroll())).toBe('409 user_authenticator_already_verified')
    const again = await send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })
    expect(errorOf(again)).toBe('409 user_authenticator_already_verified')
  })

  it('check 15: after a wrong code the code of the next step completes the same challenge', async () => {
    const { send, withApp, app } = await scene()
    await withApp()
    const challenge = await send('POST', '/account/mfa/challenges', { factor: 'totp' })
    expect(challenge.status).toBe(201)
    const complete = (otp: string) => send('PUT', '/account/mfa/challenges', { challengeId: challenge.body.$id, otp })
    expect(errorOf(await complete('000000'))).toBe('401 user_invalid_token')
    const answer = await complete(app.freshCode())
    expect(answer.status).toBe(200)
    expect(answer.body.factors).toContain('totp')
    expect(answer.body.mfaUpdatedAt).toMatch(isoDate)
  })

  it('check 16: removing it answers 204, and again 404 user_authenticator_not_found', async () => {
    const { send, withApp, app } = await scene()
    await withApp()
    await prove(send, 'totp', app.freshCode)
    expect((await send('DELETE', '/account/mfa/authenticators/totp')).status).toBe(204)
    expect(errorOf(await send('DELETE', '/account/mfa/authenticators/totp'))).toBe('404 user_authenticator_not_found')
  })
})

describe('a sign-in with MFA, as the reference server’s own tests have it', () => {
  async function enabled() {
    const test = await scene()
    await test.withApp()
    const switched = await test.send('PATCH', '/account/mfa', { mfa: true })
    return { ...test, switched, again: await test.signIn(test.account) }
  }

  it('check 17: PATCH mfa true answers the account with mfa true', async () => {
    const { switched, account } = await enabled()
    expect(switched.status).toBe(200)
    expect(switched.body).toMatchObject({ $id: account.id, mfa: true })
  })

  it('check 18: a new sign-in has proven exactly the password', async () => {
    const { again, mfa } = await enabled()
    const { sessionFields } = await import('@countersign/adapters/http')
    const fields = sessionFields(await mfa.sessions.assess(again.ref))
    expect(fields).toEqual({ factors: ['password'], mfaUpdatedAt: '' })
  })

  it('check 19: the gate of a host’s own route refuses it with user_more_factors_required', async () => {
    const { again, handler } = await enabled()
    const request = new Request('http://api.example/v1/account', { headers: { 'x-appwrite-session': again.secret } })
    const refusal = await handler.gate(request)
    expect(refusal?.status).toBe(401)
    expect(await refusal?.json()).toMatchObject({ type: 'user_more_factors_required', code: 401 })
  })

  it('check 20: completing a challenge adds totp to password, and opens the host’s own routes', async () => {
    const { again, handler, app } = await enabled()
    const answer = await prove(again.send, 'totp', app.freshCode)
    expect(answer.body.factors).toEqual(['password', 'totp'])
    expect(answer.body.mfaUpdatedAt).toMatch(isoDate)
    const request = new Request('http://api.example/v1/account', { headers: { 'x-appwrite-session': again.secret } })
    expect(await handler.gate(request)).toBeNull()
  })

  it('check 25: the factor custom is off, and its challenge 501 user_auth_method_unsupported', async () => {
    const { send, factors } = await scene()
    expect((await factors()).custom).toBe(false)
    for (const factor of ['custom', 'Custom']) {
      const answer = await send('POST', '/account/mfa/challenges', { factor })
      expect(errorOf(answer)).toBe('501 user_auth_method_unsupported')
    }
  })

  it('check 26: with email switched off by policy a verified email is no factor, and its challenge 501', async () => {
    const test = createScene({ mfa: { policy: { factors: ['totp', 'phone'] } } })
    const account = test.givenAccount()
    await test.mfa.contacts.attest({ userId: account.id }, { channel: 'email', address: account.email })
    const { send } = await test.signIn(account)
    expect((await send('GET', '/account/mfa/factors')).body.email).toBe(false)
    const answer = await send('POST', '/account/mfa/challenges', { factor: 'email' })
    expect(errorOf(answer)).toBe('501 user_auth_method_unsupported')
  })
})
