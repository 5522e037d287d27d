/** One messenger of several: by the channel of the message. */

import { type Channel, type Messenger, MfaError } from '@countersign/core'

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
