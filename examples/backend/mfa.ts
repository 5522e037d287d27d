/** This backend's multi-factor authentication: the library over the host's parts, and its HTTP routes. */

import { createMfaHandler } from '@countersign/adapters/http'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { createMfa, type SessionRef } from '@countersign/core'
import type { Context } from 'hono'
import { type HostEnv, type HostParts, issuer, sessionOf } from './host.js'
import { describeAccount, describeSession } from './models.js'
import type { Origins } from './origins.js'
import { contextOf } from './requests.js'
import { prepareRotation } from './rotation.js'
import { sendLimiter } from './sends.js'
import type { HostSession } from './sessions.js'

export type HostMfa = Awaited<ReturnType<typeof openMfa>>

/** `mfa` is the library; `http` is its routes, and the gate for the host's own. */
export async function openMfa(host: HostParts, origins: Origins) {
  const store = createSqliteStore(host.mfaDatabase)
  await store.setup()
  const mfa = createMfa({
    issuer,
    keys: host.settings.mfaKeys,
    store,
    messenger: host.messenger,
    // As in the product: any second factor may remove the app, and before MFA is on no sign-in is too old for that. A real
    // host leaves out the last two: then only an app guards an app, and a sign-in is good for a quarter of an hour.
    policy: { optIn: 'explicit', maxTotpFactors: 1, managementProof: 'any', managementFirstFactorMaxAgeMs: 'session' },
    clock: host.settings.clock,
    onEvent: host.log.add,
    allowSend: sendLimiter(host.limits),
  })
  const http = createMfaHandler<Context<HostEnv>>({
    mfa,
    basePath: '/v1',
    ...origins,
    authenticate(request, c) {
      const session = sessionOf(host, request)
      return session ? { ...refOf(session, c), ...host.accounts.addressesOf(session.accountId) } : null
    },
    describeUser: ({ userId }) => describeAccount(host, userId),
    describeSession: ({ sessionId }) => describeSession(host, sessionId),
    onContactVerified: ({ user, channel, address }) => host.accounts.markVerified(user.userId, channel, address),
    rotateSession: ({ sessionId }, c) => prepareRotation(host, sessionId, c.req.raw),
    onError: (error) => console.error('The MFA routes failed:', error),
  })
  return { mfa, http }
}

/** The ledger's session is named by the hash of the secret, so a session with a new secret is a new one to the library. */
export function refOf(session: HostSession, c: Context<HostEnv>): SessionRef {
  return { userId: session.accountId, sessionId: session.secretHash, context: contextOf(c) }
}
