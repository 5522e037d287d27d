/** Messengers without a network: one that prints, for development, and one that routes by channel. */

import { type Channel, type Message, type Messenger, MfaError, type RenderedMessage } from '@countersign/core'
import { renderLocalizedMessage } from '../messages/render.js'

/** Options of `createConsoleMessenger`. */
export interface ConsoleMessengerOptions {
  /** Takes one block of text. Default: `console.warn`, which writes to the standard error. */
  readonly write?: (text: string) => void
  /** Default: our texts, in the language of the message's locale. */
  readonly render?: (message: Message) => RenderedMessage
}

/** Prints every message, codes included. For development only: whoever reads the output can use the codes. */
export function createConsoleMessenger(options: ConsoleMessengerOptions = {}): Messenger {
  const { write = (text: string): void => console.warn(text), render = renderLocalizedMessage } = options
  return {
    async send(message) {
      const { subject, text } = render(message)
      const head = `--- ${message.channel} to ${message.address}: ${subject}`
      write([head, '(printed for development only: it shows codes and links)', '', text, '---'].join('\n'))
    },
  }
}

/** Sends by the messenger of the message's channel. A channel without one fails, so that its code answers `failed`. */
export function routeMessages(routes: Partial<Readonly<Record<Channel, Messenger>>>): Messenger {
  return {
    async send(message) {
      const messenger = routes[message.channel]
      if (messenger === undefined) throw new MfaError('invalid_configuration', `No messenger for ${message.channel}.`)
      await messenger.send(message)
    },
  }
}
