/** SMS over a client of Twilio's Programmable Messaging. */

import {
  type CodeMessage,
  type Message,
  type Messenger,
  MfaError,
  type RenderedMessage,
  renderMessage,
} from '@countersign/core'
import { DeliveryError } from '../messages/delivery-error.js'
import { renderLocalizedMessage } from '../messages/render.js'
import { requireChannel } from '../messages/require-channel.js'

export { DeliveryError, isDeliveryError } from '../messages/delivery-error.js'

/** What the client is given: parameters of Twilio's Message resource. */
export interface TwilioSms {
  /** In E.164. */
  to: string
  /** The whole text. */
  body: string
  /** A number or an alphanumeric sender. */
  from?: string
  /** In place of `from`. */
  messagingServiceSid?: string
  /** Seconds that the message may wait in Twilio's queue, after which it is not sent. */
  validityPeriod?: number
}

/** The part of the `twilio` package's client that we use. */
export interface TwilioClient {
  /** Twilio’s Message resource. */
  readonly messages: { create(sms: TwilioSms): Promise<unknown> }
}

/** Options of `createTwilioMessenger`. */
export interface TwilioMessengerOptions {
  /** A number of yours in E.164, or an alphanumeric sender. Either this or `messagingServiceSid`. */
  readonly from?: string
  /** A messaging service that picks the sender. Either this or `from`. */
  readonly messagingServiceSid?: string
  /** The domain that asks for codes. Texts with a code then end with `@host #code`, whoever wrote the words. */
  readonly host?: string
  /** Default: our texts, in the language of the message's locale. */
  readonly render?: (message: Message) => RenderedMessage
}

// Above it Twilio answers error 21624.
const maxValiditySeconds = 36_000

/** Sends SMS; a message to an email address is refused. One that was not taken rejects with a `DeliveryError`. */
export function createTwilioMessenger(client: TwilioClient, options: TwilioMessengerOptions): Messenger {
  const { host, render = renderLocalizedMessage } = options
  const sender = senderOf(options)
  if (host !== undefined) originLineOf(sampleCode, host)
  return {
    async send(message) {
      requireChannel(message, 'phone', 'The Twilio messenger')
      const { text } = render(message)
      const body = host !== undefined && message.kind === 'code' ? withOriginLine(text, message, host) : text
      const sms = { ...sender, to: message.address, body, ...validityOf(message) }
      let answer: unknown
      try {
        answer = await client.messages.create(sms)
      } catch (error) {
        throw deliveryErrorOf(error)
      }
      requireTaken(answer)
    },
  }
}

function senderOf({ from, messagingServiceSid }: TwilioMessengerOptions): Partial<TwilioSms> {
  if (from && !messagingServiceSid) return { from }
  if (messagingServiceSid && !from) return { messagingServiceSid }
  throw new MfaError('invalid_configuration', 'Give `from` or `messagingServiceSid`, one of the two.')
}

const sampleCode: CodeMessage = {
  kind: 'code',
  channel: 'phone',
  address: '+15550100',
  issuer: 'Sample',
  userId: 'sample',
  createdAtMs: 0,
  expiresAtMs: 0,
  idempotencyKey: 'sample',
  code: '000000',
  purpose: 'sign_in',
}

function withOriginLine(text: string, message: CodeMessage, host: string): string {
  const line = originLineOf(message, host)
  return text.endsWith(`\n${line}`) ? text : `${text.trimEnd()}\n\n${line}`
}

// The core alone knows the form of the line, and which hosts it may name.
function originLineOf(message: CodeMessage, host: string): string {
  return renderMessage(message, { host }).text.split('\n').at(-1) as string
}

// A code that leaves the queue after its end only confuses.
function validityOf(message: Message): Pick<TwilioSms, 'validityPeriod'> {
  if (message.kind === 'notice') return {}
  const seconds = Math.floor((message.expiresAtMs - message.createdAtMs) / 1000)
  return { validityPeriod: Math.min(Math.max(seconds, 1), maxValiditySeconds) }
}

function requireTaken(answer: unknown): void {
  const { status } = Object(answer) as { status?: unknown }
  if (status === 'failed' || status === 'undelivered' || status === 'canceled') {
    throw new DeliveryError(`Twilio answered that the message is ${status}.`, { isTemporary: false })
  }
}

function deliveryErrorOf(error: unknown): DeliveryError {
  const { status, code } = Object(error) as { status?: unknown; code?: unknown }
  if (typeof status !== 'number') return new DeliveryError('Twilio could not be reached.', { isTemporary: true })
  const detail = typeof code === 'number' ? `HTTP ${status}, code ${code}` : `HTTP ${status}`
  return new DeliveryError(`Twilio refused the message (${detail}).`, {
    isTemporary: status === 429 || status >= 500,
    status,
  })
}
