/** The product's MFA guide, step by step, for whatever carries the SDK: a process here, a real browser in test/browser. */

import jsQR from 'jsqr'
import * as OTPAuth from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lastTo, password, type TestBackend } from '../example/backend.js'
import { readPng } from '../qr/png.js'
import { AuthenticationFactor, AuthenticatorType, type Sdk, typeOf } from './sdk.js'

const type = AuthenticatorType.Totp

/** A backend of its own and the SDK at it. */
export interface Walk extends Sdk {
  readonly backend: TestBackend
  leave(): Promise<void>
}

export function walkTheGuide(title: string, open: () => Promise<Walk>): void {
  describe(title, () => walk(open))
}

function walk(open: () => Promise<Walk>): void {
  const email = 'kim@example.com'
  const phone = '+4915112345678'
  let backend: TestBackend
  let account: Sdk['account']
  let qrUrl: Sdk['qrUrl']
  let app: OTPAuth.TOTP
  let recoveryCodes: readonly string[]
  let leave: (() => Promise<void>) | undefined

  beforeAll(async () => {
    ;({ backend, account, qrUrl, leave } = await open())
  })

  afterAll(() => leave?.())

  /** What the app shows, once the step of the last code has passed. */
  const nextAppCode = (): string => {
    backend.clock.advance(30_000)
    return app.generate({ timestamp: backend.clock.nowMs() })
  }
  const codeTo = (address: string): string => lastTo(backend, address).code ?? 'no code'
  const signInAgain = async (): Promise<void> => {
    await account.deleteSession({ sessionId: 'current' })
    // Past the cooldown of a sent code.
    backend.clock.advance(61_000)
    const session = await account.createEmailPasswordSession({ email, password })
    expect(session).toMatchObject({ factors: ['password'], secret: '', current: true, mfaUpdatedAt: '' })
    expect(await typeOf(account.get())).toBe('user_more_factors_required')
  }

  it('begins with a user who signs in with a password', async () => {
    const user = await account.create({ userId: 'kim', email, password, name: 'Kim' })
    expect(user).toMatchObject({ $id: 'kim', email, emailVerification: false, mfa: false })
    expect(await typeOf(account.get())).toBe('general_unauthorized_scope')
    expect(await account.createEmailPasswordSession({ email, password })).toMatchObject({ factors: ['password'] })
    expect(await account.get()).toMatchObject({ $id: 'kim', mfa: false })
  })

  it('shows recovery codes before anything else, once', async () => {
    recoveryCodes = (await account.createMfaRecoveryCodes()).recoveryCodes
    expect(new Set(recoveryCodes).size).toBe(10)
    expect(await typeOf(account.createMfaRecoveryCodes())).toBe('user_recovery_codes_already_exists')
  })

  it('verifies an email address by a link', async () => {
    expect(await account.updateEmail({ email, password })).toMatchObject({ email, emailVerification: false })
    expect(await account.listMfaFactors()).toMatchObject({ email: false })
    expect(await account.createVerification({ url: 'https://example.com/verify' })).toMatchObject({ secret: '' })
    const link = new URL(String(lastTo(backend, email).link))
    expect(`${link.origin}${link.pathname}`).toBe('https://example.com/verify')
    const proof = { userId: String(link.searchParams.get('userId')), secret: String(link.searchParams.get('secret')) }
    expect(await typeOf(account.updateVerification({ ...proof, secret: `${proof.secret}x` }))).toBe(
      'user_invalid_token',
    )
    await account.updateVerification(proof)
    expect(await account.get()).toMatchObject({ emailVerification: true })
    expect(await typeOf(account.updateVerification(proof))).toBe('user_invalid_token')
  })

  it('verifies a phone number by a code', async () => {
    expect(await account.updatePhone({ phone, password })).toMatchObject({ phone, phoneVerification: false })
    expect(await account.createPhoneVerification()).toMatchObject({ secret: '' })
    await account.updatePhoneVerification({ userId: 'kim', secret: codeTo(phone) })
    expect(await account.get()).toMatchObject({ phoneVerification: true })
  })

  it('adds an authenticator app by QR code, or by typing the secret', async () => {
    const { secret, uri } = await account.createMfaAuthenticator({ type })
    const answer = await fetch(await qrUrl(uri))
    expect(answer.headers.get('content-type')).toBe('image/png')
    const { pixels, width, height } = readPng(new Uint8Array(await answer.arrayBuffer()))
    expect(jsQR(pixels, width, height)?.data).toBe(uri)
    app = OTPAuth.URI.parse(uri) as OTPAuth.TOTP
    expect(app.secret.base32).toBe(secret)
    expect(app.issuer).not.toBe('')
    const right = app.generate({ timestamp: backend.clock.nowMs() })
    const wrong = right === '000000' ? '000001' : '000000'
    expect(await typeOf(account.updateMfaAuthenticator({ type, otp: wrong }))).toBe('user_invalid_token')
    await account.updateMfaAuthenticator({ type, otp: right })
    expect(await typeOf(account.createMfaAuthenticator({ type }))).toBe('user_authenticator_already_verified')
  })

  it('switches MFA on without shutting this session out', async () => {
    expect(await account.get()).toMatchObject({ mfa: false })
    expect(await account.updateMFA({ mfa: true })).toMatchObject({ mfa: true })
    expect(await account.get()).toMatchObject({ mfa: true })
  })

  it('asks a new sign-in for a second factor and lists what there is', async () => {
    await signInAgain()
    expect(await account.listMfaFactors()).toEqual({
      totp: true,
      email: true,
      phone: true,
      recoveryCode: true,
      custom: false,
    })
    expect(await typeOf(account.listSessions())).toBe('user_more_factors_required')
    expect(await typeOf(account.updateMFA({ mfa: false }))).toBe('user_more_factors_required')
  })

  it('completes a sign-in with a code by email', async () => {
    const challenge = await account.createMfaChallenge({ factor: AuthenticationFactor.Email })
    expect(Object.keys(challenge).sort()).toEqual(['$createdAt', '$id', 'expire', 'userId'])
    const otp = codeTo(email)
    const session = await account.updateMfaChallenge({ challengeId: challenge.$id, otp })
    expect(session.factors).toEqual(['password', 'email'])
    expect(session.mfaUpdatedAt).toBe(new Date(backend.clock.nowMs()).toISOString().replace('Z', '+00:00'))
    expect(await account.get()).toMatchObject({ $id: 'kim' })
    expect(await typeOf(account.updateMfaChallenge({ challengeId: challenge.$id, otp }))).toBe('user_invalid_token')
  })

  it('completes a sign-in with a code by SMS', async () => {
    await signInAgain()
    const { $id } = await account.createMfaChallenge({ factor: AuthenticationFactor.Phone })
    const session = await account.updateMfaChallenge({ challengeId: $id, otp: codeTo(phone) })
    expect(session.factors).toEqual(['password', 'phone'])
    expect(await account.get()).toMatchObject({ $id: 'kim' })
  })

  it('completes a sign-in with the authenticator app, also after a wrong code', async () => {
    await signInAgain()
    const { $id } = await account.createMfaChallenge({ factor: AuthenticationFactor.Totp })
    const right = nextAppCode()
    const wrong = right === '000000' ? '000001' : '000000'
    expect(await typeOf(account.updateMfaChallenge({ challengeId: $id, otp: wrong }))).toBe('user_invalid_token')
    expect(await typeOf(account.get())).toBe('user_more_factors_required')
    const session = await account.updateMfaChallenge({ challengeId: $id, otp: right })
    expect(session.factors).toEqual(['password', 'totp'])
    expect(await account.get()).toMatchObject({ $id: 'kim' })
  })

  it('keeps the session in use over the second step: the same id, and the only one', async () => {
    const { total, sessions } = await account.listSessions()
    expect(total).toBe(1)
    expect(await account.getSession({ sessionId: 'current' })).toEqual(sessions[0])
    expect(sessions[0]).toMatchObject({ current: true, factors: ['password', 'totp'] })
  })

  it('completes a sign-in with a recovery code, which works once', async () => {
    const [code = ''] = recoveryCodes
    const recover = async () => {
      const { $id } = await account.createMfaChallenge({ factor: AuthenticationFactor.Recoverycode })
      return account.updateMfaChallenge({ challengeId: $id, otp: code })
    }
    await signInAgain()
    expect((await recover()).factors).toEqual(['password', 'recoveryCode'])
    expect(await account.get()).toMatchObject({ $id: 'kim' })
    await signInAgain()
    expect(await typeOf(recover())).toBe('user_invalid_token')
    expect(await typeOf(account.get())).toBe('user_more_factors_required')
  })

  it('refuses an email challenge after a sign-in by email code, and takes an SMS', async () => {
    await account.deleteSession({ sessionId: 'current' })
    backend.clock.advance(61_000)
    const token = await account.createEmailToken({ userId: 'kim', email })
    expect(token).toMatchObject({ userId: 'kim', secret: '' })
    const session = await account.createSession({ userId: token.userId, secret: codeTo(email) })
    expect(session.factors).toEqual(['email'])
    expect(await account.listMfaFactors()).toMatchObject({ email: false, phone: true, totp: true })
    const { Email, Phone } = AuthenticationFactor
    expect(await typeOf(account.createMfaChallenge({ factor: Email }))).toBe('user_factor_not_independent')
    const { $id } = await account.createMfaChallenge({ factor: Phone })
    const done = await account.updateMfaChallenge({ challengeId: $id, otp: codeTo(phone) })
    expect(done.factors).toEqual(['email', 'phone'])
    expect(await account.get()).toMatchObject({ $id: 'kim' })
  })

  it('refuses an SMS challenge after a sign-in by SMS code, and takes the app', async () => {
    await account.deleteSession({ sessionId: 'current' })
    backend.clock.advance(61_000)
    const token = await account.createPhoneToken({ userId: 'kim', phone })
    const session = await account.createSession({ userId: token.userId, secret: codeTo(phone) })
    expect(session.factors).toEqual(['phone'])
    const { Phone, Totp } = AuthenticationFactor
    expect(await typeOf(account.createMfaChallenge({ factor: Phone }))).toBe('user_factor_not_independent')
    const { $id } = await account.createMfaChallenge({ factor: Totp })
    await account.updateMfaChallenge({ challengeId: $id, otp: nextAppCode() })
    expect(await account.get()).toMatchObject({ $id: 'kim' })
  })

  it('manages with a fresh challenge: new recovery codes, no app, MFA off', async () => {
    await signInAgain()
    const { $id } = await account.createMfaChallenge({ factor: AuthenticationFactor.Totp })
    await account.updateMfaChallenge({ challengeId: $id, otp: nextAppCode() })
    const renewed = (await account.updateMfaRecoveryCodes()).recoveryCodes
    expect(renewed.filter((code) => recoveryCodes.includes(code))).toEqual([])
    expect(await typeOf(account.getMfaRecoveryCodes())).toBe('user_recovery_codes_not_readable')
    expect(await account.updateMFA({ mfa: false })).toMatchObject({ mfa: false })
    await account.deleteMfaAuthenticator({ type })
    expect(await account.listMfaFactors()).toMatchObject({ totp: false, email: true, phone: true })
    await account.deleteSession({ sessionId: 'current' })
    await account.createEmailPasswordSession({ email, password })
    expect(await account.get()).toMatchObject({ $id: 'kim', mfa: false })
  })
}
