/** A messenger that prints, for development. `routeMessages` is the one of `/messages`. */

import type { Message, Messenger, RenderedMessage } from '@countersign/core'
import { renderLocalizedMessage } from '../messages/render.js'

export { routeMessages } from '../messages/route.js'

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
