/** `npm run bench:http`: a sign-in's second step over HTTP, by Countersign's handler and by better-auth's. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeSecret, generateTotp } from '@countersign/core/totp'
import { collect, medianFigure, medianRatio } from './flow-measure.js'
import { rivalEmailOf, rivalPassword, rivalUrl } from './flow-rival.js'
import { type FromServer, type ToServer, userCount } from './http-servers.js'
import { printTable, reportBars } from './rounds.js'

const clients = 8
const rounds = 15
const warmUpRounds = 100
const ordinaryRequests = 400

interface Server {
  readonly url: string
  readonly secrets: readonly Uint8Array[]
  ask<T extends FromServer>(message: ToServer): Promise<T>
  stop(): void
}

async function startServer(name: 'countersign' | 'better-auth', folder: string): Promise<Server> {
  const child = fork(new URL('./http-servers.mjs', import.meta.url), [name, join(folder, `${name}.db`)])
  const next = async <T>(): Promise<T> => (await once(child, 'message'))[0] as T
  const { port, secrets } = await next<{ port: number; secrets: readonly string[] }>()
  return {
    url: `http://127.0.0.1:${port}`,
    secrets: secrets.map(decodeSecret),
    ask(message) {
      child.send(message)
      return next()
    },
    stop: () => child.disconnect(),
  }
}

/** Microseconds of the server's CPU per item, with `clients` of them under way at once. */
async function cpuPer(server: Server, count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const before = await server.ask<{ cpu: number }>({ ask: 'cpu' })
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: clients }, lane))
  const after = await server.ask<{ cpu: number }>({ ask: 'cpu' })
  return (after.cpu - before.cpu) / count
}

async function send(url: string, method: string, cookie = '', body?: object): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { cookie, origin: rivalUrl, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  return response
}

const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

/** Everyone signs in, uncounted; then everyone's second step counts. Answers the cookie of the last session too. */
async function ownSteps(server: Server): Promise<{ readonly cpu: number; readonly cookie: string }> {
  const { nowMs } = await server.ask<{ nowMs: number }>({ ask: 'advance', ms: 3_600_000 })
  const cookies: string[] = []
  for (let user = 0; user < userCount; user++)
    cookies.push(cookiesOf(await send(`${server.url}/sign-in/user-${user}`, 'POST')))
  const path = `${server.url}/v1/account/mfa/challenges`
  const cpu = await cpuPer(server, userCount, async (user) => {
    const cookie = cookies[user] as string
    const created = (await (await send(path, 'POST', cookie, { factor: 'totp' })).json()) as { $id: string }
    const otp = generateTotp(server.secrets[user] as Uint8Array, nowMs)
    const completed = await send(path, 'PUT', cookie, { challengeId: created.$id, otp })
    await completed.json()
    cookies[user] = cookiesOf(completed)
  })
  return { cpu, cookie: cookies[0] as string }
}

async function rivalSteps(server: Server): Promise<number> {
  const cookies: string[] = []
  for (let user = 0; user < userCount; user++) {
    const body = { email: rivalEmailOf(user), password: rivalPassword }
    cookies.push(cookiesOf(await send(`${server.url}/api/auth/sign-in/email`, 'POST', '', body)))
  }
  return cpuPer(server, userCount, async (user) => {
    const code = generateTotp(server.secrets[user] as Uint8Array, Date.now())
    const answer = await send(`${server.url}/api/auth/two-factor/verify-totp`, 'POST', cookies[user], { code })
    if (typeof ((await answer.json()) as { token?: unknown }).token !== 'string') throw new Error('not signed in')
  })
}

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const own = await startServer('countersign', folder)
const rival = await startServer('better-auth', folder)
try {
  const figures = await collect(rounds, warmUpRounds, async (put) => {
    const { cpu, cookie } = await ownSteps(own)
    put('own', cpu)
    put('rival', await rivalSteps(rival))
    const get = (path: string) =>
      cpuPer(own, ordinaryRequests, async () => (await send(own.url + path, 'GET', cookie)).text())
    put('ordinary', await get('/ordinary'))
    put('guarded', await get('/guarded'))
  })
  console.log(`\nCPU microseconds of the server, ${clients} clients, on SQLite\n`)
  printTable([
    ['', 'cpu', 'completed steps per CPU second'],
    ...(['own', 'rival'] as const).map((name) => [
      name === 'own' ? 'second step by Countersign (two requests)' : 'second step by better-auth (one request)',
      medianFigure(figures, name).toFixed(0),
      (1e6 / medianFigure(figures, name)).toFixed(0),
    ]),
  ])
  console.log()
  printTable([
    ['', 'cpu'],
    ['an ordinary request', medianFigure(figures, 'ordinary').toFixed(0)],
    ['the same behind a guard', medianFigure(figures, 'guarded').toFixed(0)],
  ])
  console.log()
  reportBars([
    {
      name: 'completed second steps per cpu second over http vs better-auth',
      value: medianRatio(figures, 'rival', 'own'),
      atLeast: 10,
    },
  ])
} finally {
  own.stop()
  rival.stop()
  rmSync(folder, { recursive: true, force: true })
}
// Connections that are kept alive would keep this process, too.
process.exit()
