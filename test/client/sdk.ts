import * as newest from 'appwrite'
import * as twenty from 'appwrite20'
import { keepCookies, project } from '../example/backend.js'

/** The calls of the official SDK that the guide makes, with what it reads of their answers. */
export interface GuideAccount {
  create(p: { userId: string; email: string; password: string; name?: string }): Promise<GuideUser>
  createEmailPasswordSession(p: { email: string; password: string }): Promise<GuideSession>
  createEmailToken(p: { userId: string; email: string }): Promise<{ userId: string; secret: string }>
  createPhoneToken(p: { userId: string; phone: string }): Promise<{ userId: string; secret: string }>
  createSession(p: { userId: string; secret: string }): Promise<GuideSession>
  get(): Promise<GuideUser>
  getSession(p: { sessionId: string }): Promise<GuideSession>
  listSessions(): Promise<{ total: number; sessions: GuideSession[] }>
  deleteSession(p: { sessionId: string }): Promise<object>
  updateEmail(p: { email: string; password: string }): Promise<GuideUser>
  updatePhone(p: { phone: string; password: string }): Promise<GuideUser>
  createVerification(p: { url: string }): Promise<{ $id: string; secret: string }>
  updateVerification(p: { userId: string; secret: string }): Promise<object>
  createPhoneVerification(): Promise<{ secret: string }>
  updatePhoneVerification(p: { userId: string; secret: string }): Promise<object>
  createMfaAuthenticator(p: { type: newest.AuthenticatorType }): Promise<{ secret: string; uri: string }>
  updateMfaAuthenticator(p: { type: newest.AuthenticatorType; otp: string }): Promise<GuideUser>
  deleteMfaAuthenticator(p: { type: newest.AuthenticatorType }): Promise<object>
  createMfaRecoveryCodes(): Promise<{ recoveryCodes: string[] }>
  getMfaRecoveryCodes(): Promise<{ recoveryCodes: string[] }>
  updateMfaRecoveryCodes(): Promise<{ recoveryCodes: string[] }>
  updateMFA(p: { mfa: boolean }): Promise<GuideUser>
  listMfaFactors(): Promise<{ totp: boolean; email: boolean; phone: boolean; recoveryCode: boolean }>
  createMfaChallenge(p: {
    factor: newest.AuthenticationFactor
  }): Promise<{ $id: string; userId: string; expire: string }>
  updateMfaChallenge(p: { challengeId: string; otp: string }): Promise<GuideSession>
}

export interface GuideUser {
  $id: string
  email: string
  phone: string
  emailVerification: boolean
  phoneVerification: boolean
  mfa: boolean
}

export interface GuideSession {
  $id: string
  userId: string
  secret: string
  factors: string[]
  mfaUpdatedAt: string
  current: boolean
}

export interface Sdk {
  readonly account: GuideAccount
  readonly qrUrl: (text: string) => string | Promise<string>
}

/** The unchanged SDK of each release, as a page makes it. */
export const sdks: Readonly<Record<string, (endpoint: string) => Sdk>> = {
  'SDK 28': (endpoint) => {
    const client = new newest.Client().setEndpoint(endpoint).setProject(project)
    const avatars = new newest.Avatars(client)
    return {
      account: new newest.Account(client),
      qrUrl: (text) => avatars.getQR({ text, size: 800, margin: 1, download: false }).toString(),
    }
  },
  'SDK 20': (endpoint) => {
    const client = new twenty.Client().setEndpoint(endpoint).setProject(project)
    const avatars = new twenty.Avatars(client)
    return {
      account: new twenty.Account(client) as GuideAccount,
      qrUrl: (text) => avatars.getQR({ text, size: 800, margin: 1, download: false }).toString(),
    }
  },
}

export const { AuthenticationFactor, AuthenticatorType } = newest

/** How the session travels: what a browser would do around the SDK. Each answers how to undo it. */
export const transports: Readonly<Record<string, () => () => void>> = {
  /** A page on the server's own site: the browser keeps the cookies. */
  cookies() {
    const real = globalThis.fetch
    const cookies = new Map<string, string>()
    globalThis.fetch = async (input, init) => {
      const headers = new Headers(init?.headers)
      if (init?.credentials === 'include' && cookies.size > 0) {
        headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      }
      const response = await real(input, { ...init, headers })
      keepCookies(response, cookies)
      return response
    }
    return () => {
      globalThis.fetch = real
    }
  },
  /** A page elsewhere, whose browser takes no cookies: the SDK keeps the session in localStorage. */
  'the fallback header'() {
    const items = new Map<string, string>()
    const localStorage = {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => items.set(name, value),
      removeItem: (name: string) => items.delete(name),
    }
    // The SDK warns on every answer that it keeps the session there.
    Object.assign(globalThis, { window: { localStorage, console: { warn() {} } } })
    return () => {
      Reflect.deleteProperty(globalThis, 'window')
    }
  },
}

/** The `type` of the error a call was refused with; `none` when it was not. */
export async function typeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'none'
  } catch (error) {
    return error instanceof Error && 'type' in error ? String(error.type) : String(error)
  }
}
