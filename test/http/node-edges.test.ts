import { createServer } from 'node:http'
import { toNodeGate, toNodeHandler } from '@countersign/adapters/http'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { type Answer, createScene } from './host.js'
import { running, serve } from './serve.js'
import { ask, listen, type ServerKind, serverKinds } from './servers.js'

describe('toNodeHandler', () => {
  const plain = serverKinds['node:http'] as ServerKind

  it('passes what is not the handler’s on to the host', async () => {
    const { server } = await serve(serverKinds['Express, body not parsed'] as ServerKind)
    const own = await fetch(`${server.origin}/v1/account`)
    expect([own.status, await own.text()]).toEqual([404, 'the host’s own 404'])
    const wrong = await fetch(`${server.origin}/v1/account/mfa`)
    expect(((await wrong.json()) as Answer['body']).type).toBe('general_route_not_found')
  })

  it('leaves hooks and cookies of the framework in place', async () => {
    const { send } = await serve(serverKinds['Fastify, body parsed'] as ServerKind)
    expect((await send('GET', '/account/mfa/factors')).headers.get('x-hook')).toBe('ran')
    const kind: ServerKind = async (handler) => {
      const app = express()
      app.use((_request, response, next) => {
        response.setHeader('set-cookie', 'host=1')
        next()
      })
      app.use(handler)
      return listen(createServer(app))
    }
    const test = createScene({
      handler: {
        rotateSession: (ref) => ({
          newSessionId: 'rotated',
          commit: () => {
            const former = test.sessions.get(ref.sessionId)
            if (former) test.sessions.set('rotated', { ...former, secret: 'rotated' })
            return new Headers([
              ['set-cookie', 'a=1'],
              ['set-cookie', 'b=2'],
            ])
          },
          abandon: () => undefined,
        }),
      },
    })
    const { send: ask2, app } = await serve(kind, test)
    const { body } = await ask2('POST', '/account/mfa/challenges', { factor: 'totp' })
    const answer = await ask2('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp: app.freshCode() })
    expect(answer.headers.getSetCookie()).toEqual(['host=1', 'a=1', 'b=2'])
  })

  it('takes from a parsed body only what is its own (X33)', async () => {
    const test = createScene()
    const { setUp } = await test.givenProtected()
    const before = test.store.snapshot()
    const app = express()
    app.use(express.json(), (request, _response, next) => {
      request.body = Object.create(request.body as object)
      next()
    })
    app.use(toNodeHandler(test.handler))
    const server = await listen(createServer(app))
    running.push(server)
    const cookie = `a_session_demo=${setUp.secret}`
    const answer = await ask(server, 'PATCH', '/v1/account/mfa', '{"mfa":false}', { cookie })
    expect(answer.body.type).toBe('general_argument_invalid')
    expect(test.store.snapshot()).toBe(before)
  })

  it('shows the URL as it was asked for, or with the origin it is told', async () => {
    const { send, urls } = await serve(plain)
    await send('GET', '/account/mfa/factors?x=1', undefined, { host: 'api.example:8080' })
    await send('GET', '/account/mfa/factors', undefined, { host: 'evil.example/v1?', 'x-forwarded-proto': 'https' })
    expect(urls.slice(-2)).toEqual([
      'http://api.example:8080/v1/account/mfa/factors?x=1',
      'http://localhost/v1/account/mfa/factors',
    ])
    const seen: string[] = []
    const told = toNodeHandler(
      async (request) => {
        seen.push(request.url)
        return new Response('ok')
      },
      { origin: 'https://api.example' },
    )
    const server = await plain(told)
    running.push(server)
    await fetch(`${server.origin}/v1/x`)
    expect(seen).toEqual(['https://api.example/v1/x'])
  })

  it('aborts the request’s signal when the client goes, and stops sending', async () => {
    let aborted: Promise<void> | undefined
    let canceled = false
    let started: () => void = () => undefined
    const isStarted = new Promise<void>((resolve) => {
      started = resolve
    })
    const server = await plain(
      toNodeHandler(async (request) => {
        aborted = new Promise((resolve) => request.signal.addEventListener('abort', () => resolve()))
        const body = new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array(64 * 1024))
            started()
          },
          cancel() {
            canceled = true
          },
        })
        return new Response(body)
      }),
    )
    running.push(server)
    const controller = new AbortController()
    const response = await fetch(server.origin, { signal: controller.signal })
    await isStarted
    const reader = response.body?.getReader()
    await reader?.read()
    controller.abort()
    await aborted
    await expect.poll(() => canceled).toBe(true)
  })

  it('is done when the client goes while the answer’s source is silent', async () => {
    let cancel: (reason: unknown) => void = () => undefined
    const canceled = new Promise((resolve) => {
      cancel = resolve
    })
    const start = (controller: ReadableStreamDefaultController): void => controller.enqueue(new Uint8Array(10))
    const handler = toNodeHandler(async () => new Response(new ReadableStream({ start, cancel })))
    const handled: Promise<void>[] = []
    const server = await listen(createServer((req, res) => handled.push(handler(req, res))))
    running.push(server)
    const controller = new AbortController()
    const response = await fetch(server.origin, { signal: controller.signal })
    await response.body?.getReader().read()
    controller.abort()
    await canceled
    expect(await Promise.all(handled)).toEqual([undefined])
  })

  it('streams an answer piece by piece', async () => {
    const server = await plain(
      toNodeHandler(async () => {
        let left = 200
        const body = new ReadableStream({
          pull(controller) {
            if (left-- === 0) controller.close()
            else controller.enqueue(new Uint8Array(32 * 1024).fill(97))
          },
        })
        return new Response(body)
      }),
    )
    running.push(server)
    const text = await (await fetch(server.origin)).text()
    expect(text.length).toBe(200 * 32 * 1024)
  })

  it('refuses headers too large to read, as the server does', async () => {
    const { server } = await serve(plain)
    const answer = await ask(server, 'GET', '/v1/account/mfa/factors', undefined, { cookie: 'x'.repeat(20_000) })
    expect(answer.status).toBe(431)
  })

  it('leaves cookies of others and broken ones alone', async () => {
    const { send, half } = await serve(plain)
    const cookie = ['__Host-x=1', 'a_session_other=zzz', '=;;; =', `a_session_demo=${half.secret}`, 'b="unclosed']
    expect((await send('GET', '/account/mfa/factors', undefined, { cookie: cookie.join('; ') })).status).toBe(200)
  })

  it('hands what a handler throws to the host’s error handling', async () => {
    const app = express()
    app.use(toNodeHandler(() => Promise.reject(new Error('thrown'))))
    const seen: unknown[] = []
    app.use((error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
      seen.push(error)
      response.status(500).send('caught')
    })
    const server = await listen(createServer(app))
    running.push(server)
    const answer = await fetch(server.origin)
    expect([answer.status, await answer.text()]).toEqual([500, 'caught'])
    expect((seen[0] as Error).message).toBe('thrown')
  })

  it('answers a 500 where nobody else would, and lives on', async () => {
    let pieces = 1
    const pull = (controller: ReadableStreamDefaultController): void => {
      if (pieces-- > 0) controller.enqueue(new Uint8Array(10))
      else controller.error(new Error('broken'))
    }
    const answers = [
      () => Promise.reject(new Error('thrown')),
      async () => new Response(new ReadableStream({ pull }, { highWaterMark: 0 })),
      async () => new Response('alive'),
    ]
    const server = await plain(toNodeHandler(() => (answers.shift() as () => Promise<Response>)()))
    running.push(server)
    const first = await fetch(server.origin)
    expect([first.status, ((await first.json()) as Answer['body']).type]).toEqual([500, 'general_server_error'])
    await expect(fetch(server.origin).then((response) => response.text())).rejects.toThrow()
    expect(await (await fetch(server.origin)).text()).toBe('alive')
  })
})

