/** A whole library for a host's own tests: manual clock, outbox, authenticator app, memory store, users made to order. */

import {
  createMfa,
  type Mfa,
  type MfaEvent,
  type MfaOptions,
  type MfaStore,
  type SessionRef,
  unwrap,
} from '@countersign/core'
import { createMemoryStore } from '../memory/index.js'
import { type AuthenticatorApp, createAuthenticatorApp } from './authenticator-app.js'
import { createManualClock, type ManualClock } from './manual-clock.js'
import { createOutbox, type Outbox } from './outbox.js'
import { createSeededRandom } from './seeded-random.js'

/** What a made-to-order user has. */
export interface GivenUserOptions {
  /** Default: made up. */
  readonly userId?: string
  /** Default: none. */
  readonly tenantId?: string
  /** A verified email address; `true` makes one up. */
  readonly email?: string | true
  /** A verified phone number in E.164; `true` makes one up. */
  readonly phone?: string | true
  /** An authenticator app; the answer's `app` shows its codes. */
  readonly totp?: boolean
  /** A set of recovery codes. */
  readonly recoveryCodes?: boolean
  /** Switches MFA on explicitly (an authenticator app does by default). */
  readonly enabled?: boolean
}

/** A user made to order. */
export interface GivenUser {
  /** By which calls name the user. */
  readonly userId: string
  /** The tenant, if one was asked for. */
  readonly tenantId?: string
  /** The verified address. */
  readonly email?: string
  /** The verified number. */
  readonly phone?: string
  /** Shows the user’s codes, if an authenticator app was asked for. */
  readonly app: AuthenticatorApp
  /** All of the set, unused. */
  readonly recoveryCodes: readonly string[]
  /** The session that set everything up. */
  readonly session: SessionRef
  /** A new session of this user, signed in with a password unless said otherwise. */
  signIn(options?: Parameters<Mfa['sessions']['begin']>[1]): Promise<SessionRef>
}

/** A whole library, and what a test needs around it. */
export interface TestMfa {
  /** The library. */
  readonly mfa: Mfa
  /** Its clock. */
  readonly clock: ManualClock
  /** What it sent. */
  readonly outbox: Outbox
  /** The app of the user made last. */
  readonly app: AuthenticatorApp
  /** Its store. */
  readonly store: MfaStore
  /** What it told, oldest first. */
  readonly events: MfaEvent[]
  /** Makes a user with what is asked for, already confirmed. */
  givenUser(options?: GivenUserOptions): Promise<GivenUser>
}

/** 32 bytes that are fit for tests only. */
export const testKey: string = 'dGVzdC1rZXktMS1vbmx5LWZvci10ZXN0cy0wMTIzNDU2Nzg5'

let seeds = 0

/** Builds on the defaults; `overrides` replace any option of `createMfa`. */
export function createTestMfa(overrides: Partial<MfaOptions> = {}): TestMfa {
  const clock = (overrides.clock as ManualClock | undefined) ?? createManualClock()
  const outbox = createOutbox()
  const store = overrides.store ?? createMemoryStore()
  const events: MfaEvent[] = []
  const mfa = createMfa({
    issuer: 'Acme',
    keys: [{ id: 'test', secret: testKey }],
    messenger: outbox,
    // A seed of its own each time: two libraries on one store must not make the same ids.
    random: createSeededRandom(++seeds),
    onEvent: (event) => events.push(event),
    ...overrides,
    clock,
    store,
  })
  let users = 0
  let sessions = 0
  const current = { app: createAuthenticatorApp(clock) }

  const givenUser: TestMfa['givenUser'] = async (options = {}) => {
    const number = ++users
    const { userId = `user-${number}`, tenantId, totp = false, recoveryCodes = false, enabled = false } = options
    const email = options.email === true ? `user-${number}@example.com` : options.email
    const phone = options.phone === true ? `+4915100000${String(number).padStart(3, '0')}` : options.phone
    const user = { userId, ...(tenantId !== undefined && { tenantId }) }
    const app = createAuthenticatorApp(clock)
    current.app = app
    const signIn: GivenUser['signIn'] = async (begin = { method: 'password' }) => {
      const session = { ...user, sessionId: `session-${++sessions}` }
      unwrap(await mfa.sessions.begin(session, begin))
      return session
    }
    const session = await signIn()
    if (email !== undefined) unwrap(await mfa.contacts.attest(user, { channel: 'email', address: email }))
    if (phone !== undefined) unwrap(await mfa.contacts.attest(user, { channel: 'phone', address: phone }))
    const codes = recoveryCodes ? unwrap(await mfa.recoveryCodes.generate(session)).codes : []
    if (totp) {
      app.scan(unwrap(await mfa.totp.enroll(session, { accountName: email ?? userId })).uri)
      unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    }
    if (enabled) unwrap(await mfa.enable(session))
    return {
      ...user,
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone }),
      app,
      recoveryCodes: codes,
      session,
      signIn,
    }
  }

  return {
    mfa,
    clock,
    outbox,
    get app() {
      return current.app
    },
    store,
    events,
    givenUser,
  }
}
