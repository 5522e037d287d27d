/** The two servers of `bench:http`, each a process of its own: started as `http-servers.ts countersign|better-auth FILE`. */

import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMfaHandler, type NodeContext, toNodeHandler } from '@countersign/adapters/http'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { createManualClock } from '@countersign/adapters/testing'
import { createMfa, unwrap } from '@countersign/core'
import { decodeSecret, encodeSecret, generateTotp } from '@countersign/core/totp'
import { toNodeHandler as toRivalHandler } from 'better-auth/node'
import Database from 'better-sqlite3'
import { createRivalAuth, rivalUrl } from './flow-rival.js'

/** What the measuring process asks for, and is told. */
export type ToServer = { readonly ask: 'cpu' } | { readonly ask: 'advance'; readonly ms: number }
export type FromServer =
  | { readonly port: number; readonly secrets: readonly string[] }
  | { readonly cpu: number }
  | { readonly nowMs: number }

export const userCount = 16
const clock = createManualClock(Date.now())

/** A host in a few lines: sign-in without a password, a session row, one ordinary route with and without a guard. */
async function countersign(database: Database.Database): Promise<[RequestListener, readonly string[]]> {
  database.exec(`create table session (id text primary key, token text not null unique, user_id text not null,
    expires_at integer not null, created_at integer not null, updated_at integer not null)`)
  const insert = database.prepare('insert into session values (?, ?, ?, ?, ?, ?)')
  const find = database.prepare<[string], { user_id: string }>('select user_id from session where token = ?')
  const renew = database.prepare('update session set token = ?, updated_at = ? where token = ?')
  const store = createSqliteStore(database)
  await store.setup()
  const mfa = createMfa({
    issuer: 'Acme',
    keys: [{ id: 'bench', secret: randomBytes(32).toString('base64') }],
    store,
    clock,
    policy: { optIn: 'explicit' },
  })
  const tokenOf = (cookie: string | null | undefined): string => /(?:^|; )session=([^;]+)/.exec(cookie ?? '')?.[1] ?? ''
  const sessionOf = (cookie: string | null | undefined) => {
    const token = tokenOf(cookie)
    const row = find.get(token)
    return row ? { userId: row.user_id, sessionId: token } : null
  }
  const cookieOf = (token: string): string => `session=${token}; Path=/; HttpOnly; SameSite=Lax`
  const startSession = async (userId: string): Promise<string> => {
    const token = randomBytes(32).toString('base64url')
    insert.run(randomUUID(), token, userId, clock.nowMs() + 604_800_000, clock.nowMs(), clock.nowMs())
    unwrap(await mfa.sessions.begin({ userId, sessionId: token }, { method: 'password' }))
    return token
  }
  const handle = toNodeHandler(
    createMfaHandler<NodeContext<IncomingMessage>>({
      mfa,
      basePath: '/v1',
      allowedOrigins: [rivalUrl],
      authenticate: (request) => sessionOf(request.headers.get('cookie')),
      describeUser: ({ userId }) => ({ $id: userId }),
      describeSession: ({ userId }) => ({ $id: 'current', userId }),
      onContactVerified() {},
      rotateSession: ({ sessionId }) => {
        const token = randomBytes(32).toString('base64url')
        return {
          newSessionId: token,
          commit() {
            renew.run(token, clock.nowMs(), sessionId)
            return new Headers({ 'set-cookie': cookieOf(token) })
          },
          abandon() {},
        }
      },
    }),
  )
  const secrets: string[] = []
  for (let user = 0; user < userCount; user++) {
    const session = { userId: `user-${user}`, sessionId: await startSession(`user-${user}`) }
    const { uri } = unwrap(await mfa.totp.enroll(session, { accountName: session.userId }))
    const secret = new URL(uri).searchParams.get('secret') as string
    unwrap(await mfa.totp.confirm(session, { code: generateTotp(decodeSecret(secret), clock.nowMs()) }))
    unwrap(await mfa.enable(session))
    secrets.push(secret)
  }
  return [
    async (req, res) => {
      if (req.url?.startsWith('/v1/')) return handle(req, res)
      if (req.url?.startsWith('/sign-in/')) {
        const token = await startSession(req.url.slice('/sign-in/'.length))
        return res.writeHead(204, { 'set-cookie': cookieOf(token) }).end()
      }
      const session = sessionOf(req.headers.cookie)
      if (session === null) return res.writeHead(401).end()
      if (req.url === '/guarded') await mfa.sessions.require(session)
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"balance":42}')
    },
    secrets,
  ]
}

async function betterAuth(database: Database.Database): Promise<[RequestListener, readonly string[]]> {
  const { auth, secrets } = await createRivalAuth(database, userCount)
  return [toRivalHandler(auth), secrets.map(encodeSecret)]
}

const [name, file] = process.argv.slice(2)
const database = new Database(file)
database.pragma('journal_mode = wal')
database.pragma('synchronous = full')
const [listener, secrets] = await (name === 'countersign' ? countersign(database) : betterAuth(database))
const tell = (message: FromServer): void => {
  process.send?.(message)
}
const server = createServer(listener).listen(0, '127.0.0.1', () => {
  tell({ port: (server.address() as AddressInfo).port, secrets })
})
process.on('message', (message: ToServer) => {
  if (message.ask === 'advance') {
    clock.advance(message.ms)
    return tell({ nowMs: clock.nowMs() })
  }
  const { user, system } = process.cpuUsage()
  tell({ cpu: user + system })
})
// Ends with the process that measures, however that ends.
process.on('disconnect', () => process.exit())
