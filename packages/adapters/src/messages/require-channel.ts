/** A messenger that serves one channel refuses the other, loudly. */

import { type Channel, type Message, MfaError } from '@countersign/core'

export function requireChannel(message: Message, channel: Channel, messenger: string): void {
  if (message.channel === channel) return
  throw new MfaError(
    'invalid_configuration',
    `${messenger} sends to ${channel} only; give ${message.channel} a messenger of its own with \`routeMessages\`.`,
  )
}
