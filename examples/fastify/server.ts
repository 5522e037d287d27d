/** A Fastify host in TypeScript: a password, and sessions in Redis; between the marks, what Countersign adds. */

import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
// mfa:begin
import { createConsoleMessenger } from '@countersign/adapters/console'
import { createRedisStore } from '@countersign/adapters/redis'
import * as core from '@countersign/core'
// mfa:end
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { createClient } from 'redis'

const { env } = process
const derive = promisify<string, string, number, Buffer>(scrypt)
const newId = (): string => randomBytes(32).toString('base64url')
const keyOf = (sessionId: string): string => `session:${createHash('sha256').update(sessionId).digest('base64url')}`
// Each field is a text, or missing: what it may be is checked where it is used.
const schema = { body: { type: 'object', additionalProperties: { type: 'string', maxLength: 1000 } } }
type Fields = Record<'email' | 'password' | 'challengeId' | 'code' | 'amount', string> & { factor: 'totp' }
const current = (request: FastifyRequest): core.SessionRef => request.getDecorator('session')

export async function createServer(options: Partial<core.MfaOptions> = {}): Promise<FastifyInstance> {
  // A real host has a table of users, and limits wrong passwords.
  const user = { id: 'user-1', email: `${env.USER_EMAIL}`, salt: newId() }
  const userHash = await derive(`${env.USER_PASSWORD}`, user.salt, 32)
  const redis = createClient({ url: `${env.REDIS_URL}` }).on('error', console.error)
  await redis.connect()
  const server = fastify({ logger: { level: 'error' } }).addHook('onClose', () => redis.close())
  // Against cross-site requests: SameSite keeps the cookie out of them, and no form can send an object. Allow no CORS.
  server.decorateRequest('session').addHook('onRequest', async (request, reply) => {
    const sessionId = /(?:^|; )__Host-sid=([\w-]{43})/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    const userId = await redis.get(keyOf(sessionId))
    request.setDecorator('session', { userId, sessionId })
    reply.header('cache-control', 'no-store')
    if (!userId && request.routeOptions.url !== '/sign-in') await reply.code(401).send({ type: 'signed_out' })
  })
  const startSession = async (request: FastifyRequest, reply: FastifyReply, userId: string, sessionId = newId()) => {
    await redis.del(keyOf(current(request).sessionId))
    await redis.set(keyOf(sessionId), userId, { EX: 28_800 })
    request.setDecorator('session', { userId, sessionId })
    reply.header('set-cookie', `__Host-sid=${sessionId}; Path=/; Secure; HttpOnly; SameSite=Strict`)
  }
  // mfa:begin
  const [keys, messenger] = [[{ id: '2026-11', secret: env.MFA_KEY }], createConsoleMessenger()]
  const mfa = core.createMfa({ issuer: 'Acme', keys, store: createRedisStore(redis), messenger, ...options })
  const guard = (requirement?: core.Requirement) => async (request: FastifyRequest) => {
    await mfa.sessions.require(current(request), requirement)
  }
  // mfa:end

  server.post<{ Body: Fields }>('/sign-in', { schema }, async (request, reply) => {
    const { email, password } = request.body
    const isRight = timingSafeEqual(await derive(`${password}`, user.salt, 32), userHash)
    if (!isRight || email !== user.email) return reply.code(401).send({ type: 'wrong_password' })
    await startSession(request, reply, user.id)
    // mfa:begin
    core.unwrap(await mfa.sessions.begin(current(request), { method: 'password', verified: { email } }))
    await mfa.sessions.require(current(request))
    // mfa:end
    return { ok: true }
  })

  // mfa:begin
  const routes = {
    '/mfa/challenges': (by: core.SessionRef, { factor }: Fields) => mfa.challenges.create(by, { factor }),
    '/mfa/totp': (by: core.SessionRef) => mfa.totp.enroll(by, { accountName: user.email }),
    '/mfa/totp/confirm': (by: core.SessionRef, { code }: Fields) => mfa.totp.confirm(by, { code }),
    '/mfa/recovery-codes': (by: core.SessionRef) => mfa.recoveryCodes.generate(by),
  }
  for (const [path, act] of Object.entries(routes)) {
    server.post<{ Body: Fields }>(path, { schema }, async (req) => core.unwrap(await act(current(req), req.body)))
  }
  server.post<{ Body: Fields }>('/mfa/codes', { schema }, async (request, reply) => {
    const { challengeId, factor, code } = request.body
    const newSessionId = newId()
    const check = challengeId ? mfa.challenges.complete : mfa.challenges.verify
    core.unwrap(await check(current(request), { challengeId, factor, code, newSessionId }))
    await startSession(request, reply, current(request).userId, newSessionId)
    return { ok: true }
  })
  const recent = { schema, preHandler: guard({ level: 'aal2', maxAgeMs: 5 * 60_000 }) }
  server.get('/account', { preHandler: guard() }, async () => ({ email: user.email }))
  server.post<{ Body: Fields }>('/account/transfers', recent, async ({ body }) => ({ sent: body.amount }))
  // mfa:end

  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = core.isMfaError(error) ? core.httpStatusOf(error) : (error.statusCode ?? 500) // mfa
    if (status >= 500) request.log.error(error)
    // mfa:begin
    const refusal = error instanceof core.MfaRefusedError ? error.refusal : undefined
    const assessment = error instanceof core.MfaRequiredError ? error.assessment : refusal?.assessment
    const { attemptsLeft, retryAtMs, offers = assessment?.offers } = refusal ?? {}
    const details = { next: assessment?.next, offers, attemptsLeft, retryAtMs }
    // mfa:end
    return reply.code(status).send({ type: status < 500 ? (refusal?.reason ?? error.code) : 'fault', ...details })
  })
  return server
}

if (import.meta.url === `file://${process.argv[1]}`) await (await createServer()).listen({ port: +(env.PORT ?? 3000) })
