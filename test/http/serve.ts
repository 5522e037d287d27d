/** The tests' host behind a real server, closed after each test. */

import { createMfaHandler, type NodeContext, toNodeHandler } from '@countersign/adapters/http'
import { afterEach } from 'vitest'
import { createScene, type Scene } from './host.js'
import { ask, type RunningServer, type ServerKind } from './servers.js'

export const running: RunningServer[] = []

afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

export async function serve(kind: ServerKind, test: Scene = createScene()) {
  const contexts: NodeContext[] = []
  const urls: string[] = []
  const { authenticate } = test.handlerOptions
  const handler = createMfaHandler<NodeContext>({
    ...test.handlerOptions,
    authenticate(request, ctx) {
      contexts.push(ctx)
      urls.push(request.url)
      return authenticate(request, ctx)
    },
  })
  const server = await kind(toNodeHandler(handler))
  running.push(server)
  const user = await test.givenProtected()
  const as =
    (secret: string) =>
    (method: string, path: string, body: unknown = {}, headers: Record<string, string | string[]> = {}) =>
      ask(server, method, `/v1${path}`, method === 'GET' ? undefined : JSON.stringify(body), {
        cookie: `a_session_demo=${secret}`,
        ...headers,
      })
  return { ...test, ...user, server, contexts, urls, as, send: as(user.half.secret) }
}
