/** The page, and in the demo the outbox beside it. */

import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { ApiError } from './errors.js'
import type { Host, HostEnv } from './host.js'
import type { Settings } from './settings.js'

const folder = new URL('./page/', import.meta.url)
const fileName = /^[a-z0-9-]{1,60}\.(html|js|css|svg)$/
const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

// Scripts and styles of ours only, no frames around us, and no address (a link's secret) told to other sites.
const pageHeaders = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export function pageRoutes({ outbox, settings }: Host): Hono<HostEnv> {
  const routes = new Hono<HostEnv>()
  routes.get('/', () => fileAnswer('index.html'))
  routes.get('/page/:file', (c) => fileAnswer(c.req.param('file')))
  if (outbox) {
    routes.get('/__outbox', (c) => {
      // A stranger's page whose name was made to lead here (DNS rebinding) asks under that name.
      if (!isOwnName(new URL(c.req.url).hostname, settings)) throw new ApiError('general_route_not_found')
      return c.json(outbox.entries, 200, { 'cache-control': 'no-store' })
    })
  }
  return routes
}

function isOwnName(hostname: string, { publicUrl, hostname: bound }: Settings): boolean {
  const own = publicUrl === undefined ? bound : new URL(publicUrl).hostname
  return ['localhost', '127.0.0.1', '[::1]', own].includes(hostname)
}

async function fileAnswer(file: string): Promise<Response> {
  const [, extension = ''] = fileName.exec(file) ?? []
  const content = extension && (await readFile(new URL(file, folder)).catch(() => undefined))
  if (!content) throw new ApiError('general_route_not_found')
  return new Response(Uint8Array.from(content), {
    headers: { ...pageHeaders, 'content-type': contentTypes[extension] ?? '' },
  })
}
