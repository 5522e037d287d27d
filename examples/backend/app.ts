/** The whole backend as one Hono application: pages, the library's routes, and the host's own under its wing. */

import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { accountErasure } from './account-erasure.js'
import { accountRoutes } from './account-routes.js'
import { ApiError, badParameter, errorAnswer } from './errors.js'
import type { Host, HostEnv } from './host.js'
import { pageRoutes } from './page-routes.js'
import { qrPath, qrRoute } from './qr-route.js'
import { sessionRoutes } from './session-routes.js'
import { tokenRoutes } from './token-routes.js'
import { limitVerifications, verificationPaths } from './verification-limit.js'

const maxBodyBytes = 64 * 1024

export function createApp(host: Host): Hono<HostEnv> {
  const { http } = host
  const api = hostApi(host)
  const app = application(host)
  app.route('/', pageRoutes(host))
  app.all('/v1/*', (c) => {
    const { raw } = c.req
    // An image in a page comes without an origin, and that page cannot read it. Only its URL counts.
    const isImage = c.req.path === qrPath && raw.method === 'GET' && !raw.headers.has('origin')
    return http.wrap(isImage ? new Request(raw.url) : raw, () => api.fetch(raw, c.env), c)
  })
  return app
}

/** The library's routes, then what the backend had before there was MFA. */
function hostApi(host: Host): Hono<HostEnv> {
  const { http } = host
  const api = application(host)
  api.use(bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }))
  api.on('PUT', verificationPaths, limitVerifications(host))
  api.use((c, next) => (http.handles(c.req.raw) ? http(c.req.raw, c) : next()))
  // The body before the guards: a client that dawdles with it is judged by what holds when it ends.
  api.use(async (c, next) => {
    await c.req.text()
    return next()
  })
  for (const routes of [accountRoutes, accountErasure, sessionRoutes, tokenRoutes, qrRoute]) {
    api.route('/', routes(host))
  }
  return api
}

function application({ settings }: Host): Hono<HostEnv> {
  const app = new Hono<HostEnv>()
  app.notFound(() => errorAnswer(new ApiError('general_route_not_found'), 0))
  app.onError((error) => {
    if (error instanceof ApiError) return errorAnswer(error, settings.clock.nowMs())
    throw error
  })
  return app
}

function tooLarge(): never {
  throw badParameter('body', `at most ${maxBodyBytes} bytes`)
}
