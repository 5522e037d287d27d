/** An Express host in CommonJS: a password and express-session; between the marks, what Countersign adds. */

const { randomBytes, scrypt, timingSafeEqual } = require('node:crypto')
const { promisify } = require('node:util')
const Database = require('better-sqlite3')
const express = require('express')
const session = require('express-session')
const { Pool } = require('pg')
// mfa:begin
const { createMfa, httpStatusOf, isMfaError, unwrap } = require('@countersign/core')
const { createConsoleMessenger } = require('@countersign/adapters/console')
const { createPostgresStore } = require('@countersign/adapters/postgres')
const { createSqliteStore } = require('@countersign/adapters/sqlite')
// mfa:end

const { env } = process
const newId = () => randomBytes(32).toString('base64url')
const derive = promisify(scrypt)

/** The host's database: PostgreSQL when there is a URL, else a file of SQLite. */
const openDatabase = (url) => (url ? new Pool({ connectionString: url }) : new Database(env.SQLITE_FILE ?? 'host.db'))

async function createApp(options) {
  // A real host has a table of users, keeps sessions in a store, and limits wrong passwords.
  const user = { id: 'user-1', email: env.USER_EMAIL, salt: newId() }
  const userHash = await derive(env.USER_PASSWORD, user.salt, 32)
  const app = express()
  const genid = (req) => req.nextSessionId ?? newId()
  const cookie = { httpOnly: true, sameSite: 'lax', secure: 'auto' }
  app.use(session({ name: 'sid', secret: env.SESSION_SECRET, genid, cookie, resave: false, saveUninitialized: false }))
  // Against cross-site requests: SameSite keeps the cookie out of them, and no form can send this type. Allow no CORS.
  app.use((req, res, next) => (req.method === 'GET' || req.is('application/json') ? next() : res.sendStatus(415)))
  app.use(express.json())
  const signedIn = (req, res, next) => (req.session.userId ? next() : res.status(401).json({ type: 'signed_out' }))
  app.use(['/mfa', '/account'], signedIn)
  const startSession = async (req, userId, id = newId()) => {
    req.nextSessionId = id
    await promisify(req.session.regenerate).call(req.session)
    req.session.userId = userId
  }
  // mfa:begin
  const store = (env.DATABASE_URL ? createPostgresStore : createSqliteStore)(openDatabase(env.DATABASE_URL))
  await store.setup()
  const mfa = createMfa({ issuer: 'Acme', keys: [{ id: '2026-11', secret: env.MFA_KEY }], store, ...options })
  const current = (req) => ({ userId: req.session.userId, sessionId: req.sessionID })
  // mfa:end

  app.post('/sign-in', async (req, res) => {
    const isRight = timingSafeEqual(await derive(String(req.body.password), user.salt, 32), userHash)
    if (!isRight || req.body.email !== user.email) return res.status(401).json({ type: 'wrong_password' })
    await startSession(req, user.id)
    // mfa:begin
    unwrap(await mfa.sessions.begin(current(req), { method: 'password', verified: { email: user.email } }))
    await mfa.sessions.require(current(req))
    // mfa:end
    res.json({ ok: true })
  })

  // mfa:begin
  const routes = {
    '/mfa/challenges': (req) => mfa.challenges.create(current(req), { factor: req.body.factor }),
    '/mfa/totp': (req) => mfa.totp.enroll(current(req), { accountName: user.email }),
    '/mfa/totp/confirm': (req) => mfa.totp.confirm(current(req), { code: req.body.code }),
    '/mfa/recovery-codes': (req) => mfa.recoveryCodes.generate(current(req)),
    async '/mfa/codes'(req) {
      const { challengeId, factor, code } = req.body
      const newSessionId = newId()
      const check = challengeId ? mfa.challenges.complete : mfa.challenges.verify
      unwrap(await check(current(req), { challengeId, factor, code, newSessionId }))
      await startSession(req, req.session.userId, newSessionId)
      return { ok: true }
    },
  }
  for (const [path, act] of Object.entries(routes)) {
    app.post(path, async (req, res) => res.set('cache-control', 'no-store').json(unwrap(await act(req))))
  }
  const guard = (requirement) => (req, _res, next) =>
    mfa.sessions.require(current(req), requirement).then(() => next(), next)
  app.use('/account', guard())
  app.use('/account/transfers', guard({ level: 'aal2', maxAgeMs: 5 * 60_000 }))
  // mfa:end
  app.get('/account', (_req, res) => res.json({ email: user.email }))
  app.post('/account/transfers', (req, res) => res.json({ sent: req.body.amount }))

  // mfa:begin
  app.use((error, _req, res, next) => {
    if (isMfaError(error)) error.status = httpStatusOf(error)
    if (!isMfaError(error) || error.status >= 500) return next(error) // a fault is Express's to log
    const { reason = error.code, refusal = {}, assessment = refusal.assessment } = error
    const { attemptsLeft, retryAtMs, offers = assessment?.offers } = refusal
    res.status(error.status).json({ type: reason, next: assessment?.next, offers, attemptsLeft, retryAtMs })
  })
  // mfa:end
  return app
}

module.exports = { createApp }
// mfa:begin
const options = { messenger: createConsoleMessenger() }
// mfa:end
if (require.main === module) createApp(options).then((app) => app.listen(env.PORT ?? 3000))
