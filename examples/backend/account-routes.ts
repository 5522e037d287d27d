/** Accounts: signing up, reading, and changing address or password. */

import { userFields } from '@countersign/adapters/http'
import { type Requirement, unwrap } from '@countersign/core'
import { type Context, Hono } from 'hono'
import type { Account } from './accounts.js'
import { endOtherSessions } from './credentials.js'
import { ApiError } from './errors.js'
import { accountOf, type Host, type HostEnv } from './host.js'
import type { Limit } from './limits.js'
import { refOf } from './mfa.js'
import { accountModel, type Model } from './models.js'
import { emailIn, idIn, nameIn, passwordIn, phoneIn, readBody, textIn } from './parameters.js'
import { hashPassword, verifyPassword } from './passwords.js'
import { admitAgain, guard, placeOf, standingOf } from './requests.js'

const signUpLimit: Limit = { name: 'sign-up', perHour: 10 }
const passwordLimit: Limit = { name: 'password', perHour: 10, clearedBySuccess: true }
// Whoever finds a device that was left signed in does not give the account a password of theirs.
const freshProof: Requirement = { maxAgeMs: 900_000 }

export function accountRoutes(host: Host): Hono<HostEnv> {
  const { accounts, limits, log, mfa, settings } = host
  const routes = new Hono<HostEnv>()
  const signedIn = guard(host, 'session')

  const current = async (c: Context<HostEnv>): Promise<Model> => ({
    ...accountModel(accountOf(host, c.get('account').id)),
    ...userFields(await standingOf(host, c.get('session'), c)),
  })
  const requirePassword = async (account: Account, password: string): Promise<void> => {
    const attempt = limits.take(passwordLimit, account.id)
    if (!(await verifyPassword(password, account.passwordHash, settings.passwordCost))) {
      throw new ApiError('user_invalid_credentials')
    }
    attempt.succeeded()
  }

  routes.post('/v1/account', guard(host, 'public'), async (c) => {
    const body = await readBody(c)
    const id = idIn(body, 'userId')
    const email = emailIn(body)
    const password = passwordIn(body, 'password')
    const name = body['name'] === undefined ? '' : nameIn(body, 'name')
    const attempt = limits.take(signUpLimit, placeOf(c))
    const passwordHash = await hashPassword(password, settings.passwordCost)
    if (!accounts.create({ id, name, email, phone: null, passwordHash })) throw new ApiError('user_already_exists')
    attempt.succeeded()
    return c.json(accountModel(accountOf(host, id)), 201)
  })

  routes.get('/v1/account', signedIn, async (c) => {
    accounts.touch(c.get('account').id)
    return c.json(await current(c))
  })

  routes.get('/v1/account/logs', signedIn, (c) => {
    const logs = log.list(c.get('account').id)
    return c.json({ total: logs.length, logs })
  })

  for (const channel of ['email', 'phone'] as const) {
    routes.patch(`/v1/account/${channel}`, signedIn, async (c) => {
      const { account, session } = c.var
      const body = await readBody(c)
      const address = channel === 'email' ? emailIn(body) : phoneIn(body)
      await requirePassword(account, textIn(body, 'password', 1, 256))
      await admitAgain(host, c)
      const other = accounts.findBy(channel, address)
      if (other !== undefined && other.id !== account.id) throw new ApiError('user_target_already_exists')
      if (other === undefined) {
        // First the library, which may want a fresh proof. The old address stays a factor until the new one is verified.
        unwrap(await mfa.contacts.set(refOf(session, c), { channel, address, send: false }))
        if (!accounts.setAddress(account.id, channel, address)) throw new ApiError('user_target_already_exists')
      }
      return c.json(await current(c))
    })
  }

  routes.patch('/v1/account/password', signedIn, async (c) => {
    const { account, session } = c.var
    const { id, passwordHash: old } = account
    const body = await readBody(c)
    const password = passwordIn(body, 'password')
    if (old !== null) await requirePassword(account, textIn(body, 'oldPassword', 1, 256))
    const hash = await hashPassword(password, settings.passwordCost)
    await admitAgain(host, c, old === null ? freshProof : {})
    if (!accounts.replacePasswordHash(id, old, hash)) throw new ApiError('user_invalid_credentials')
    try {
      // A first password rests on the code that signed its owner in.
      await endOtherSessions(host, session, old === null ? session.channel : 'session', c)
    } catch (error) {
      // Never a new password while what the old one opened lives on.
      accounts.replacePasswordHash(id, hash, old)
      throw error
    }
    return c.json(await current(c))
  })

  return routes
}
