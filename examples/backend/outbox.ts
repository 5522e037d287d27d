/** The demo's outbox: a messenger that keeps what it would have sent. */

import type { Message, Messenger } from '@countersign/core'
import { renderMessage } from '@countersign/core'

/** One message as `/__outbox` shows it. */
export interface OutboxEntry {
  readonly to: string
  readonly channel: Message['channel']
  readonly kind: Message['kind']
  readonly userId: string
  readonly code?: string
  readonly link?: string
  readonly secret?: string
  readonly subject: string
  readonly text: string
  readonly sentAt: string
}

export interface Outbox extends Messenger {
  /** Oldest first. */
  readonly entries: readonly OutboxEntry[]
}

const kept = 200

export function createOutbox(): Outbox {
  const entries: OutboxEntry[] = []
  return {
    entries,
    async send(message) {
      const { subject, text } = renderMessage(message)
      entries.push({
        to: message.address,
        channel: message.channel,
        kind: message.kind,
        userId: message.userId,
        ...(message.kind === 'code' && { code: message.code }),
        ...(message.kind === 'link' && { link: message.link, secret: message.secret }),
        subject,
        text,
        sentAt: new Date(message.createdAtMs).toISOString(),
      })
      entries.splice(0, entries.length - kept)
    },
  }
}
