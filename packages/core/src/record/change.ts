/** Small steps from one record to the next. A record is never mutated. */

import { isSameAddress } from '../contact/address.js'
import type { Challenge, Factor, MfaRecord, Pending, Session } from './record.js'

/** The item with this id, or `undefined`. */
export function byId<T extends { readonly id: string }>(items: readonly T[], id: string): T | undefined {
  return items.find((item) => item.id === id)
}

/** Replaces the item of the same id, or appends it. */
function withItem<T extends { readonly id: string }>(items: readonly T[], item: T): readonly T[] {
  return items.some(({ id }) => id === item.id)
    ? items.map((existing) => (existing.id === item.id ? item : existing))
    : [...items, item]
}

function withoutItem<T extends { readonly id: string }>(items: readonly T[], id: string): readonly T[] {
  return items.filter((item) => item.id !== id)
}

export function withSession(record: MfaRecord, session: Session): MfaRecord {
  return { ...record, sessions: withItem(record.sessions, session) }
}

/** Drops sessions together with their challenges, and with what they had pending except links already sent. */
export function withoutSessions(record: MfaRecord, drop: (session: Session) => boolean): MfaRecord {
  const dropped = new Set(record.sessions.filter(drop).map(({ ref }) => ref))
  if (dropped.size === 0) return record
  return {
    ...record,
    sessions: record.sessions.filter(({ ref }) => !dropped.has(ref)),
    challenges: record.challenges.filter(({ session }) => !dropped.has(session)),
    pending: record.pending.filter((pending) => !dropped.has(pending.startedBy) || hasLink(pending)),
  }
}

function hasLink(pending: Pending): boolean {
  return pending.kind !== 'totp' && pending.link !== undefined
}

export function withChallenge(record: MfaRecord, challenge: Challenge): MfaRecord {
  return { ...record, challenges: withItem(record.challenges, challenge) }
}

export function withoutChallenge(record: MfaRecord, id: string): MfaRecord {
  return { ...record, challenges: withoutItem(record.challenges, id) }
}

export function withPending(record: MfaRecord, pending: Pending): MfaRecord {
  return { ...record, pending: withItem(record.pending, pending) }
}

export function withoutPending(record: MfaRecord, id: string): MfaRecord {
  return { ...record, pending: withoutItem(record.pending, id) }
}

/** Voids what sessions other than `keepRef` have pending, their links included. */
export function withoutOthersPending(record: MfaRecord, keepRef: string | undefined): MfaRecord {
  return { ...record, pending: record.pending.filter(({ startedBy }) => startedBy === keepRef) }
}

export function withFactor(record: MfaRecord, factor: Factor): MfaRecord {
  return { ...record, factors: withItem(record.factors, factor) }
}

/** Drops a factor, the challenges that were for it, and what is on its way to its address, which would bring it back. */
export function withoutFactor(record: MfaRecord, factor: Factor): MfaRecord {
  return { ...withoutUnderWay(record, factor), factors: withoutItem(record.factors, factor.id) }
}

/** Voids the challenges for a factor and what is on its way to its address. */
export function withoutUnderWay(record: MfaRecord, factor: Factor): MfaRecord {
  return {
    ...record,
    challenges: record.challenges.filter(({ factorId }) => factorId !== factor.id),
    pending: record.pending.filter(
      (each) => each.kind === 'totp' || factor.kind === 'totp' || !isSameAddress(each.address, factor.address),
    ),
  }
}

/** Drops optional properties. */
export function without<K extends keyof MfaRecord>(record: MfaRecord, ...names: readonly K[]): Omit<MfaRecord, K> {
  const copy: Partial<MfaRecord> = { ...record }
  for (const name of names) delete copy[name]
  return copy as Omit<MfaRecord, K>
}
