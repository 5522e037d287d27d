/** Requests byte by byte on a socket: what two servers could read differently, odd targets, bodies without an end. */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { NodeHandler } from '@countersign/adapters/http'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { serve } from './serve.js'
import { ask, listen, type ServerKind, serverKinds, speak } from './servers.js'

const body = '{"mfa":false}'
const sized = `Content-Length: ${body.length}\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'
const inChunks = `d\r\n${body}\r\n0\r\n\r\n`

/** What follows the last good header. */
const smuggled: Readonly<Record<string, string>> = {
  'a length and chunks': `${sized}${chunked}\r\n${inChunks}`,
  'chunks and a length': `${chunked}${sized}\r\n${inChunks}`,
  'two lengths that differ': `${sized}Content-Length: 3\r\n\r\n${body}`,
  'two lengths that agree': `${sized}${sized}\r\n${body}`,
  'a list of lengths': `Content-Length: 13, 13\r\n\r\n${body}`,
  'a signed length': `Content-Length: +13\r\n\r\n${body}`,
  'a negative length': `Content-Length: -1\r\n\r\n${body}`,
  'a hexadecimal length': `Content-Length: 0xd\r\n\r\n${body}`,
  'an unknown coding': `Transfer-Encoding: xchunked\r\n\r\n${inChunks}`,
  'a coding after chunked': `Transfer-Encoding: chunked, identity\r\n\r\n${inChunks}`,
  'the coding identity': `Transfer-Encoding: identity\r\n\r\n${body}`,
  'two codings in two headers': `${chunked}Transfer-Encoding: identity\r\n\r\n${inChunks}`,
  'a space before a colon': `Content-Length : 13\r\n\r\n${body}`,
  'a folded header': `X-Folded: a\r\n ${sized}\r\n${body}`,
  'a header after a bare CR': `X-Bare: a\r${sized}\r\n${body}`,
  'a header after a bare LF': `X-Bare: a\n${sized}\r\n${body}`,
  'a NUL in a header': `X-Nul: a\0\r\n${sized}\r\n${body}`,
  'a chunk’s size as a number': `${chunked}\r\n0x${inChunks}`,
  'a chunk’s size beyond any': `${chunked}\r\nffffffffffffffff${inChunks}`,
  'a chunk that is longer than it says': `${chunked}\r\nc\r\n${body}\r\n0\r\n\r\n`,
}

const hosts = ['node:http', 'Express, body not parsed', 'Fastify, body not parsed'] as const

/** The start of a request that, whole, switches MFA off. */
const switchOff = (secret: string): string =>
  `PATCH /v1/account/mfa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nCookie: a_session_demo=${secret}\r\n`

const answersIn = (received: string): readonly string[] => received.match(/HTTP\/1\.1 \d{3}/g) ?? []

describe.each(hosts)('on a socket, %s', (host) => {
  const kind = serverKinds[host] as ServerKind

  it.each(Object.entries(smuggled))('refuses %s, and reads nothing that follows it', async (_name, rest) => {
    const { server, setUp, store, faults } = await serve(kind)
    const before = store.snapshot()
    const start = switchOff(setUp.secret)
    const following = `${start}${sized}Connection: close\r\n\r\n${body}`
    expect(answersIn(await speak(server, `${start}${rest}${following}`))).toEqual(['HTTP/1.1 400'])
    expect(store.snapshot()).toBe(before)
    expect(faults).toEqual([])
    // The same request by itself is one that is obeyed.
    expect(answersIn(await speak(server, following))).toEqual(['HTTP/1.1 200'])
    expect(store.snapshot()).not.toBe(before)
  })

  it('takes a request inside the body of another for a body', async () => {
    const { server, setUp, store } = await serve(kind)
    const before = store.snapshot()
    const inner = `${switchOff(setUp.secret)}${sized}\r\n${body}`
    const read = `GET /v1/account/mfa/factors HTTP/1.1\r\nHost: a\r\nCookie: a_session_demo=${setUp.secret}\r\n`
    const outer = `${read}Content-Length: ${inner.length}\r\n\r\n${inner}`
    const received = await speak(server, `${outer}${read}Connection: close\r\n\r\n`)
    expect(answersIn(received)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
    expect(store.snapshot()).toBe(before)
  })

  it('takes no session from a trailer', async () => {
    const { server, setUp, store } = await serve(kind)
    const before = store.snapshot()
    const start = 'PATCH /v1/account/mfa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n'
    const trailer = `Cookie: a_session_demo=${setUp.secret}\r\n\r\n`
    const received = await speak(server, `${start}${chunked}\r\nd\r\n${body}\r\n0\r\n${trailer}`)
    expect(received).toMatch(/^HTTP\/1.1 401 [\s\S]*general_unauthorized_scope/)
    expect(store.snapshot()).toBe(before)
  })
})

describe('on a socket', () => {
  const plain = serverKinds['node:http'] as ServerKind

  it('takes the path as the client sent it: absolute, doubled and odd targets reach no other route', async () => {
    const { server, half } = await serve(plain)
    const head = `Cookie: a_session_demo=${half.secret}\r\nConnection: close\r\n\r\n`
    const line = (target: string, host = 'api.example') =>
      speak(server, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${head}`)
    expect(await line('/v1/account/mfa/factors')).toMatch(/^HTTP\/1.1 200 /)
    expect(await line('http://evil.example/v1/account/mfa/factors')).toMatch(/^HTTP\/1.1 200 /)
    for (const target of ['//evil.example/v1/account/mfa/factors', '*', '/v1/account/mfa/factors%']) {
      expect(await line(target), target).toMatch(/^HTTP\/1.1 404 [\s\S]*general_route_not_found/)
    }
    const trace = await speak(server, `TRACE /v1/account/mfa HTTP/1.1\r\nHost: a\r\n${head}`)
    expect(trace).toMatch(/^HTTP\/1.1 400 [\s\S]*general_bad_request/)
  })

  it('reads an endless body no further than it must, and answers', async () => {
    const { server, half } = await serve(plain)
    const chunk = `2000\r\n${' '.repeat(0x2000)}\r\n`
    const start = `PATCH /v1/account/mfa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nCookie: a_session_demo=${half.secret}\r\nConnection: close\r\n\r\n`
    const answer = await speak(server, `${start}${chunk.repeat(12)}0\r\n\r\n`)
    // A session that is halfway is told so without its body being looked at.
    expect(answer).toMatch(/^HTTP\/1.1 401 [\s\S]*user_more_factors_required/)
  })

  it('ends without effect where the client hangs up in the middle of its body', async () => {
    const { server, setUp, store, mfa } = await serve(plain)
    const before = store.snapshot()
    const start = `PATCH /v1/account/mfa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\nCookie: a_session_demo=${setUp.secret}\r\n\r\n{"mfa":fal`
    await speak(server, start, true)
    const still = await ask(server, 'GET', '/v1/account/mfa/factors', undefined, {
      cookie: `a_session_demo=${setUp.secret}`,
    })
    expect(still.status).toBe(200)
    expect(store.snapshot()).toBe(before)
    expect((await mfa.sessions.assess(setUp.ref)).optedIn).toBe(true)
  })
})

