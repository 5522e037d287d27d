/** Speaks to the API on the page's own origin: JSON in, JSON out, a refusal thrown as an `ApiError`. */

const base = '/v1'
const headers = { accept: 'application/json', 'X-Appwrite-Project': 'demo' }
const limitMs = 20_000

/** A refusal: the API's `type` (or one of the page's own), the status, when to try again, and the parameter it is about. */
export class ApiError extends Error {
  constructor(type, { status = 0, retryAtMs, param } = {}) {
    super(type)
    this.name = 'ApiError'
    this.type = type
    this.status = status
    this.retryAtMs = retryAtMs
    this.param = param
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

/** The API names a parameter that it refuses, and says no more of it. */
function paramIn(message) {
  return /^Invalid `(\w+)` param/.exec(message)?.[1]
}

async function ask(method, path, body) {
  const hasBody = method !== 'GET'
  const answer = await send(base + path, {
    method,
    cache: 'no-store',
    headers: hasBody ? { ...headers, 'content-type': 'application/json' } : headers,
    body: hasBody ? JSON.stringify(body ?? {}) : undefined,
  })
  if (answer.ok) return answer
  const { type = 'page_unknown', message } = await bodyOf(answer)
  throw new ApiError(type, { status: answer.status, retryAtMs: retryTime(answer), param: paramIn(message) })
}

async function request(method, path, body) {
  return bodyOf(await ask(method, path, body))
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
 * The QR code of a text as an address for `<img>`. The text is the app's secret: it goes in the body, since servers log
 * addresses, and the image comes past the cache and as data, so that it stays on no disk of a shared computer.
 */
export async function qrImage(text) {
  return readAsDataUrl(await (await ask('POST', '/avatars/qr', { text })).blob())
}

/** The messages the example "sent", oldest first, or null where the server keeps no outbox. */
export async function readOutbox() {
  const answer = await send('/__outbox', { cache: 'no-store', headers: { accept: 'application/json' } })
  if (answer.status === 404) return null
  if (!answer.ok) throw new ApiError('page_unknown', { status: answer.status })
  return bodyOf(answer)
}
