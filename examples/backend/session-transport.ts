/** How a session travels: two cookies, or headers for clients whose browser takes no cookies from this server. */

import type { Settings } from './settings.js'

export interface Credentials {
  readonly id: string
  readonly secret: string
}

/** Credentials as a request carried them. */
export interface CarriedCredentials extends Credentials {
  readonly by: 'cookie' | 'header'
}

const projectId = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,35}$/

/** This backend serves one set of users; the project only names the cookies. */
export function projectOf(request: Request): string {
  const given = request.headers.get('x-appwrite-project') ?? new URL(request.url).searchParams.get('project') ?? ''
  return projectId.test(given) ? given : 'demo'
}

function cookieNameOf(request: Request): string {
  return `a_session_${projectOf(request)}`
}

/**
 * The first place that holds something readable decides. Two cookies of one name that differ: somebody on a neighboring
 * domain has set one of them, and which is not told. Then neither counts, nor does anything else.
 */
export function readCredentials(request: Request): CarriedCredentials | undefined {
  const name = cookieNameOf(request)
  const header = request.headers.get('cookie') ?? ''
  const plain = cookiesNamed(name, header)
  const legacy = cookiesNamed(`${name}_legacy`, header)
  if (plain.size > 1 || legacy.size > 1) return undefined
  const byCookie = decode([...plain][0]) ?? decode([...legacy][0])
  if (byCookie !== undefined) return { ...byCookie, by: 'cookie' }
  const byHeader =
    decode(request.headers.get('x-appwrite-session')) ??
    decode(readFallback(request.headers.get('x-fallback-cookies'), name))
  return byHeader && { ...byHeader, by: 'header' }
}

/** Hands the client its session: cookies, and the fallback header where they may not arrive or did not come from. */
export function signedInHeaders(
  request: Request,
  settings: Settings,
  credentials: Credentials,
  expiresAtMs: number,
): Headers {
  const value = Buffer.from(JSON.stringify({ id: credentials.id, secret: credentials.secret })).toString('base64')
  const headers = cookieHeaders(request, settings, value, expiresAtMs)
  if (needsFallback(request, settings) || readCredentials(request)?.by === 'header') {
    headers.set('x-fallback-cookies', JSON.stringify({ [cookieNameOf(request)]: value }))
  }
  return headers
}

/** Takes the session back. */
export function signedOutHeaders(request: Request, settings: Settings): Headers {
  const headers = cookieHeaders(request, settings, '', 0)
  headers.set('x-fallback-cookies', '[]')
  return headers
}

/** No Domain attribute: the cookies go to this host only. Browsers take `SameSite=None` over https only. */
function cookieHeaders(request: Request, settings: Settings, value: string, expiresAtMs: number): Headers {
  const name = cookieNameOf(request)
  const secure = settings.publicUrl?.startsWith('https:') ? '; Secure' : ''
  const attributes = `Path=/; Expires=${new Date(expiresAtMs).toUTCString()}; HttpOnly${secure}`
  const headers = new Headers()
  headers.append('set-cookie', `${name}_legacy=${value}; ${attributes}`)
  headers.append('set-cookie', `${name}=${value}; ${attributes}; SameSite=None`)
  return headers
}

/** A page on another host gets no cookie of ours in many browsers; the demo also serves clients without an origin. */
function needsFallback(request: Request, settings: Settings): boolean {
  const origin = request.headers.get('origin') ?? request.headers.get('referer')
  if (origin === null) return settings.demo
  const own = settings.publicUrl ?? request.url
  return !URL.canParse(origin) || new URL(origin).hostname !== new URL(own).hostname
}

function cookiesNamed(name: string, header: string): ReadonlySet<string> {
  const pairs = header.split(';').map((pair) => {
    const at = pair.indexOf('=')
    return [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()] as const
  })
  return new Set(pairs.filter(([each]) => each === name).map(([, value]) => value))
}

function readFallback(header: string | null, name: string): string | undefined {
  const value = parse(header ?? '')
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  const found = (value as Record<string, unknown>)[name]
  return typeof found === 'string' ? found : undefined
}

function decode(value: string | null | undefined): Credentials | undefined {
  if (!value) return undefined
  const text = unescaped(value)
  const bytes = Buffer.from(text, 'base64')
  // Node reads past what is no base64; a value that somebody changed is none of ours.
  if (withoutPadding(bytes.toString('base64')) !== withoutPadding(text)) return undefined
  const found = parse(bytes.toString('utf8'))
  if (typeof found !== 'object' || found === null) return undefined
  const { id, secret } = found as { readonly id?: unknown; readonly secret?: unknown }
  return typeof id === 'string' && typeof secret === 'string' ? { id, secret } : undefined
}

function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '')
}

/** Some clients escape the `=` at the end. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
