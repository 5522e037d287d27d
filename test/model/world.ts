/** The real library beside the model: several users in two tenants, one store, façades and keys that come and go. */

import { createMemoryStore } from '@countersign/adapters/memory'
import {
  type AuthenticatorApp,
  createAuthenticatorApp,
  createManualClock,
  createOutbox,
  createSeededRandom,
  type ManualClock,
  type Outbox,
} from '@countersign/adapters/testing'
import { createMfa, type Mfa, type MfaStore, type UserRef } from '@countersign/core'
import { ModelUser } from './reference.js'

export const slots = 4

/** One user, with what the person and the host hold in their hands. */
export interface Person {
  readonly ref: UserRef
  readonly email: string
  readonly phone: string
  /** By the model's id of an app or pending app. */
  readonly apps: Map<string, AuthenticatorApp>
  /** Session ids by slot. */
  readonly ids: string[]
  /** Challenges the host has seen, the newest last; `slot` made it. */
  readonly challenges: { readonly id: string; readonly slot: number }[]
}

export interface Model {
  readonly users: readonly ModelUser[]
  counter: number
}

export class Real {
  readonly clock: ManualClock = createManualClock()
  readonly outbox: Outbox = createOutbox()
  readonly store: MfaStore = createMemoryStore()
  readonly people: readonly Person[]
  mfa: Mfa
  private keys: readonly { id: string; secret: string }[] = []
  private restarts = 0
  private readonly required: boolean

  constructor(required: boolean) {
    this.required = required
    const refs: UserRef[] = [
      { userId: 'a' },
      { userId: 'b' },
      { userId: 'a', tenantId: 't' },
      // A pair that would meet the one before it if owners were simply joined.
      { userId: 't', tenantId: 'a' },
    ]
    this.people = refs.map((ref, index) => ({
      ref,
      email: `person-${index}@example.com`,
      phone: `+4915100000${index}00`,
      apps: new Map(),
      ids: Array.from({ length: slots }, (_, slot) => `session-${slot}`),
      challenges: [],
    }))
    this.mfa = this.rotateKeys()
  }

  /** The first key seals; older ones still open. */
  rotateKeys(): Mfa {
    const id = `k${this.keys.length}`
    this.keys = [
      { id, secret: Buffer.from(createSeededRandom(this.keys.length + 1)(32)).toString('base64') },
      ...this.keys,
    ]
    return this.restart()
  }

  /** A new process: nothing but the store survives. */
  restart(): Mfa {
    this.mfa = createMfa({
      issuer: 'Acme',
      keys: this.keys,
      store: this.store,
      messenger: this.outbox,
      clock: this.clock,
      random: createSeededRandom(++this.restarts * 7919),
      enforcement: { mfa: this.required ? 'required' : 'optional' },
    })
    return this.mfa
  }

  newApp(uri: string): AuthenticatorApp {
    const app = createAuthenticatorApp(this.clock)
    app.scan(uri)
    return app
  }
}

export function newWorld(required: boolean): { model: Model; real: Real } {
  const real = new Real(required)
  const users = real.people.map(() => new ModelUser(required))
  for (const user of users) user.realMs = real.clock.nowMs()
  return { model: { users, counter: 0 }, real }
}
