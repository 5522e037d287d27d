import * as newest from 'appwrite'
import * as twenty from 'appwrite20'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, givenSignedIn, lastTo, project, startTestBackend, type TestBackend } from '../example/backend.js'
import { transports, typeOf } from './sdk.js'

let backend: TestBackend
let leave: (() => void) | undefined

beforeEach(async () => {
  backend = await startTestBackend()
})

afterEach(async () => {
  leave?.()
  leave = undefined
  await backend.stop()
})

/** The session of a signed-in person, handed to the SDK as a server-rendered page does it. */
async function sessionValue(): Promise<{ readonly value: string; readonly email: string; readonly id: string }> {
  const client = clientOf(backend)
  const account = await givenSignedIn(client)
  return { ...account, value: String(client.cookies.get(`a_session_${project}`)) }
}

describe('Other ways in which the SDK makes the same calls', () => {
  it('are the newest names, capital and not, with the session handed over by setSession', async () => {
    const { value, email, id } = await sessionValue()
    const endpoint = `http://localhost:${backend.port}/v1`
    const account = new newest.Account(new newest.Client().setEndpoint(endpoint).setProject(project).setSession(value))
    await account.createEmailVerification({ url: 'https://example.com/verify' })
    await account.updateEmailVerification({ userId: id, secret: String(lastTo(backend, email).secret) })
    expect((await account.get()).emailVerification).toBe(true)
    const { recoveryCodes } = await account.createMFARecoveryCodes()
    const type = newest.AuthenticatorType.Totp
    expect((await account.createMFAAuthenticator({ type })).uri).toMatch(/^otpauth:\/\/totp\//)
    expect(await account.listMFAFactors()).toMatchObject({ totp: false, email: true, recoveryCode: true })
    const { $id } = await account.createMFAChallenge({ factor: newest.AuthenticationFactor.Recoverycode })
    const session = await account.updateMFAChallenge({ challengeId: $id, otp: String(recoveryCodes[0]) })
    // The link was opened in this session, so the address counts as proven in it.
    expect(session.factors).toEqual(['password', 'email', 'recoveryCode'])
  })

  it('are positional arguments', async () => {
    leave = (transports['cookies'] as () => () => void)()
    const client = new twenty.Client().setEndpoint(`http://localhost:${backend.port}/v1`).setProject(project)
    const account = new twenty.Account(client)
    await account.create('kim', 'kim@example.com', 'correct horse 1', 'Kim')
    await account.createEmailPasswordSession('kim@example.com', 'correct horse 1')
    expect((await account.updateMFA(true)).mfa).toBe(true)
    expect((await account.updateMFA(false)).mfa).toBe(false)
  })

  it("say `mfa`, for the guide's `enabled` never reaches a server", async () => {
    const { value } = await sessionValue()
    const endpoint = `http://localhost:${backend.port}/v1`
    const accounts: readonly { updateMFA(p: object): Promise<unknown> }[] = [
      new newest.Account(new newest.Client().setEndpoint(endpoint).setProject(project).setSession(value)),
      new twenty.Account(new twenty.Client().setEndpoint(endpoint).setProject(project).setSession(value)),
    ]
    for (const account of accounts) {
      let thrown: unknown
      try {
        await account.updateMFA({ enabled: true })
      } catch (error) {
        thrown = error
      }
      expect(String(thrown)).toContain('Missing required parameter: "mfa"')
    }
  })

  it('cannot tell a stranger more than that a session is missing', async () => {
    const client = new newest.Client().setEndpoint(`http://localhost:${backend.port}/v1`).setProject(project)
    const account = new newest.Account(client)
    const calls = [
      () => account.get(),
      () => account.listMfaFactors(),
      () => account.createMfaRecoveryCodes(),
      () => account.updateMFA({ mfa: true }),
      () => account.listSessions(),
      () => account.createMfaChallenge({ factor: newest.AuthenticationFactor.Totp }),
    ]
    for (const call of calls) expect(await typeOf(call())).toBe('general_unauthorized_scope')
  })
})
