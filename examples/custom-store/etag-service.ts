/** The service of this example: values by path, in memory, with conditional writes. */

import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface EtagService {
  readonly url: string
  /** What is stored under this owner. */
  valueOf(owner: string): string | undefined
  close(): Promise<void>
}

const etagOf = (value: string): string => `"${createHash('sha256').update(value).digest('base64url')}"`

export async function startEtagService(): Promise<EtagService> {
  const values = new Map<string, string>()
  const server: Server = createServer(async (request, response) => {
    const key = decodeURIComponent((request.url ?? '/').slice(1))
    const body = await read(request)
    const current = values.get(key)
    const { 'if-match': match, 'if-none-match': noneMatch } = request.headers
    const isRefused =
      (match !== undefined && (current === undefined || match !== etagOf(current))) ||
      (noneMatch === '*' && current !== undefined)
    if (isRefused) return void response.writeHead(412).end()
    if (request.method === 'PUT') {
      values.set(key, body)
      return void response.writeHead(204, { etag: etagOf(body) }).end()
    }
    if (current === undefined) return void response.writeHead(404).end()
    if (request.method === 'DELETE') {
      values.delete(key)
      return void response.writeHead(204).end()
    }
    response.writeHead(200, { etag: etagOf(current), 'content-type': 'text/plain; charset=utf-8' }).end(current)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    valueOf: (owner) => values.get(owner),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function read(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
