/** Which pages may call: cross-origin requests and forgeries are judged by exact origins (Fetch standard; CSRF). */

import { errorResponse, HttpRefusal, noStore } from './error-types.js'

const allowedHeaders = [
  'Content-Type',
  'Authorization',
  'X-Appwrite-Project',
  'X-Appwrite-Response-Format',
  'X-Appwrite-Locale',
  'X-Appwrite-JWT',
  'X-Appwrite-Session',
  'X-Fallback-Cookies',
  'X-SDK-Name',
  'X-SDK-Version',
  'X-SDK-Platform',
  'X-SDK-Language',
].join(', ')

/** The listed origin of a request; undefined when none is told. Refuses an unlisted one, and cross-site without one. */
function originOf(request: Request, allowedOrigins: readonly string[]): string | undefined {
  const origin = request.headers.get('origin')
  if (origin !== null) {
    if (!allowedOrigins.includes(origin)) throw new HttpRefusal('general_unknown_origin')
    return origin
  }
  // Browsers always send it (Fetch Metadata); a client that is no browser sends none, and has no cookies to abuse.
  if (request.headers.get('sec-fetch-site')?.trim().toLowerCase() === 'cross-site') {
    throw new HttpRefusal('general_unknown_origin')
  }
  return undefined
}

/** Answers a preflight, refuses a stranger's page, else answers null. */
export function answerOrigin(request: Request, allowedOrigins: readonly string[]): Response | null {
  try {
    const origin = originOf(request, allowedOrigins)
    if (request.method !== 'OPTIONS') return null
    const headers = new Headers({ 'cache-control': noStore })
    if (origin !== undefined) {
      headers.set('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
      headers.set('access-control-allow-headers', allowedHeaders)
      headers.set('access-control-max-age', '600')
    }
    return new Response(null, { status: 204, headers })
  } catch (error) {
    if (error instanceof HttpRefusal) return errorResponse(error.type, error.options)
    throw error
  }
}

/** Lays over an answer what every answer of the dialect carries. */
export function finish(request: Request, response: Response, allowedOrigins: readonly string[]): Response {
  const headers = new Headers(response.headers)
  headers.set('cache-control', noStore)
  headers.set('x-content-type-options', 'nosniff')
  if (!/(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Origin')
  const origin = request.headers.get('origin')
  if (origin !== null && allowedOrigins.includes(origin)) {
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-credentials', 'true')
    headers.set('access-control-expose-headers', 'X-Appwrite-Session, X-Fallback-Cookies, Retry-After')
  }
  return new Response(response.body, { status: response.status, headers })
}
