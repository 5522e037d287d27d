import { createTestMfa } from '@countersign/adapters/testing'
import { isMfaError, type Message, type Messenger, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createSmtpMessenger, type SmtpMail } from '../../packages/adapters/src/smtp/index.js'
import { fieldOf, type MailServer } from './mail-server.js'
import { failureOf, from, givenServer, shown } from './mail-setup.js'
import { emailCode, emailLink, everyMessage, locales, notice, smsCode } from './samples.js'

describe('a mail that a server takes', () => {
  it.each(locales)('in %s arrives with its subject, both texts, and its one recipient', async (locale) => {
    const { server, messenger } = await givenServer()
    await messenger.send(emailCode({ locale }))
    const [mail] = server.received
    expect(mail?.envelope).toEqual({ from: 'security@acme.example', to: ['kim@example.com'] })
    expect(fieldOf(mail?.headers ?? [], 'from')).toBe(from)
    expect(fieldOf(mail?.headers ?? [], 'to')).toBe('kim@example.com')
    expect(fieldOf(mail?.headers ?? [], 'subject')).toContain('Acme')
    expect(fieldOf(mail?.headers ?? [], 'subject')).not.toContain('482913')
    expect(fieldOf(mail?.headers ?? [], 'auto-submitted')).toBe('auto-generated')
    expect(mail?.parts['text/plain']).toContain('\n482913\n')
    expect(mail?.parts['text/html']).toContain('>482913</p>')
    expect(mail?.parts['text/html']).toContain(`<html lang="${locale}">`)
  })

  it('holds the whole link, which opens what the text shows', async () => {
    const { server, messenger } = await givenServer()
    await messenger.send(emailLink())
    const { link } = emailLink()
    expect(server.received[0]?.parts['text/plain']).toContain(`\n${link}\n`)
    const escaped = link.replaceAll('&', '&amp;')
    expect(server.received[0]?.parts['text/html']).toContain(`>${escaped}</a>`)
    expect(server.received[0]?.parts['text/html']).toContain(`<a href="${escaped}"`)
  })

  it('loads nothing from anywhere and runs nothing, whatever kind it is', async () => {
    const { server, messenger } = await givenServer({}, { pool: true })
    const mails = everyMessage.map(([, message]) => message).filter(({ channel }) => channel === 'email')
    for (const message of mails) await messenger.send(message)
    expect(server.received).toHaveLength(mails.length)
    for (const { parts } of server.received) {
      expect(parts['text/html']).not.toMatch(/src=|url\(|@import|<(?:link|script|img|iframe|form|object)|\son\w+=/i)
    }
  })

  it('has the same Message-ID however often it is sent, and another for another message (X42)', async () => {
    const { server, messenger } = await givenServer()
    await messenger.send(emailCode())
    await messenger.send(emailCode())
    await messenger.send(emailCode({ idempotencyKey: 'key-2' }))
    const ids = server.received.map(({ headers }) => fieldOf(headers, 'message-id'))
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@acme\.example>$/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  it('goes over STARTTLS where the transport requires it', async () => {
    const { server, messenger } = await givenServer(
      { disabledCommands: [] },
      { requireTLS: true, tls: { rejectUnauthorized: false } },
    )
    await messenger.send(emailCode())
    expect(server.received[0]?.isEncrypted).toBe(true)
  })

  it('carries the words, and the HTML, of a render of the host’s own', async () => {
    const render = () => ({ subject: 'Grüße', text: 'own words', html: '<p>own page</p>' })
    const { server, messenger } = await givenServer({}, {}, { render })
    await messenger.send(emailCode())
    expect(fieldOf(server.received[0]?.headers ?? [], 'subject')).toBe('Grüße')
    expect(server.received[0]?.parts).toEqual({ 'text/plain': 'own words', 'text/html': '<p>own page</p>' })
  })

  it('has HTML made from the words where a render gives none', async () => {
    const { server, messenger } = await givenServer({}, {}, { render: () => ({ subject: 'S', text: 'a < b\nc' }) })
    await messenger.send(emailCode())
    expect(server.received[0]?.parts['text/html']).toContain('>a &lt; b<br>c</p>')
  })

  it('lets nobody add a header or a recipient by a subject, a label or an address (X31)', async () => {
    const render = () => ({ subject: 'Hello\r\nBcc: eve@evil.example\r\n\r\nbody', text: 'x' })
    const { server, messenger } = await givenServer({}, {}, { render })
    await messenger.send(emailCode())
    const plain = await givenServer()
    await plain.messenger.send(notice({ issuer: 'A\r\nBcc: eve@evil.example', details: { label: '\r\n\r\n<b>x</b>' } }))
    for (const { envelope, headers } of [...server.received, ...plain.server.received]) {
      expect(envelope.to).toEqual(['kim@example.com'])
      expect(headers.map(([name]) => name)).not.toContain('bcc')
    }
    expect(plain.server.received[0]?.parts['text/html']).not.toContain('<b>')
  })

  it.each([
    'kim@example.com, eve@evil.example',
    'kim@example.com\r\nRCPT TO:<eve@evil.example>',
    '<kim@example.com>',
    'kim',
    '',
  ])('refuses %j for an address before anything is sent', async (address) => {
    const { server, messenger } = await givenServer()
    const failure = await failureOf(messenger.send(emailCode({ address })))
    expect(isMfaError(failure) && failure.code).toBe('invalid_argument')
    expect(server.received).toEqual([])
  })
})

describe('the configuration of the SMTP messenger', () => {
  it.each([
    ['security@acme.example', 'acme.example'],
    ['"Acme, Inc." <security@acme.example>', 'acme.example'],
    ['Ächme <security@bücher.example>', 'xn--bcher-kva.example'],
  ])('takes %j for a sender, and its domain for the Message-ID', async (sender, domain) => {
    const sent: SmtpMail[] = []
    await createSmtpMessenger({ sendMail: async (mail) => sent.push(mail) }, { from: sender }).send(emailCode())
    expect(sent[0]?.messageId.endsWith(`@${domain}>`)).toBe(true)
  })

  it.each([
    '',
    'Acme',
    'acme@',
    '@acme.example',
    'a@b.example, c@d.example',
    'A <a@b.example>\r\nBcc: x@y.example',
    'A\n <a@b.example>',
  ])('refuses %j for a sender', (sender) => {
    const transport = { sendMail: async () => undefined }
    expect(() => createSmtpMessenger(transport, { from: sender })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    )
  })

  it('a message to a phone is a fault of configuration that says what to do, and is not sent', async () => {
    const sent: unknown[] = []
    const messenger = createSmtpMessenger(
      { sendMail: async (mail) => sent.push(mail) },
      { from: 'security@acme.example' },
    )
    const failure = await failureOf(messenger.send(smsCode()))
    expect(isMfaError(failure) && failure.code).toBe('invalid_configuration')
    expect(String(failure)).toContain('routeMessages')
    expect(shown(failure)).not.toContain('482913')
    expect(sent).toEqual([])
  })
})

describe('a sign-in over real mail', () => {
  const codeIn = (server: MailServer): string =>
    /^\d{6,8}$/m.exec(server.received.at(-1)?.parts['text/plain'] ?? '')?.[0] ?? 'no code'

  async function givenUser(messenger: Messenger) {
    let current: Messenger | undefined
    const switched: Messenger = { send: (message: Message) => (current ?? outbox).send(message) }
    const { mfa, outbox, givenUser: given } = createTestMfa({ messenger: switched })
    const user = await given({ email: 'kim@example.com', totp: true })
    const session = await user.signIn()
    current = messenger
    return { mfa, session }
  }

  it('the code that arrived completes the challenge', async () => {
    const { server, messenger } = await givenServer()
    const { mfa, session } = await givenUser(messenger)
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    expect(challenge.delivery).toBe('sent')
    const done = unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code: codeIn(server) }))
    expect(done.assessment.satisfied).toBe(true)
  })

  it('a refused mail is a delivery that failed, and the challenge stays', async () => {
    const { messenger } = await givenServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode: 550 })),
    })
    const { mfa, session } = await givenUser(messenger)
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    expect(challenge.delivery).toBe('failed')
  })
})
