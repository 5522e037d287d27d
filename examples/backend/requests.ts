/** What routes ask of a request: where it comes from, and the guards before them. */

import type { Assessment, CallContext, Requirement } from '@countersign/core'
import type { Context, MiddlewareHandler } from 'hono'
import { networkOf } from './client-network.js'
import { ApiError } from './errors.js'
import { accountOf, type Host, type HostEnv, sessionOf } from './host.js'
import { refOf } from './mfa.js'
import type { HostSession } from './sessions.js'

/** The peer's address: a proxy's headers are not believed. */
export function ipOf(c: Context<HostEnv>): string {
  return c.env.incoming.socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
}

/** Whom limits by place count. */
export function placeOf(c: Context<HostEnv>): string {
  return networkOf(ipOf(c))
}

/** What messages and events may say about a request. */
export function contextOf(c: Context<HostEnv>): CallContext {
  const userAgent = c.req.header('user-agent')
  const locale = c.req.header('x-appwrite-locale')
  return { ip: ipOf(c), ...(userAgent && { userAgent }), ...(locale && { locale }) }
}

/**
 * Lets in who is signed in with as many factors as it takes; `open` also a session halfway; `public` also a guest, but a
 * request that does carry a session is held to what that session may do.
 */
export function guard(host: Host, access: 'session' | 'open' | 'public'): MiddlewareHandler<HostEnv> {
  return async (c, next) => {
    const refusal = await host.http.gate(c.req.raw, c, access)
    if (refusal !== null) return refusal
    if (access === 'public') return next()
    const session = sessionOf(host, c.req.raw)
    if (session === undefined) throw new ApiError('general_unauthorized_scope')
    c.set('session', session)
    c.set('account', accountOf(host, session.accountId))
    return next()
  }
}

/** Once more, right before a change: checking a password takes time, in which the session may have ended. */
export async function admitAgain(host: Host, c: Context<HostEnv>, requirement: Requirement = {}): Promise<void> {
  const { session } = c.var
  await host.mfa.sessions.require(refOf(session, c), requirement)
  if (sessionOf(host, c.req.raw)?.secretHash !== session.secretHash) throw new ApiError('general_unauthorized_scope')
}

/** Where a session stands in the library. */
export function standingOf(host: Host, session: HostSession, c: Context<HostEnv>): Promise<Assessment> {
  return host.mfa.sessions.assess(refOf(session, c))
}
