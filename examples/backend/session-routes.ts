/** Sessions: signing in with a password or a code that was sent, listing, and signing out. */

import { sessionFields } from '@countersign/adapters/http'
import { type Channel, type Method, unwrap } from '@countersign/core'
import { type Context, Hono } from 'hono'
import type { Account } from './accounts.js'
import { endOtherSessions } from './credentials.js'
import { ApiError } from './errors.js'
import { accountOf, type Host, type HostEnv, sessionOf } from './host.js'
import { newId } from './ids.js'
import type { Limit } from './limits.js'
import { refOf } from './mfa.js'
import { type Model, sessionModel } from './models.js'
import { emailIn, readBody, textIn } from './parameters.js'
import { verifyPassword } from './passwords.js'
import { guard, ipOf, placeOf, standingOf } from './requests.js'
import { signedInHeaders, signedOutHeaders } from './session-transport.js'
import { type HostSession, newSecret, sessionLifetimeMs } from './sessions.js'

// Wrong passwords from one place do not lock the owner out elsewhere; many places together still do.
const addressHereLimit: Limit = { name: 'sign-in', perHour: 10, clearedBySuccess: true }
const addressLimit: Limit = { name: 'sign-in to', perHour: 100, clearedBySuccess: true }
const placeLimit: Limit = { name: 'sign-in from', perHour: 100 }
const codeLimit: Limit = { name: 'sign-in code', perHour: 10, clearedBySuccess: true }
const maxSessions = 10

