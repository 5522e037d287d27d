import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sessionFields, toNodeHandler, userFields } from '@countersign/adapters/http'
import { createAuthenticatorApp } from '@countersign/adapters/testing'
import * as sdk28 from 'appwrite'
import * as sdk20 from 'appwrite20'
import { afterEach, describe, expect, it } from 'vitest'
import { createScene, page } from './host.js'

const servers: ReturnType<typeof createServer>[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** A server with the routes of the handler and the host's own GET /account, and the reference client for a session. */
async function serve() {
  const test = createScene()
  const paths: string[] = []
  const own = async (request: Request): Promise<Response> => {
    const refusal = await test.handler.gate(request)
    if (refusal !== null) return refusal
    const { userId = '', secret = '' } = test.sessionOf(request) ?? {}
    const assessment = await test.mfa.sessions.assess({ userId, sessionId: secret })
    return Response.json({ $id: userId, ...userFields(assessment), ...sessionFields(assessment) })
  }
  const listener = toNodeHandler(async (request: Request) => {
    paths.push(`${request.method} ${new URL(request.url).pathname}`)
    return test.handler.handles(request) ? test.handler(request) : test.handler.wrap(request, () => own(request))
  })
  const server = createServer(listener as RequestListener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return { ...test, endpoint, paths }
}

/** What an SDK throws: branch on its type. */
const failure = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'ok'
  } catch (error) {
    const { code, type } = error as { code: number; type: string }
    return `${code} ${type}`
  }
}

/** What the walk uses of either release. */
interface ReferenceAccount {
  get(): Promise<{ $id: string; factors?: string[] }>
  createMfaRecoveryCodes(): Promise<{ recoveryCodes: string[] }>
  getMfaRecoveryCodes(): Promise<unknown>
  updateMfaRecoveryCodes(): Promise<{ recoveryCodes: string[] }>
  createVerification(options: { url: string }): Promise<unknown>
  updateVerification(options: { userId: string; secret: string }): Promise<unknown>
  createPhoneVerification(): Promise<unknown>
  updatePhoneVerification(options: { userId: string; secret: string }): Promise<unknown>
  createMfaAuthenticator(options: { type: string }): Promise<{ uri: string }>
  updateMfaAuthenticator(options: { type: string; otp: string }): Promise<{ mfa: boolean }>
  deleteMfaAuthenticator(options: { type: string }): Promise<unknown>
  updateMFA(options: { mfa: boolean }): Promise<{ mfa: boolean }>
  listMfaFactors(): Promise<{ totp: boolean }>
  createMfaChallenge(options: { factor: string }): Promise<{ $id: string }>
  updateMfaChallenge(options: { challengeId: string; otp: string }): Promise<{ factors: string[] }>
}

const connect28 = (endpoint: string, secret: string): ReferenceAccount => {
  const client = new sdk28.Client().setEndpoint(endpoint).setProject('demo')
  client.headers['X-Appwrite-Session'] = secret
  return new sdk28.Account(client)
}
const connect20 = (endpoint: string, secret: string): ReferenceAccount => {
  const client = new sdk20.Client().setEndpoint(endpoint).setProject('demo')
  client.headers['X-Appwrite-Session'] = secret
  return new sdk20.Account(client)
}

