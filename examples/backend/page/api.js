/** Speaks to the API on the page's own origin: JSON in, JSON out, a refusal thrown as an `ApiError`. */

const base = '/v1'
const headers = { accept: 'application/json', 'X-Appwrite-Project': 'demo' }
const limitMs = 20_000

/** A refusal: the API's `type` (or one of the page's own), the status, and from when it is worth trying again. */
export class ApiError extends Error {
  constructor(type, { status = 0, retryAtMs } = {}) {
    super(type)
    this.name = 'ApiError'
    this.type = type
    this.status = status
    this.retryAtMs = retryAtMs
  }
}

/** `Retry-After` is a number of seconds or a date. */
function retryTime(answer) {
  const value = answer.headers.get('retry-after')
  if (value === null) return undefined
  const seconds = Number(value)
  const atMs = Number.isFinite(seconds) ? Date.now() + seconds * 1000 : Date.parse(value)
  return Number.isNaN(atMs) ? undefined : atMs
}

async function send(path, options) {
  try {
    return await fetch(path, { ...options, credentials: 'same-origin', signal: AbortSignal.timeout(limitMs) })
  } catch {
    throw new ApiError('page_no_answer')
  }
}

async function bodyOf(answer) {
  if (!answer.headers.get('content-type')?.includes('application/json')) return {}
  try {
    return await answer.json()
  } catch {
    throw new ApiError('page_no_answer', { status: answer.status })
  }
}

async function request(method, path, body) {
  const hasBody = method !== 'GET'
  const answer = await send(base + path, {
    method,
    cache: 'no-store',
    headers: hasBody ? { ...headers, 'content-type': 'application/json' } : headers,
    body: hasBody ? JSON.stringify(body ?? {}) : undefined,
  })
  const content = await bodyOf(answer)
  if (answer.ok) return content
  throw new ApiError(content.type ?? 'page_unknown', { status: answer.status, retryAtMs: retryTime(answer) })
}

export const api = {
  get: (path) => request('GET', path),
  post: (path, body) => request('POST', path, body),
  put: (path, body) => request('PUT', path, body),
  patch: (path, body) => request('PATCH', path, body),
  delete: (path) => request('DELETE', path),
}

function readAsDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.onerror = () => reject(new ApiError('page_no_answer'))
    reader.readAsDataURL(blob)
  })
}

/**
 * The QR code of a text as an address for `<img>`. The image is fetched past the cache and handed over as data:
 * its text is the app's secret, which must not stay on the disk of a shared computer.
 */
export async function qrImage(text) {
  const query = new URLSearchParams({ text, size: '400', margin: '4', project: 'demo' })
  const answer = await send(`${base}/avatars/qr?${query}`, { cache: 'no-store' })
  if (!answer.ok) throw new ApiError((await bodyOf(answer)).type ?? 'page_unknown', { status: answer.status })
  return readAsDataUrl(await answer.blob())
}

/** The messages the example "sent", oldest first, or null where the server keeps no outbox. */
export async function readOutbox() {
  const answer = await send('/__outbox', { cache: 'no-store', headers: { accept: 'application/json' } })
  if (answer.status === 404) return null
  if (!answer.ok) throw new ApiError('page_unknown', { status: answer.status })
  return bodyOf(answer)
}
