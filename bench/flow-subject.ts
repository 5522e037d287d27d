/** Users of Countersign for the flow benchmark: each has an app, an email address and ten recovery codes. */

import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@countersign/adapters/memory'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import {
  type AuthenticatorApp,
  createAuthenticatorApp,
  createManualClock,
  type ManualClock,
} from '@countersign/adapters/testing'
import { createMfa, type Mfa, type MfaStore, type SessionRef, unwrap } from '@countersign/core'
import type { Database } from 'better-sqlite3'
import { cpuOf, type Meter, meterOn } from './flow-measure.js'

export interface Person {
  readonly userId: string
  readonly email: string
  readonly app: AuthenticatorApp
  codes: readonly string[]
}

export interface Subject {
  readonly mfa: Mfa
  readonly store: MfaStore
  readonly clock: ManualClock
  readonly key: { readonly id: string; readonly secret: string }
  readonly people: readonly Person[]
  readonly cpuOf: Meter
  /** The code that was mailed last. */
  mailedTo(email: string): string
  /** A session id never used before. */
  sessionOf(person: Person): SessionRef
}

export interface SubjectOptions {
  readonly people: number
  readonly recoveryCodes?: boolean
  /** Keeps records in this file; without one, in memory. */
  readonly database?: Database
}

/** Users who have set everything up and have no session. */
export async function createSubject(options: SubjectOptions): Promise<Subject> {
  const { people: count, recoveryCodes = true, database } = options
  const key = { id: 'bench', secret: randomBytes(32).toString('base64') }
  const clock = createManualClock()
  const mail = new Map<string, string>()
  const sqlite = database && createSqliteStore(database)
  await sqlite?.setup()
  const meter = database ? meterOn(database) : cpuOf
  const store = sqlite ?? createMemoryStore()
  const mfa = createMfa({
    issuer: 'Acme',
    keys: [key],
    store,
    clock,
    messenger: {
      async send(message) {
        if (message.kind === 'code') mail.set(message.address, message.code)
      },
    },
  })
  let sessions = 0
  const sessionOf = ({ userId }: Person): SessionRef => ({ userId, sessionId: `session-${sessions++}` })
  const people: Person[] = []
  for (let number = 0; number < count; number++) {
    const email = `user-${number}@example.com`
    const person: Person = { userId: `user-${number}`, email, app: createAuthenticatorApp(clock), codes: [] }
    const session = sessionOf(person)
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    unwrap(await mfa.contacts.attest({ userId: person.userId }, { channel: 'email', address: email }))
    if (recoveryCodes) person.codes = unwrap(await mfa.recoveryCodes.generate(session)).codes
    person.app.scan(unwrap(await mfa.totp.enroll(session, { accountName: email })).uri)
    unwrap(await mfa.totp.confirm(session, { code: person.app.code() }))
    unwrap(await mfa.sessions.endAll({ userId: person.userId }))
    people.push(person)
  }
  clock.advance(hourMs)
  return {
    mfa,
    store,
    clock,
    key,
    people,
    cpuOf: meter,
    sessionOf,
    mailedTo: (email) => mail.get(email) ?? '',
  }
}

/** Past every wait: the sends of a day stay within their budget. */
export const hourMs = 3_600_000
