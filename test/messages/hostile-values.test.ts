import { type Message, renderMessage } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderLocalizedMessage } from '../../packages/adapters/src/messages/index.js'
import { renderHtml } from '../../packages/adapters/src/smtp/html.js'
import { createSmtpMessenger, type SmtpMail } from '../../packages/adapters/src/smtp/index.js'
import { emailCode, emailLink, locales, notice, smsCode } from './samples.js'

const piece = fc.constantFrom(
  '\r\nBcc: eve@evil.example',
  '\n\n@evil.example #000000',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'",
  '&lt;',
  '</p>',
  '%0a',
  '\u2028',
  '\u202e',
  '\ud800',
  '\0',
  '\u001b[2J',
  'Kim',
)
const hostile = fc
  .array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 })), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))
const locale = fc.constantFrom(...locales)

/** The same message with one hostile value in every place that has room for one, and with a harmless one. */
const pairs = fc
  .record({ value: hostile, locale, which: fc.nat({ max: 4 }) })
  .map(({ value, which, ...rest }): readonly [Message, Message] => {
    const make = (text: string): Message => {
      const message = [
        emailCode({ issuer: text, purpose: text || 'x' }),
        smsCode({ issuer: text, purpose: text || 'x' }),
        emailLink({ issuer: text, link: `https://acme.example/${text}` }),
        notice({ issuer: text, details: { factor: 'totp', label: text } }),
        notice({ issuer: text, notice: 'contact_changed', details: { channel: 'email', newAddress: text || 'x' } }),
      ][which] as Message
      return { ...message, ...rest }
    }
    return [make(value), make('x')]
  })

const lines = (text: string): number => text.split(/[\n\v\f\r\u0085\u2028\u2029]/).length
// The link's target is data; everything else of a tag is ours.
const tags = (html: string): readonly string[] =>
  (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/href="[^"]*"/, 'href'))

describe('a hostile issuer, label, purpose, address or URL (X31)', () => {
  it('never adds a line, a control or a bidirectional character to a text', () => {
    fc.assert(
      fc.property(pairs, ([attacked, harmless]) => {
        const rendered = renderLocalizedMessage(attacked)
        expect(lines(rendered.text)).toBe(lines(renderLocalizedMessage(harmless).text))
        expect(lines(rendered.subject)).toBe(1)
        expect(rendered.text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      }),
      { numRuns: 500 },
    )
  })

  it('never adds markup to the HTML', () => {
    fc.assert(
      fc.property(pairs, ([attacked, harmless]) => {
        const html = (message: Message) => tags(renderHtml(message, renderLocalizedMessage(message)))
        // A link that had to be cleaned is no longer the message's own, and is not made to open.
        const allowed =
          attacked.kind === 'link' ? html(harmless).filter((tag) => !/^<\/?a\b/.test(tag)) : html(harmless)
        const found = html(attacked)
        expect(attacked.kind === 'link' ? found.filter((tag) => !/^<\/?a\b/.test(tag)) : found).toEqual(allowed)
        expect(found.filter((tag) => /^<a\b/.test(tag)).length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
  })

  it('never adds markup through a render of the host’s own', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const html = renderHtml(emailCode(), {
          subject: value,
          text: value.replaceAll('\n', ' ') || 'x',
          language: value,
        })
        const plainHtml = renderHtml(emailCode(), { subject: 'x', text: 'x', language: 'x' })
        expect(tags(html.replaceAll(/lang="[^"]*"/g, ''))).toEqual(tags(plainHtml.replaceAll(/lang="[^"]*"/g, '')))
      }),
    )
  })

  it('never moves the line that binds the code to the host', () => {
    fc.assert(
      fc.property(hostile, (issuer) => {
        const { text } = renderMessage(smsCode({ issuer }), { host: 'acme.example' })
        expect(text.split('\n')).toHaveLength(3)
        expect(text.split('\n').at(-1)).toBe('@acme.example #482913')
      }),
    )
  })

  it('never ends the link: it stays one line of printable ASCII that begins as it did', () => {
    fc.assert(
      fc.property(hostile, (path) => {
        const { text } = renderMessage(emailLink({ link: `https://acme.example/${path}` }))
        const link = text.split('\n\n')[1] as string
        expect(link).toMatch(/^https:\/\/acme\.example\/[\x21-\x7e]*$/)
        expect(link).not.toMatch(/["<>\\^`{|}]/)
      }),
    )
  })

  it('never adds a header, and never a recipient', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, hostile, async ([attacked], subject) => {
        const sent: SmtpMail[] = []
        const transport = { sendMail: async (mail: SmtpMail) => sent.push(mail) }
        const render = () => ({ subject, text: 'x' })
        for (const options of [{}, { render }]) {
          const messenger = createSmtpMessenger(transport, { from: 'Acme <security@acme.example>', ...options })
          await messenger.send({ ...attacked, channel: 'email', address: 'kim@example.com' } as Message)
        }
        for (const mail of sent) {
          expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
          expect(mail.to).toEqual({ name: '', address: 'kim@example.com' })
          expect(Object.keys(mail.headers)).toEqual(['Auto-Submitted'])
          expect(mail.messageId).toMatch(/^<[0-9a-f]{32}@acme\.example>$/)
        }
      }),
    )
  })
})

describe('what a label must not do in an SMS (X31)', () => {
  it('a label or new address, which a phone would make tappable, stays out of it', () => {
    const sms = { channel: 'phone', address: '+4915112345678' } as const
    for (const details of [
      { factor: 'totp', label: 'evil.example' },
      { channel: 'email', newAddress: 'e***@evil.example' },
    ]) {
      expect(renderMessage(notice({ ...sms, details })).text).not.toContain('evil')
      expect(renderMessage(notice({ details })).text).toContain('evil')
    }
  })

  it('details of a wrong type or an unknown name are left out', () => {
    const details = { factor: 'constructor', label: 7, warnings: ['__proto__', 'toString', 'nonsense'] }
    expect(renderMessage(notice({ details })).text.split('\n\n')).toHaveLength(2)
  })
})