describe('a body that stalls', () => {
  // Node takes the longer of the first two for the limit of a whole request.
  const limits = { requestTimeout: 200, headersTimeout: 200, connectionsCheckingInterval: 20 }
  const hurried: Readonly<Record<string, ServerKind>> = {
    'node:http': (handler) => listen(createServer(limits, handler as RequestListener)),
    Express: (handler) => listen(createServer(limits, express().use(handler))),
    Fastify: async (handler) => {
      const { requestTimeout, ...http } = limits
      const app = fastify({ requestTimeout, http })
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', async () => undefined)
      app.all('/v1/*', handler)
      await app.listen({ port: 0, host: '127.0.0.1' })
      const { port } = app.server.address() as AddressInfo
      return { origin: `http://127.0.0.1:${port}`, port, close: () => app.close() }
    },
  }

  it.each(Object.entries(hurried))('is ended by the host’s request timeout, without effect, on %s', async (_, kind) => {
    const handled: Promise<unknown>[] = []
    const watched: ServerKind = (handler) => {
      const watch = (...given: Parameters<NodeHandler>): Promise<unknown> => {
        const handling = handler(...given)
        handled.push(handling)
        return handling
      }
      return kind(watch as NodeHandler)
    }
    const { server, setUp, store, faults } = await serve(watched)
    const before = store.snapshot()
    const received = await speak(server, `${switchOff(setUp.secret)}${sized}\r\n${body.slice(0, -1)}`)
    expect(answersIn(received)).toEqual(['HTTP/1.1 408'])
    await Promise.all(handled)
    expect(handled.length).toBe(1)
    expect(store.snapshot()).toBe(before)
    expect(faults).toEqual([])
  })
})
