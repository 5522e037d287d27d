/** Single parameters, each of its type and form; a wrong one is named, and its value never repeated. */

import type { Params } from './body.js'
import { invalidParameter } from './error-types.js'

const maxTextLength = 256
const maxUrlLength = 2000

/** A text of 1 to 256 characters, well-formed and without control characters. */
export function textParam(params: Params, name: string, maxLength: number = maxTextLength): string {
  const value = param(params, name)
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength || /[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalidParameter(name, `a text of 1 to ${maxLength} characters without control characters`)
  }
  return value
}

export function booleanParam(params: Params, name: string): boolean {
  const value = param(params, name)
  if (typeof value !== 'boolean') throw invalidParameter(name, 'true or false')
  return value
}

/** A user's id; undefined for one that no user has, such as the empty text. */
export function userIdParam(params: Params, name: string): string | undefined {
  if (param(params, name) === '') return undefined
  const value = textParam(params, name)
  if (new TextEncoder().encode(value).length > 200 || /[\u2028\u2029]/.test(value)) {
    throw invalidParameter(name, 'an id of at most 200 bytes')
  }
  return value
}

/**
 * Where a verification link leads: text that begins with a listed origin, so that no reader of URLs takes another host
 * from it. Its own `userId`, `secret` and `expire` give way to the link's.
 */
export function urlParam(params: Params, name: string, origins: readonly string[]): string {
  const value = param(params, name)
  if (typeof value !== 'string' || value.length > maxUrlLength || !/^[\x21-\x7e]+$/.test(value)) {
    throw invalidParameter(name, `an absolute URL of at most ${maxUrlLength} ASCII characters`)
  }
  const isListed = origins.some((origin) => value.startsWith(origin) && /^(?:[/?#]|$)/.test(value.slice(origin.length)))
  if (!isListed || value.includes('\\') || !URL.canParse(value)) throw notListed(name)
  const url = new URL(value)
  if (!origins.includes(url.origin) || url.username !== '' || url.password !== '') throw notListed(name)
  for (const taken of ['userId', 'secret', 'expire']) if (url.searchParams.has(taken)) url.searchParams.delete(taken)
  // Escaping may have made it longer than a link may be.
  if (url.href.length > maxUrlLength) throw notListed(name)
  return url.href
}

function notListed(name: string): Error {
  return invalidParameter(name, 'a URL of an origin that this server sends links to')
}

function param(params: Params, name: string): unknown {
  if (!Object.hasOwn(params, name)) throw invalidParameter(name, 'given')
  return params[name]
}
