/** Email over a nodemailer transport: plain text and HTML, one recipient, no header from a value (RFC 5322). */

import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { type Message, type Messenger, MfaError, type RenderedMessage } from '@countersign/core'
import { DeliveryError } from '../messages/delivery-error.js'
import { renderLocalizedMessage } from '../messages/render.js'
import { requireChannel } from '../messages/require-channel.js'
import { renderHtml } from './html.js'

export { DeliveryError, isDeliveryError } from '../messages/delivery-error.js'

/** What the transport is given: the fields that nodemailer's `sendMail` takes by these names. */
export interface SmtpMail {
  /** The sender, as given in the options. */
  readonly from: string
  /** An object, for a string would be parsed as a list of addresses. */
  readonly to: { readonly name: string; readonly address: string }
  /** One line, without the code. */
  readonly subject: string
  /** The plain text. */
  readonly text: string
  /** The same words as HTML. */
  readonly html: string
  /** The same at every retry, so that a server can drop doubles. */
  readonly messageId: string
  /** Marks the mail as sent by a machine (RFC 3834). */
  readonly headers: Record<string, string>
  /** The transport reads no file for it. */
  readonly disableFileAccess: true
  /** The transport opens no URL for it. */
  readonly disableUrlAccess: true
}

/** A nodemailer transport, or anything that sends a mail the same way and rejects when it was not taken. */
export interface SmtpTransport {
  /** Resolves when the server took the mail; rejects when it did not. */
  sendMail(mail: SmtpMail): Promise<unknown>
}

/** Subject and text, and HTML when it should not be made from the text. The host's own HTML is sent as it is. */
export interface RenderedEmail extends RenderedMessage {
  /** The same words as HTML; absent, they are made from `text`. */
  readonly html?: string
}

/** Options of `createSmtpMessenger`. */
export interface SmtpMessengerOptions {
  /** One address that may have a name: `Acme <security@acme.example>`. */
  readonly from: string
  /** Default: our texts, in the language of the message's locale. */
  readonly render?: (message: Message) => RenderedEmail
}

/**
 * Sends email; a message to a phone is refused. A mail that was not taken rejects with a `DeliveryError`.
 *
 * The same message has the same `Message-ID` however often it is sent, so that mailboxes can drop a repeat (X42).
 */
export function createSmtpMessenger(transport: SmtpTransport, options: SmtpMessengerOptions): Messenger {
  const { from, render = renderLocalizedMessage } = options
  const domain = domainOf(from)
  return {
    async send(message) {
      requireChannel(message, 'email', 'The SMTP messenger')
      const rendered: RenderedEmail = render(message)
      const { text, html } = rendered
      const subject = oneLine(rendered.subject)
      const mail: SmtpMail = {
        from,
        to: { name: '', address: requireAddress(message.address) },
        subject,
        text,
        html: html ?? renderHtml(message, rendered),
        messageId: `<${digestOf(message.idempotencyKey)}@${domain}>`,
        // RFC 3834, 5: keeps vacation responders from answering.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      }
      try {
        await transport.sendMail(mail)
      } catch (error) {
        throw deliveryErrorOf(error)
      }
    },
  }
}

function domainOf(from: string): string {
  const address = /^(?:"[^"\p{Cc}]*"\s*|[^"<>,;@\p{Cc}]*)<([^<>]*)>$/u.exec(from)?.[1] ?? from
  const domain = isAddress(address) ? domainToASCII(address.slice(address.lastIndexOf('@') + 1)) : ''
  if (domain !== '') return domain
  throw new MfaError('invalid_configuration', '`from` must be one address such as `Acme <security@acme.example>`.')
}

// X31: whatever reaches this messenger, the envelope and the header hold one recipient.
function requireAddress(address: string): string {
  if (isAddress(address)) return address
  throw new MfaError('invalid_argument', '`address` must be one email address.')
}

function isAddress(text: string): boolean {
  return /^[^\p{Cc}\p{Cs}\s<>,;:"()[\]\\@]+@[^\p{Cc}\p{Cs}\s<>,;:"()[\]\\@]+$/u.test(text)
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}

function deliveryErrorOf(error: unknown): DeliveryError {
  const { responseCode, code } = Object(error) as { responseCode?: unknown; code?: unknown }
  if (typeof responseCode === 'number') {
    const isTemporary = responseCode < 500
    const verb = isTemporary ? 'put off' : 'refused'
    return new DeliveryError(`The mail server ${verb} the message (SMTP ${responseCode}).`, {
      isTemporary,
      status: responseCode,
    })
  }
  const name = typeof code === 'string' && /^[A-Z_]{2,20}$/.test(code) ? ` (${code})` : ''
  const isTemporary = !permanentFailures.has(String(code))
  return new DeliveryError(`The mail could not be handed to a server${name}.`, { isTemporary })
}

// nodemailer's names for what no repetition cures.
const permanentFailures: ReadonlySet<string> = new Set(['EAUTH', 'ENOAUTH', 'EENVELOPE', 'EMESSAGE', 'ETLS', 'ECONFIG'])
