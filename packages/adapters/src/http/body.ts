/** Reading a body: JSON in UTF-8, at most 64 KiB, one object without repeated keys (RFC 8259; X33, X34). */

import { invalidParameter } from './error-types.js'

/** What a body may be long, in bytes. */
export const maxBodyBytes: number = 64 * 1024
const maxDepth = 16

/** The parameters of a request, by name; read them with `Object.hasOwn`. */
export type Params = Readonly<Record<string, unknown>>

const parsedBodies = new WeakMap<Request, object>()

/** Remembers what a framework has already parsed, so that the stream is not read again. */
export function rememberBody(request: Request, body: object): void {
  parsedBodies.set(request, body)
}

/** An absent body is an empty object; anything but a JSON object is refused. */
export async function readParams(request: Request): Promise<Params> {
  const { headers } = request
  const type = headers.get('content-type')
  if (type !== null && !isJson(type)) throw invalidBody('application/json in UTF-8')
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') throw invalidBody('not compressed')
  if (Number(headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLong()
  const parsed = parsedBodies.get(request)
  if (parsed !== undefined) return asParams(parsed)
  const bytes = await readBytes(request)
  if (bytes.length === 0) return {}
  if (type === null) throw invalidBody('application/json in UTF-8')
  return parseObject(bytes)
}

// RFC 8259 8.1: JSON is UTF-8; a charset may say so, and nothing else.
function isJson(type: string): boolean {
  return /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(type.trim())
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (request.bodyUsed) throw invalidBody('unread when the handler is called')
  const reader = request.body?.getReader()
  if (reader === undefined) return new Uint8Array(0)
  const bytes = new Uint8Array(maxBodyBytes)
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw invalidBody('sent to its end')
    })
    if (done) return bytes.subarray(0, length)
    if (length + value.length > maxBodyBytes) {
      await reader.cancel().catch(() => undefined)
      throw tooLong()
    }
    bytes.set(value, length)
    length += value.length
  }
}

function parseObject(bytes: Uint8Array): Params {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    throw invalidBody('JSON in UTF-8')
  }
  const params = asParams(value)
  requireSimple(text)
  return params
}

function asParams(value: unknown): Params {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidBody('a JSON object')
  return value as Params
}

/** Refuses deep nesting, and a parameter given twice: two readers might each take another. The text is JSON already. */
function requireSimple(text: string): void {
  const keys = new Set<string>()
  let depth = 0
  for (const [token, colon] of text.matchAll(/[[{]|[\]}]|"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*(:))?/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && colon !== undefined) requireNew(token, keys)
    if (depth > maxDepth) throw invalidBody(`nested at most ${maxDepth} deep`)
  }
}

function requireNew(token: string, keys: Set<string>): void {
  const key: unknown = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1))
  if (keys.has(key as string)) throw invalidBody('without a parameter given twice')
  keys.add(key as string)
}

function invalidBody(expected: string): Error {
  return invalidParameter('body', expected)
}

function tooLong(): Error {
  return invalidBody(`at most ${maxBodyBytes} bytes`)
}
