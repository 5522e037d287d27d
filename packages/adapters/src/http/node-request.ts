/** A fetch `Request` made of Node's: its URL, headers and body, with nothing of the client trusted. */

import { maxBodyBytes, rememberBody } from './body.js'

/** What we use of Node's `IncomingMessage`, as Express extends it. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express: the target before a router took its prefix off. */
  readonly originalUrl?: string | undefined
  readonly rawHeaders?: readonly string[]
  /** Someone has read the stream. */
  readonly readableDidRead?: boolean
  readonly destroyed?: boolean
  /** What a body parser of the framework made of the body. */
  readonly body?: unknown
  readonly socket?: object | null | undefined
  on(event: string, listener: (...args: never[]) => void): unknown
  removeListener(event: string, listener: (...args: never[]) => void): unknown
  resume(): unknown
}

export interface RequestOptions {
  readonly origin?: string | undefined
  readonly signal: AbortSignal
  /** Leaves the body to whoever comes next. */
  readonly withoutBody?: boolean | undefined
  /** What a body parser of the framework made of the body. */
  readonly parsedBody: unknown
}

/** Throws where the request cannot be put as one of fetch: a forbidden method, say. */
export async function toFetchRequest(req: NodeRequest, options: RequestOptions): Promise<Request> {
  const { signal, parsedBody } = options
  const method = req.method ?? 'GET'
  const init = { method, headers: headersOf(req.rawHeaders ?? []), signal }
  const url = urlOf(req, options.origin)
  if (options.withoutBody === true || method === 'GET' || method === 'HEAD') return new Request(url, init)
  const isRead = req.readableDidRead === true
  if (isRead && parsedBody !== null && typeof parsedBody === 'object' && !(parsedBody instanceof Uint8Array)) {
    const request = new Request(url, init)
    rememberBody(request, parsedBody)
    return request
  }
  const bytes = isRead ? bytesOf(parsedBody) : await readBytes(req)
  return new Request(url, bytes.length === 0 ? init : { ...init, body: bytes })
}

/** The URL as the client asked for it; its origin comes from `Host`, and so is a hint only. */
export function urlOf(req: NodeRequest, origin: string | undefined): string {
  const target = (req.originalUrl ?? req.url ?? '/').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const path = target.startsWith('/') ? target : `/${target.startsWith('?') ? target : ''}`
  return `${origin ?? `${isEncrypted(req) ? 'https' : 'http'}://${hostOf(req.rawHeaders ?? [])}`}${path}`
}

function isEncrypted({ socket }: NodeRequest): boolean {
  return typeof socket === 'object' && socket !== null && 'encrypted' in socket && socket.encrypted === true
}

function hostOf(rawHeaders: readonly string[]): string {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && /^(?:host|:authority)$/i.test(name))
  const host = at < 0 ? '' : (rawHeaders[at + 1] ?? '')
  const isHost = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/.test(host)
  return isHost && URL.canParse(`http://${host}/`) ? host : 'localhost'
}

function headersOf(rawHeaders: readonly string[]): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    // HTTP/2 puts method and path among the headers.
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] as string)
  }
  return headers
}

function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return new Uint8Array(body)
  return new TextEncoder().encode(typeof body === 'string' ? body : '')
}

/** Up to one byte more than a body may have, which the handler refuses; the rest is read and thrown away. */
function readBytes(req: NodeRequest): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const cutShort = (): void => reject(new Error('The request was not sent to its end.'))
    if (req.destroyed) {
      cutShort()
      return
    }
    const chunks: Uint8Array[] = []
    let length = 0
    const settle = (act: () => void) => (): void => {
      for (const [event, listener] of Object.entries(listeners)) req.removeListener(event, listener)
      act()
    }
    const listeners: Record<string, (...args: never[]) => void> = {
      data: (chunk: Uint8Array) => {
        const part = chunk.subarray(0, maxBodyBytes + 1 - length)
        chunks.push(part)
        length += part.length
        if (length > maxBodyBytes) listeners['end']?.()
      },
      end: settle(() => {
        req.resume()
        resolve(joined(chunks, length))
      }),
      error: settle(cutShort),
      close: settle(cutShort),
    }
    for (const [event, listener] of Object.entries(listeners)) req.on(event, listener)
  })
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