describe.each([
  ['28', connect28, sdk28.AuthenticationFactor, '/account/verifications/email', '/account/mfa/challenges'],
  ['20', connect20, sdk20.AuthenticationFactor, '/account/verification', '/account/mfa/challenge'],
] as const)('the reference client %s', (_version, connect, factorNames, verificationPath, challengePath) => {
  it('walks the whole guide: codes, addresses, an app, the switch, and a sign-in by each factor', async () => {
    const { endpoint, paths, givenAccount, signIn, outbox, clock, accounts } = await serve()
    const as = (secret: string) => connect(endpoint, secret)
    const user = givenAccount({ phone: '+4915112345678' })
    const { secret } = await signIn(user)
    const account = as(secret)

    const { recoveryCodes } = await account.createMfaRecoveryCodes()
    expect(recoveryCodes).toHaveLength(10)
    expect(await failure(account.createMfaRecoveryCodes())).toBe('409 user_recovery_codes_already_exists')

    await account.createVerification({ url: `${page}/verify` })
    const link = new URL(outbox.linkTo(user.email).link).searchParams
    await account.updateVerification({ userId: link.get('userId') ?? '', secret: link.get('secret') ?? '' })
    await account.createPhoneVerification()
    await account.updatePhoneVerification({ userId: user.id, secret: outbox.codeTo(user.phone) })
    expect(accounts.get(user.id)).toMatchObject({ emailVerification: true, phoneVerification: true })

    const app = createAuthenticatorApp(clock)
    const enrollment = await account.createMfaAuthenticator({ type: 'totp' })
    app.scan(enrollment.uri)
    const verified = await account.updateMfaAuthenticator({ type: 'totp', otp: app.freshCode() })
    expect(verified.mfa).toBe(false)
    expect((await account.updateMFA({ mfa: true })).mfa).toBe(true)
    expect((await account.get()).factors).toEqual(['password', 'email', 'phone', 'totp'])

    const codes = [...recoveryCodes]
    const otpOf = {
      [factorNames.Email]: () => outbox.codeTo(user.email),
      [factorNames.Phone]: () => outbox.codeTo(user.phone),
      [factorNames.Totp]: () => app.freshCode(),
      [factorNames.Recoverycode]: () => codes.pop() as string,
    }
    for (const [factor, otp] of Object.entries(otpOf)) {
      clock.advance(60_000)
      const again = as((await signIn(user)).secret)
      expect(await failure(again.get()), factor).toBe('401 user_more_factors_required')
      const factors = await again.listMfaFactors()
      expect(factors).toMatchObject({ totp: true, phone: true, email: true, recoveryCode: true })
      const challenge = await again.createMfaChallenge({ factor })
      expect(await failure(again.updateMfaChallenge({ challengeId: challenge.$id, otp: 'wrong' }))).toBe(
        '401 user_invalid_token',
      )
      const session = await again.updateMfaChallenge({ challengeId: challenge.$id, otp: otp() })
      expect(session.factors).toEqual(['password', factor === 'recoverycode' ? 'recoveryCode' : factor])
      expect((await again.get()).$id).toBe(user.id)
    }

    const last = as((await signIn(user)).secret)
    const challenge = await last.createMfaChallenge({ factor: factorNames.Totp })
    await last.updateMfaChallenge({ challengeId: challenge.$id, otp: app.freshCode() })
    expect(await failure(last.getMfaRecoveryCodes())).toBe('501 user_recovery_codes_not_readable')
    expect((await last.updateMfaRecoveryCodes()).recoveryCodes).toHaveLength(10)
    await last.deleteMfaAuthenticator({ type: 'totp' })
    expect((await last.listMfaFactors()).totp).toBe(false)
    expect(paths).toContain(`POST /v1${verificationPath}`)
    expect(paths).toContain(`PUT /v1${challengePath}`)
  })
})

describe('the reference client’s other spellings', () => {
  it('reach the same routes: createMFA… for createMfa…, and createEmailVerification for createVerification', async () => {
    const { endpoint, givenAccount, signIn, outbox } = await serve()
    const user = givenAccount()
    const client = new sdk28.Client().setEndpoint(endpoint).setProject('demo')
    client.headers['X-Appwrite-Session'] = (await signIn(user)).secret
    const account = new sdk28.Account(client)
    expect((await account.createMFARecoveryCodes()).recoveryCodes).toHaveLength(10)
    await account.createEmailVerification({ url: page })
    expect(outbox.linkTo(user.email).link).toMatch(/^https:\/\/app\.example\/\?userId=/)
    expect((await account.listMFAFactors()).recoveryCode).toBe(true)
    // The guide's own snippet, which the client refuses before anything is sent.
    expect(() => account.updateMFA({ enabled: true } as never)).toThrow('mfa')
  })
})
