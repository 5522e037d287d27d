/** Reading a request's parameters: each is what it should be, or the request is refused by its name. */

import type { Context } from 'hono'
import { asEmail, asPhone } from './addresses.js'
import { badParameter } from './errors.js'
import { asId } from './ids.js'
import { isPlainText } from './names.js'

type Body = Readonly<Record<string, unknown>>

/** The JSON object of the request. */
export async function readBody(c: Context): Promise<Body> {
  // A form of another site can send text, but not under this name.
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) throw badParameter('body', 'application/json')
  const text = await c.req.text()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  } catch {}
  throw badParameter('body', 'a JSON object')
}

export function textIn(body: Body, name: string, least: number, most: number): string {
  const value = body[name]
  if (typeof value === 'string' && value.length >= least && value.length <= most) return value
  throw badParameter(name, `text of ${least} to ${most} characters`)
}

export function passwordIn(body: Body, name: string): string {
  return textIn(body, name, 8, 256)
}

export function nameIn(body: Body, name: string): string {
  const text = textIn(body, name, 0, 128)
  return isPlainText(text) ? text : fail(name, 'text without invisible characters')
}

export function emailIn(body: Body): string {
  return asEmail(body['email']) ?? fail('email', 'an email address')
}

export function phoneIn(body: Body): string {
  return asPhone(body['phone']) ?? fail('phone', 'a phone number with a leading + and 7 to 15 digits')
}

export function idIn(body: Body, name: string): string {
  return asId(body[name]) ?? fail(name, '`unique()`, or 1 to 36 of a-z, A-Z, 0-9, period, hyphen and underscore')
}

function fail(name: string, expected: string): never {
  throw badParameter(name, expected)
}
