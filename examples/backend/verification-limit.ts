/** Limits before the library's public routes: a secret may be tried ten times an hour for each user. */

import type { MiddlewareHandler } from 'hono'
import { type Host, type HostEnv, sessionOf } from './host.js'
import type { Limit } from './limits.js'
import { placeOf } from './requests.js'

export const verificationPaths = [
  '/v1/account/verifications/email',
  '/v1/account/verifications/phone',
  '/v1/account/verification',
  '/v1/account/verification/phone',
]

const placeLimit: Limit = { name: 'verification from', perHour: 100 }
const userLimit: Limit = { name: 'verification', perHour: 10 }
const ownLimit: Limit = { name: 'own verification', perHour: 10 }

/** The user's own sessions count for themselves: a stranger does not spend their tries. */
export function limitVerifications(host: Host): MiddlewareHandler<HostEnv> {
  const { limits } = host
  return async (c, next) => {
    const userId = await userIdIn(c.req.raw.clone())
    if (userId === undefined) return next()
    const isOwn = sessionOf(host, c.req.raw)?.accountId === userId
    const attempts = isOwn
      ? [limits.take(ownLimit, userId)]
      : [limits.take(placeLimit, placeOf(c)), limits.take(userLimit, userId)]
    await next()
    if (c.res.ok) for (const attempt of attempts) attempt.succeeded()
  }
}

/** Undefined for what the library refuses anyway. */
async function userIdIn(request: Request): Promise<string | undefined> {
  try {
    const { userId } = Object(await request.json()) as { readonly userId?: unknown }
    return typeof userId === 'string' && userId.length <= 36 ? userId : undefined
  } catch {
    return undefined
  }
}
