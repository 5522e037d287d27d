/** Codes by email or SMS for signing in without a password. An unknown address gets an account, as in the product. */

import type { Channel } from '@countersign/core'
import { type Context, Hono } from 'hono'
import { ApiError } from './errors.js'
import { accountOf, type Host, type HostEnv, issuer } from './host.js'
import type { Limit } from './limits.js'
import { tokenModel } from './models.js'
import { emailIn, idIn, phoneIn, readBody } from './parameters.js'
import { contextOf, guard, placeOf } from './requests.js'
import { takeSend } from './sends.js'
import type { IssuedToken } from './sign-in-tokens.js'

const placeLimit: Limit = { name: 'codes from', perHour: 10 }

export function tokenRoutes(host: Host): Hono<HostEnv> {
  const { accounts, limits, messenger, tokens } = host
  const routes = new Hono<HostEnv>()

  const accountFor = (channel: Channel, address: string, newId: string) => {
    const known = accounts.findBy(channel, address)
    if (known !== undefined) return known
    const none = { email: null, phone: null, passwordHash: null }
    if (!accounts.create({ ...none, id: newId, name: '', [channel]: address })) {
      throw new ApiError('user_already_exists')
    }
    return accountOf(host, newId)
  }

  const send = (c: Context<HostEnv>, channel: Channel, address: string, userId: string, token: IssuedToken) =>
    messenger.send({
      kind: 'code',
      channel,
      address,
      issuer,
      userId,
      createdAtMs: token.createdAtMs,
      expiresAtMs: token.expiresAtMs,
      idempotencyKey: token.id,
      code: token.code,
      purpose: 'sign_in',
      context: contextOf(c),
    })

  for (const channel of ['email', 'phone'] as const) {
    routes.post(`/v1/account/tokens/${channel}`, guard(host, 'public'), async (c) => {
      const body = await readBody(c)
      const newId = idIn(body, 'userId')
      const address = channel === 'email' ? emailIn(body) : phoneIn(body)
      const attempts = [limits.take(placeLimit, placeOf(c)), ...takeSend(limits, channel, address)]
      const account = accountFor(channel, address, newId)
      const token = tokens.issue(account.id, channel, address, placeOf(c))
      await send(c, channel, address, account.id, token)
      for (const attempt of attempts) attempt.succeeded()
      return c.json(tokenModel(token, account.id), 201)
    })
  }

  return routes
}
