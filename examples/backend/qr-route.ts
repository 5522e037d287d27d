/** GET /v1/avatars/qr: a text as a QR code. Made here: an authenticator's secret never goes to a chart service. */

import { renderQrPng } from '@countersign/adapters/qr'
import { Hono } from 'hono'
import { badParameter } from './errors.js'
import type { Host, HostEnv } from './host.js'
import type { Limit } from './limits.js'
import { placeOf } from './requests.js'

export const qrPath = '/v1/avatars/qr'

const placeLimit: Limit = { name: 'QR codes from', perHour: 300 }

/** Not cached: the text may be a secret. */
export function qrRoute({ limits }: Host): Hono<HostEnv> {
  return new Hono<HostEnv>().get(qrPath, (c) => {
    const text = c.req.query('text') ?? ''
    if (text.length < 1 || text.length > 512) throw badParameter('text', 'text of 1 to 512 characters')
    const size = wholeNumber('size', c.req.query('size'), 400, 1, 1000)
    const margin = wholeNumber('margin', c.req.query('margin'), 1, 0, 10)
    limits.take(placeLimit, placeOf(c))
    const download = ['1', 'true'].includes(c.req.query('download') ?? '')
    return c.body(Uint8Array.from(renderQrPng(text, { size, margin })), 200, {
      'content-type': 'image/png',
      'cache-control': 'no-store',
      ...(download && { 'content-disposition': 'attachment; filename="qr.png"' }),
    })
  })
}

function wholeNumber(name: string, given: string | undefined, fallback: number, least: number, most: number): number {
  if (given === undefined || given === '') return fallback
  const value = /^\d{1,4}$/.test(given) ? Number(given) : Number.NaN
  if (value >= least && value <= most) return value
  throw badParameter(name, `a whole number from ${least} to ${most}`)
}
