/** A real SMTP server on a free port of the loopback, and a reader of what it received (RFC 5322, RFC 2045-2047). */

import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly isEncrypted: boolean
  /** Header fields in order, unfolded and decoded. */
  readonly headers: readonly (readonly [string, string])[]
  readonly parts: Readonly<Record<string, string>>
}

export interface MailServer {
  readonly port: number
  readonly received: readonly ReceivedMail[]
  /** Drops every connection without a word. */
  hangUp(): void
  close(): Promise<void>
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    // Ends connections at once when the server closes.
    closeTimeout: 1,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const envelope = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
        }
        received.push({ envelope, isEncrypted: session.secure, ...readMail(Buffer.concat(chunks).toString('latin1')) })
        done()
      })
    },
    ...options,
  })
  // A client that goes away is what some tests are about.
  server.on('error', () => undefined)
  server.server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    hangUp() {
      for (const socket of sockets) socket.destroy()
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

function readMail(raw: string): Pick<ReceivedMail, 'headers' | 'parts'> {
  const { headers, body } = split(raw)
  return { headers, parts: Object.fromEntries(readParts(headers, body)) }
}

function readParts(headers: ReceivedMail['headers'], body: string): readonly (readonly [string, string])[] {
  const type = fieldOf(headers, 'content-type')
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1]
  if (boundary === undefined) {
    const encoding = fieldOf(headers, 'content-transfer-encoding')
    return [[type.split(';')[0] as string, decodeBody(body, encoding).replaceAll('\r\n', '\n')]]
  }
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap((part) => {
      const inner = split(part.replace(/^\r\n/, ''))
      return readParts(inner.headers, inner.body.replace(/\r\n$/, ''))
    })
}

function split(raw: string): { headers: ReceivedMail['headers']; body: string } {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())] as const
  })
  return { headers, body: raw.slice(end + 4) }
}

export function fieldOf(headers: ReceivedMail['headers'], name: string): string {
  return headers.find(([each]) => each === name)?.[1] ?? ''
}

function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, encoding: string, data: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(data, 'base64').toString('latin1')
        : decodeQuoted(data.replaceAll('_', ' ')),
    )
    .replace(/[\x80-\xff]+/g, (bytes) => Buffer.from(bytes, 'latin1').toString('utf8'))
}

function decodeBody(body: string, encoding: string): string {
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString('latin1')
      : encoding === 'quoted-printable'
        ? decodeQuoted(body)
        : body
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function decodeQuoted(text: string): string {
  return text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_hex, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
