/** A fetch `Response` sent over Node's: backpressure is heeded, and a client that went away ends it. */

/** What we use of Node's `ServerResponse`. */
export interface NodeResponse {
  statusCode: number
  readonly destroyed: boolean
  readonly headersSent: boolean
  readonly writableEnded: boolean
  getHeader(name: string): unknown
  setHeader(name: string, value: string | string[]): unknown
  write(chunk: Uint8Array): boolean
  end(): unknown
  destroy(): unknown
  once(event: string, listener: (...args: never[]) => void): unknown
  removeListener(event: string, listener: (...args: never[]) => void): unknown
}

export async function sendResponse(res: NodeResponse, response: Response): Promise<void> {
  if (res.destroyed || res.headersSent) {
    await response.body?.cancel()
    return
  }
  res.statusCode = response.status
  const cookies = response.headers.getSetCookie()
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value)
  // What a middleware has set already stays.
  if (cookies.length > 0) res.setHeader('set-cookie', [...listOf(res.getHeader('set-cookie')), ...cookies])
  if (response.body !== null) await pump(response.body.getReader(), res)
  if (!res.destroyed) res.end()
}

/** A client that goes also ends the read that waits for a slow source. */
async function pump(reader: ReadableStreamDefaultReader<Uint8Array>, res: NodeResponse): Promise<void> {
  res.once('close', () => void reader.cancel().catch(() => undefined))
  for (let piece = await reader.read(); !piece.done && !res.destroyed; piece = await reader.read()) {
    if (!res.write(piece.value)) await drained(res)
  }
}

function listOf(header: unknown): readonly string[] {
  if (Array.isArray(header)) return header.map(String)
  return header === undefined ? [] : [String(header)]
}

function drained(res: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      res.removeListener('drain', go)
      res.removeListener('close', go)
      resolve()
    }
    res.once('drain', go)
    res.once('close', go)
  })
}
