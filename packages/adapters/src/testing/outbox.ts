/** A messenger that keeps what it got. */

import type { CodeMessage, LinkMessage, Message, Messenger, NoticeMessage } from '@countersign/core'

/** A messenger that keeps what it got. */
export interface Outbox extends Messenger {
  /** Everything sent, oldest first. */
  readonly messages: readonly Message[]
  /** The newest message. */
  readonly last: Message | undefined
  /** The newest code sent to this address; throws when there is none. */
  codeTo(address: string): string
  /** The newest link sent to this address; throws when there is none. */
  linkTo(address: string): { readonly link: string; readonly secret: string }
  /** The notices sent, oldest first. */
  readonly notices: readonly NoticeMessage[]
  /** Forgets what was sent. */
  clear(): void
  /** Makes the next `count` sends fail. */
  failNext(count?: number): void
}

/** A messenger that keeps what it got, and fails when told to. */
export function createOutbox(): Outbox {
  const messages: Message[] = []
  let failures = 0
  const newest = <M extends Message>(address: string, kind: M['kind']): M => {
    const found = messages.findLast((message) => message.kind === kind && message.address === address)
    if (found === undefined) throw new Error(`no ${kind} was sent to ${address}`)
    return found as M
  }
  return {
    async send(message) {
      if (failures > 0) {
        failures--
        throw new Error('the outbox was told to fail')
      }
      messages.push(message)
    },
    messages,
    get last() {
      return messages.at(-1)
    },
    codeTo: (address) => newest<CodeMessage>(address, 'code').code,
    linkTo(address) {
      const { link, secret } = newest<LinkMessage>(address, 'link')
      return { link, secret }
    },
    get notices() {
      return messages.filter((message): message is NoticeMessage => message.kind === 'notice')
    },
    clear() {
      messages.length = 0
    },
    failNext(count = 1) {
      failures = count
    },
  }
}
