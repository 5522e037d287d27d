/** A text as a QR code. Made here: an authenticator's secret never goes to a chart service. */

import { renderQrPng } from '@countersign/adapters/qr'
import { type Context, Hono } from 'hono'
import { badParameter } from './errors.js'
import type { Host, HostEnv } from './host.js'
import type { Limit } from './limits.js'
import { readBody, textIn } from './parameters.js'
import { guard, placeOf } from './requests.js'

export const qrPath = '/v1/avatars/qr'

const placeLimit: Limit = { name: 'QR codes from', perHour: 300 }
const maxLength = 512

/**
 * GET is the product's: its text, often a secret, stands in the URL, which servers and proxies log. POST is this backend's
 * own, for its page: the text stands in the body.
 */
export function qrRoute(host: Host): Hono<HostEnv> {
  const draw = (c: Context<HostEnv>, text: string, size: number, margin: number, headers = {}): Response => {
    host.limits.take(placeLimit, placeOf(c))
    // Not cached: the text may be a secret.
    const own = { 'content-type': 'image/png', 'cache-control': 'no-store' }
    return c.body(Uint8Array.from(renderQrPng(text, { size, margin })), 200, { ...own, ...headers })
  }
  const routes = new Hono<HostEnv>()
  routes.get(qrPath, (c) => {
    const text = textIn({ text: c.req.query('text') }, 'text', 1, maxLength)
    const size = wholeNumber('size', c.req.query('size'), 400, 1, 1000)
    const margin = wholeNumber('margin', c.req.query('margin'), 1, 0, 10)
    const download = ['1', 'true'].includes(c.req.query('download') ?? '')
    return draw(c, text, size, margin, download ? { 'content-disposition': 'attachment; filename="qr.png"' } : {})
  })
  routes.post(qrPath, guard(host, 'session'), async (c) =>
    draw(c, textIn(await readBody(c), 'text', 1, maxLength), 400, 4),
  )
  return routes
}

function wholeNumber(name: string, given: string | undefined, fallback: number, least: number, most: number): number {
  if (given === undefined || given === '') return fallback
  const value = /^\d{1,4}$/.test(given) ? Number(given) : Number.NaN
  if (value >= least && value <= most) return value
  throw badParameter(name, `a whole number from ${least} to ${most}`)
}
