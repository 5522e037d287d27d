/** What `createMfaHandler` is given, checked at once: a fault is `invalid_configuration` naming the option. */

import { type Channel, type Mfa, MfaError, type SessionRef, type UserRef } from '@countersign/core'

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** The host's session behind a request, with the addresses of its user's account. */
export type AuthenticatedSession = SessionRef & {
  /** The account's email address, verified or not: what POST verifications mails, and an authenticator app shows. */
  readonly email?: string | null | undefined
  /** The account's phone number in E.164. */
  readonly phone?: string | null | undefined
}

/** The host's part of a model: keys of the dialect with JSON values. A `Date` is written as the dialect writes dates. */
export type HostModel = Readonly<Record<string, unknown>> & { readonly $id: string }

/** A new session id that is prepared, and becomes the session only if the challenge is completed. */
export interface SessionRotation {
  /** Unknown to Countersign, and not yet valid. */
  readonly newSessionId: string
  /** The challenge was completed: makes the new id the session, and answers the headers that tell the client. */
  commit(): Awaitable<Headers>
  /** It was not: drops the prepared id. */
  abandon(): Awaitable<void>
}

/** An address that its user has just proven. */
export interface VerifiedContact {
  /** Whose it is; with the session's `context` where there is one. */
  readonly user: UserRef
  /** `email` or `phone`. */
  readonly channel: Channel
  /** In normal form: an email address with its domain in lower case, or a number in E.164. */
  readonly address: string
}

/** What `createMfaHandler` is given. `C` is whatever the host passes beside each request, such as `{ req, res }`. */
export interface MfaHandlerOptions<C = unknown> {
  /** Its policy must have `optIn: 'explicit'`: in this dialect only PATCH /account/mfa switches MFA on. */
  readonly mfa: Mfa
  /** Before every path, such as `/v1`; default none. */
  readonly basePath?: string
  /** Exact origins of the pages that call this server, its own among them. Default: none, so no browser. */
  readonly allowedOrigins?: readonly string[]
  /** Exact origins that a verification link may lead to. Default: none. */
  readonly verificationUrls?: readonly string[]
  /** The session behind a request, or null. Must not trust the request for more than the credential it carries. */
  authenticate(request: Request, ctx: C): Awaitable<AuthenticatedSession | null>
  /** The host's part of the account model; null when there is no such user. */
  describeUser(user: UserRef, ctx: C): Awaitable<HostModel | null>
  /** The host's part of the session model. Its `$id` is public: never the id that opens the session. */
  describeSession(session: SessionRef, ctx: C): Awaitable<HostModel>
  /** Notes in the host's user table that this address is verified. Awaited before the answer. */
  onContactVerified(contact: VerifiedContact, ctx: C): Awaitable<void>
  /** Prepares a new session id for a completed challenge (ASVS 7.2.4). */
  rotateSession?(session: SessionRef, ctx: C): Awaitable<SessionRotation>
  /** The tenant of a request without a session; default none. */
  tenantOf?(request: Request, ctx: C): Awaitable<string | undefined>
  /** Hears what became a 500 or 503. The answer says nothing of it. */
  onError?(error: unknown, ctx: C): void
}

/** The options with their defaults. */
export type Settings<C> = MfaHandlerOptions<C> &
  Required<Pick<MfaHandlerOptions<C>, 'basePath' | 'allowedOrigins' | 'verificationUrls'>>

const basePathPattern = /^(?:\/[A-Za-z0-9._~-]+)*$/

/** Throws `invalid_configuration` naming the option, never its value. */
export function configure<C>(options: MfaHandlerOptions<C>): Settings<C> {
  const { mfa, basePath = '', allowedOrigins = [], verificationUrls = [] } = Object(options) as MfaHandlerOptions<C>
  if (typeof mfa?.sessions?.assess !== 'function') throw misconfigured('mfa', 'what createMfa answers')
  if (mfa.policy.optIn !== 'explicit') throw misconfigured('mfa', "made with policy.optIn: 'explicit'")
  if (typeof basePath !== 'string' || !basePathPattern.test(basePath)) {
    throw misconfigured('basePath', 'a path such as /v1, without a slash at its end')
  }
  requireOrigins('allowedOrigins', allowedOrigins)
  requireOrigins('verificationUrls', verificationUrls)
  for (const name of ['authenticate', 'describeUser', 'describeSession', 'onContactVerified'] as const) {
    if (typeof options[name] !== 'function') throw misconfigured(name, 'a function')
  }
  for (const name of ['rotateSession', 'tenantOf', 'onError'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') throw misconfigured(name, 'a function')
  }
  return { ...options, basePath, allowedOrigins, verificationUrls }
}

function requireOrigins(name: string, origins: unknown): void {
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw misconfigured(name, 'a list of exact origins such as https://app.example, without path or wildcard')
  }
}

function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { origin, protocol } = new URL(value)
  return origin === value && !value.includes('*') && (protocol === 'https:' || protocol === 'http:')
}

function misconfigured(option: string, expected: string): MfaError {
  return new MfaError('invalid_configuration', `\`${option}\` must be ${expected}.`)
}
