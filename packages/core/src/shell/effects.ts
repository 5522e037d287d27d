/** What happens after a save: events, the code or link, notices. None of them can change what was decided. */

import type { NoticeDraft } from '../decision.js'
import type { MfaEvent, MfaEventBody } from '../ports/events.js'
import type { Message, Messenger, NoticeMessage } from '../ports/messenger.js'
import type { MfaRecord } from '../record/record.js'
import type { UserRef } from '../refs.js'
import { withTimeLimit } from './system.js'

/** Receives every event; what it throws is ignored. */
export type OnEvent = (event: MfaEvent) => void

/** Runs a task after the host's answer, for platforms that end with it. */
export type Defer = (task: () => Promise<void>) => void

export interface Effects {
  emit(body: MfaEventBody, actor: Actor, atMs: number): void
  /** True when the messenger took it. */
  deliver(message: Message, actor: Actor): Promise<boolean>
  notify(messages: readonly NoticeMessage[], actor: Actor): Promise<void>
}

/** Who acts: the user, and the hash of the acting session. */
export interface Actor {
  readonly user: UserRef
  readonly owner: string
  readonly sessionHash?: string
}

const shownHashLength = 16

export function createEffects(
  messenger: Messenger | undefined,
  onEvent: OnEvent | undefined,
  defer: Defer | undefined,
  timeLimitMs: number,
): Effects {
  const emit: Effects['emit'] = (body, { user, sessionHash }, atMs) => {
    if (onEvent === undefined) return
    const { userId, tenantId, context } = user
    const event: MfaEvent = {
      ...body,
      atMs,
      userId,
      ...(tenantId !== undefined && { tenantId }),
      ...(sessionHash !== undefined && { session: sessionHash.slice(0, shownHashLength) }),
      ...(context && { context }),
    }
    ignoreFailure(() => onEvent(event))
  }

  const deliver: Effects['deliver'] = async (message, actor) => {
    if (messenger === undefined) return false
    try {
      const limit = (): Error => new Error('the messenger did not answer in time')
      await withTimeLimit(Promise.resolve(messenger.send(message)), timeLimitMs, limit)
      return true
    } catch {
      const { channel, kind, createdAtMs } = message
      emit(
        { type: 'message.failed', channel, kind, ...(kind === 'notice' && { notice: message.notice }) },
        actor,
        createdAtMs,
      )
      return false
    }
  }

  const notify: Effects['notify'] = async (messages, actor) => {
    if (messages.length === 0) return
    const task = async (): Promise<void> => {
      await Promise.all(messages.map((message) => deliver(message, actor)))
    }
    if (defer === undefined) return task()
    try {
      defer(task)
    } catch {
      await task()
    }
  }

  return { emit, deliver, notify }
}

/** Also a promise that a host's callback returns by mistake must not become an unhandled rejection. */
function ignoreFailure(call: () => unknown): void {
  try {
    const returned = call()
    if (returned instanceof Promise) returned.catch(() => undefined)
  } catch {}
}

/** One notice to every address that was confirmed before or is after the change (NIST 63B-4, 4.6). */
export function addressNotices(
  drafts: readonly NoticeDraft[],
  before: MfaRecord,
  after: MfaRecord,
  base: (
    channel: 'email' | 'phone',
    address: string,
    key: string,
  ) => Omit<NoticeMessage, 'kind' | 'notice' | 'details'>,
  savedVersion: string,
): readonly NoticeMessage[] {
  const addresses = new Map<string, 'email' | 'phone'>()
  for (const factor of [...before.factors, ...after.factors]) {
    if (factor.kind !== 'totp' && factor.status !== 'withdrawn') addresses.set(factor.address, factor.kind)
  }
  return drafts.flatMap(({ notice, details = {}, exceptChannel }, index) =>
    [...addresses]
      .filter(([, channel]) => channel !== exceptChannel)
      .map(([address, channel], position) => ({
        // The old and the new address of one channel get a message each (X42).
        ...base(channel, address, `${savedVersion}.${index}.${position}.${channel}`),
        kind: 'notice' as const,
        notice,
        details,
      })),
  )
}