export function sessionRoutes(host: Host): Hono<HostEnv> {
  const { accounts, sessions, limits, mfa, tokens, settings } = host
  const routes = new Hono<HostEnv>()
  const signedIn = guard(host, 'session')

  const model = async (c: Context<HostEnv>, session: HostSession, current: HostSession): Promise<Model> => ({
    ...sessionModel(session, session.id === current.id),
    ...sessionFields(await standingOf(host, session, c)),
  })
  const end = async (c: Context<HostEnv>, session: HostSession): Promise<void> => {
    sessions.remove(session.id)
    unwrap(await mfa.sessions.end(refOf(session, c)))
  }

  /** Never over a live session. One that the library no longer knows cannot do anything: it makes room. */
  const refuseLiveSession = async (c: Context<HostEnv>): Promise<void> => {
    const session = sessionOf(host, c.req.raw)
    if (session === undefined) return
    const { next } = await standingOf(host, session, c)
    if (next !== 'sign_in') throw new ApiError('user_session_already_exists')
    sessions.remove(session.id)
  }

  /** Ten satisfied ones, and of those halfway what room is left, but one: a password alone signs nobody else out. */
  const endExcess = async (c: Context<HostEnv>, accountId: string): Promise<void> => {
    const live = sessions.list(accountId)
    if (live.length <= maxSessions) return
    const standings = await Promise.all(live.map((session) => standingOf(host, session, c)))
    const satisfied = live.filter((_, index) => standings[index]?.satisfied)
    const halfway = live.filter((session) => !satisfied.includes(session))
    const room = Math.max(maxSessions - satisfied.length, 1)
    for (const old of [...satisfied.slice(maxSessions), ...halfway.slice(room)]) await end(c, old)
  }

  /**
   * A code proves an address for the first time. Whoever made the account need not be its owner (pre-hijacking): their
   * password goes, and so do their sessions.
   */
  const takeOver = async (c: Context<HostEnv>, account: Account, session: HostSession, by: Channel): Promise<void> => {
    const address = account[by]
    if (address === null) return
    const { passwordHash } = accountOf(host, account.id)
    if (passwordHash !== null || sessions.list(account.id).length > 1) {
      accounts.replacePasswordHash(account.id, passwordHash, null)
      await endOtherSessions(host, session, by, c)
    }
    unwrap(await mfa.contacts.attest({ userId: account.id }, { channel: by, address }))
    accounts.markVerified(account.id, by, address)
  }

  const signIn = async (c: Context<HostEnv>, account: Account, method: Method, by?: Channel): Promise<Response> => {
    const { secret, hash } = newSecret()
    const nowMs = settings.clock.nowMs()
    const session: HostSession = {
      id: newId(),
      accountId: account.id,
      secretHash: hash,
      channel: by ?? 'email',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      expiresAtMs: nowMs + sessionLifetimeMs,
      ip: ipOf(c),
      userAgent: (c.req.header('user-agent') ?? '').slice(0, 400),
    }
    const { expiresAtMs } = session
    const { optedIn } = unwrap(await mfa.sessions.begin(refOf(session, c), { method, expiresAtMs })).assessment
    // Checking a password takes time, in which it may have been changed, and what it opened ended.
    if (accounts.find(account.id)?.passwordHash !== account.passwordHash) {
      await end(c, session)
      throw new ApiError('user_invalid_credentials')
    }
    sessions.insert(session)
    await endExcess(c, account.id)
    // With MFA on, a sign-in makes no address a factor, nor verified here: that takes a verification.
    if (by !== undefined && !optedIn && !isVerified(account, by)) await takeOver(c, account, session, by)
    const headers = signedInHeaders(c.req.raw, settings, { id: account.id, secret }, expiresAtMs)
    return withHeaders(c.json(await model(c, session, session), 201), headers)
  }

  routes.on('POST', ['/v1/account/sessions/email', '/v1/account/sessions'], async (c) => {
    await refuseLiveSession(c)
    const body = await readBody(c)
    const email = emailIn(body)
    const password = textIn(body, 'password', 1, 256)
    const place = placeOf(c)
    const attempts = [
      limits.take(placeLimit, place),
      limits.take(addressHereLimit, `${email} ${place}`),
      limits.take(addressLimit, email),
    ]
    const account = accounts.findBy('email', email)
    const isRight = await verifyPassword(password, account?.passwordHash ?? null, settings.passwordCost)
    if (account === undefined || !isRight) throw new ApiError('user_invalid_credentials')
    for (const attempt of attempts) attempt.succeeded()
    return signIn(c, account, 'password')
  })

  routes.post('/v1/account/sessions/token', async (c) => {
    await refuseLiveSession(c)
    const body = await readBody(c)
    const userId = textIn(body, 'userId', 1, 36)
    const code = textIn(body, 'secret', 1, 256)
    const place = placeOf(c)
    const attempts = [limits.take(placeLimit, place), limits.take(codeLimit, `${userId} ${place}`)]
    const account = accounts.find(userId)
    const sent = account && tokens.redeem(account.id, code, place)
    // A code sent to an address that the account has left since signs nobody in.
    if (account === undefined || sent === undefined || account[sent.channel] !== sent.address) {
      throw new ApiError('user_invalid_token')
    }
    // Beside an address that is verified, one that is not may be anybody's.
    if (!isVerified(account, sent.channel) && (account.emailVerified || account.phoneVerified)) {
      throw new ApiError('user_invalid_token')
    }
    for (const attempt of attempts) attempt.succeeded()
    return signIn(c, account, `${sent.channel}_otp`, sent.channel)
  })

  routes.get('/v1/account/sessions', signedIn, async (c) => {
    const current = c.get('session')
    const list = await Promise.all(sessions.list(current.accountId).map((each) => model(c, each, current)))
    return c.json({ total: list.length, sessions: list })
  })

  routes.get('/v1/account/sessions/:id', signedIn, async (c) => {
    const current = c.get('session')
    return c.json(await model(c, sessionNamed(c.req.param('id'), current), current))
  })

  routes.delete('/v1/account/sessions', signedIn, async (c) => {
    const { account } = c.var
    for (const { id } of sessions.list(account.id)) sessions.remove(id)
    unwrap(await mfa.sessions.endAll({ userId: account.id }))
    return withHeaders(c.body(null, 204), signedOutHeaders(c.req.raw, settings))
  })

  routes.delete('/v1/account/sessions/:id', guard(host, 'open'), async (c) => {
    const current = c.get('session')
    const name = c.req.param('id')
    const isCurrent = name === 'current' || name === current.id
    // A password alone signs nobody else out.
    if (!isCurrent && !(await standingOf(host, current, c)).satisfied) throw new ApiError('user_more_factors_required')
    await end(c, sessionNamed(name, current))
    return withHeaders(c.body(null, 204), isCurrent ? signedOutHeaders(c.req.raw, settings) : new Headers())
  })

  function sessionNamed(name: string, current: HostSession): HostSession {
    if (name === 'current') return current
    const session = sessions.list(current.accountId).find(({ id }) => id === name)
    if (session === undefined) throw new ApiError('user_session_not_found')
    return session
  }

  return routes
}

function isVerified(account: Account, channel: Channel): boolean {
  return channel === 'email' ? account.emailVerified : account.phoneVerified
}

function withHeaders(answer: Response, headers: Headers): Response {
  for (const [name, value] of headers) answer.headers.append(name, value)
  return answer
}