describe('toNodeGate', () => {
  it('guards a host’s own routes under Express, and leaves the body to them', async () => {
    const test = createScene()
    const { half, setUp } = await test.givenProtected()
    const app = express()
    app.use('/v1/account', toNodeGate(test.handler), express.json(), (request, response) => {
      response.json({ got: request.body as unknown })
    })
    const server = await listen(createServer(app))
    running.push(server)
    const post = (secret: string) =>
      ask(server, 'POST', '/v1/account/name', '{"name":"Kim"}', { cookie: `a_session_demo=${secret}` })
    expect((await post(half.secret)).body.type).toBe('user_more_factors_required')
    expect((await post('unknown')).body.type).toBe('general_unauthorized_scope')
    expect((await post(setUp.secret)).body).toEqual({ got: { name: 'Kim' } })
  })

  it('is a preHandler under Fastify, open to whom its access says', async () => {
    const test = createScene()
    const { half, setUp } = await test.givenProtected()
    const app = fastify()
    app.get('/v1/account', { preHandler: toNodeGate(test.handler) }, async () => ({ $id: 'kim' }))
    app.delete('/v1/account/sessions/current', { preHandler: toNodeGate(test.handler, 'open') }, async () => ({}))
    const cookie = (secret: string) => ({ cookie: `a_session_demo=${secret}` })
    const get = (secret: string) => app.inject({ url: '/v1/account', headers: cookie(secret) })
    expect((await get(half.secret)).json()).toMatchObject({ code: 401, type: 'user_more_factors_required' })
    expect((await get(setUp.secret)).json()).toEqual({ $id: 'kim' })
    const url = '/v1/account/sessions/current'
    expect((await app.inject({ method: 'DELETE', url, headers: cookie(half.secret) })).statusCode).toBe(200)
    await app.close()
  })
})
