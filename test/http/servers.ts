/** Real servers on free ports: the handler under Express, Fastify and node:http, and raw requests to them. */

import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { NodeHandler } from '@countersign/adapters/http'
import express from 'express'
import fastify from 'fastify'
import { type Answer, read } from './host.js'

export interface RunningServer {
  readonly origin: string
  readonly port: number
  close(): Promise<void>
}

export async function listen(server: Server): Promise<RunningServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type ServerKind = (handler: NodeHandler) => Promise<RunningServer>

const withExpress =
  (mount: (app: ReturnType<typeof express>, handler: NodeHandler) => void): ServerKind =>
  (handler) => {
    const app = express()
    mount(app, handler)
    app.use((_request, response) => {
      response.status(404).send('the host’s own 404')
    })
    return listen(createServer(app))
  }

const withFastify =
  (prepare: (app: ReturnType<typeof fastify>) => void): ServerKind =>
  async (handler) => {
    const app = fastify()
    prepare(app)
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.header('x-hook', 'ran')
      return payload
    })
    app.all('/v1/*', handler)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    return { origin: `http://127.0.0.1:${port}`, port, close: () => app.close() }
  }

/** Every way to mount the handler that the guide shows, the body parsed by the framework or not. */
export const serverKinds: Readonly<Record<string, ServerKind>> = {
  'Express, body not parsed': withExpress((app, handler) => app.use(handler)),
  'Express, body parsed by express.json': withExpress((app, handler) => app.use(express.json(), handler)),
  'Express, body read by express.text': withExpress((app, handler) => app.use(express.text({ type: '*/*' }), handler)),
  'Express, body read by express.raw': withExpress((app, handler) => app.use(express.raw({ type: '*/*' }), handler)),
  'Express, mounted under a prefix': withExpress((app, handler) => app.use('/v1', express.json(), handler)),
  'Express, in a router': withExpress((app, handler) => app.use('/v1', express.Router().use('/account', handler))),
  'Fastify, body parsed': withFastify(() => undefined),
  'Fastify, body not parsed': withFastify((app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', async () => undefined)
  }),
  'node:http': (handler) => listen(createServer(handler as RequestListener)),
}

/** Over the network, with headers exactly as given. */
export function ask(
  server: RunningServer,
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Readonly<Record<string, string | string[]>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        method,
        path,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Uint8Array[] = []
        incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const answered = new Headers()
          for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
            answered.append(incoming.rawHeaders[at] as string, incoming.rawHeaders[at + 1] as string)
          }
          const status = incoming.statusCode ?? 0
          const text = Buffer.concat(chunks)
          resolve(read(new Response(status === 204 ? null : text, { status, headers: answered })))
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Writes these bytes to the server and answers all that comes back until it or we close. */
export function speak(server: RunningServer, text: string, hangUp = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(text)
      if (hangUp) socket.destroySoon()
    })
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', () => resolve(received))
  })
}
