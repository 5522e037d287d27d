/** Every call of the API, each prepared in a situation where it succeeds, on a store that can be told to misbehave. */

import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa, type GivenUser, type TestMfa } from '@countersign/adapters/testing'
import { type Mfa, type MfaOptions, type MfaStore, type SessionRef, type StoredRecord, unwrap } from '@countersign/core'
import { createObservedStore, type ObservedStore } from '../shell/observed-store.js'

/** A memory store that remembers its rows and tells how often it committed. */
export interface LoggedStore extends MfaStore {
  readonly rows: StoredRecord[]
}

export function createLoggedStore(inner: MfaStore = createMemoryStore()): LoggedStore {
  const rows: StoredRecord[] = []
  return {
    rows,
    load: (owner) => inner.load(owner),
    async save(owner, data, version, expected) {
      const saved = await inner.save(owner, data, version, expected)
      if (saved) rows.push({ version, data })
      return saved
    },
    erase: (owner) => inner.erase(owner),
  }
}

export interface Situation extends TestMfa {
  readonly store: ObservedStore
  readonly logged: LoggedStore
  readonly user: GivenUser
  /** Satisfied, with a fresh proof. */
  readonly session: SessionRef
  /** Signed in, second factor still missing. */
  readonly half: SessionRef
}

/** Brings the situation to where the call succeeds, and answers the call. */
export type Prepare = (given: Situation) => Promise<() => Promise<unknown>>

export interface ApiCall {
  readonly prepare: Prepare
  /** `query`: no save. */
  readonly port: 'query' | 'save' | 'erase'
  /** A second identical call must be refused: the code is spent. */
  readonly singleUse?: true
  /** Gives the half session the second factor when it succeeds. */
  readonly credits?: true
}

const word = { actor: 'support', reason: 'asked by phone' }
const email = 'new@example.com'

function on(port: ApiCall['port'], call: (mfa: Mfa, given: Situation) => Promise<unknown>): ApiCall {
  return { port, prepare: async (given) => () => call(given.mfa, given) }
}

async function appId({ mfa, session }: Situation): Promise<string> {
  const id = unwrap(await mfa.factors.list(session)).items.find(({ kind }) => kind === 'totp')?.id
  if (id === undefined) throw new Error('the user has no app')
  return id
}

async function challenged({ mfa, half, clock }: Situation): Promise<string> {
  const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'phone' }))
  clock.advance(60_000)
  return challenge.id
}

export const everyCall: Readonly<Record<string, ApiCall>> = {
  'sessions.begin': on('save', (mfa, { user }) =>
    mfa.sessions.begin({ userId: user.userId, sessionId: 'new' }, { method: 'password' }),
  ),
  'sessions.adopt': on('save', (mfa, { user, clock }) =>
    mfa.sessions.adopt(
      { userId: user.userId, sessionId: 'new' },
      { method: 'password', authenticatedAtMs: clock.nowMs() },
    ),
  ),
  'sessions.assess': on('query', (mfa, { session }) => mfa.sessions.assess(session)),
  'sessions.require': on('query', (mfa, { session }) => mfa.sessions.require(session)),
  'sessions.reauthenticate': on('save', (mfa, { session }) =>
    mfa.sessions.reauthenticate(session, { method: 'password' }),
  ),
  'sessions.extend': on('save', (mfa, { session, clock }) =>
    mfa.sessions.extend(session, { expiresAtMs: clock.nowMs() + 86_400_000 }),
  ),
  'sessions.rotate': on('save', (mfa, { half }) => mfa.sessions.rotate(half, { newSessionId: 'rotated' })),
  'sessions.end': on('save', (mfa, { half }) => mfa.sessions.end(half)),
  'sessions.endOthers': on('save', (mfa, { session }) => mfa.sessions.endOthers(session)),
  'sessions.endAll': on('save', (mfa, { user }) => mfa.sessions.endAll({ userId: user.userId })),
  'credentials.changed': on('save', (mfa, { user }) =>
    mfa.credentials.changed({ userId: user.userId }, { via: 'email' }),
  ),
  'totp.enroll': on('save', (mfa, { session }) => mfa.totp.enroll(session, { accountName: 'x' })),
  'totp.confirm': {
    port: 'save',
    singleUse: true,
    async prepare({ mfa, session, app }) {
      app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'x' })).uri)
      const code = app.freshCode()
      return () => mfa.totp.confirm(session, { code })
    },
  },
  'contacts.set': on('save', (mfa, { session }) => mfa.contacts.set(session, { channel: 'email', address: email })),
  'contacts.sendVerification': {
    port: 'save',
    async prepare({ mfa, session, clock }) {
      unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
      clock.advance(61_000)
      return () => mfa.contacts.sendVerification(session, { channel: 'email' })
    },
  },
  'contacts.confirm': {
    port: 'save',
    singleUse: true,
    async prepare({ mfa, session, outbox }) {
      unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
      const code = outbox.codeTo(email)
      return () => mfa.contacts.confirm(session, { channel: 'email', code })
    },
  },
  'contacts.attest': on('save', (mfa, { user }) =>
    mfa.contacts.attest({ userId: user.userId }, { channel: 'email', address: email }),
  ),
  'contacts.withdraw': on('save', (mfa, { user }) =>
    mfa.contacts.withdraw({ userId: user.userId }, { channel: 'phone' }),
  ),
  'contacts.remove': on('save', (mfa, { session }) => mfa.contacts.remove(session, { channel: 'phone' })),
  'recoveryCodes.generate': {
    port: 'save',
    async prepare({ mfa }) {
      const session = { userId: 'fresh', sessionId: 'fresh' }
      unwrap(await mfa.sessions.begin(session, { method: 'password' }))
      return () => mfa.recoveryCodes.generate(session)
    },
  },
  'recoveryCodes.regenerate': on('save', (mfa, { session }) => mfa.recoveryCodes.regenerate(session)),
  'factors.list': on('query', (mfa, { session }) => mfa.factors.list(session)),
  'factors.rename': {
    port: 'save',
    async prepare(given) {
      const factorId = await appId(given)
      return () => given.mfa.factors.rename(given.session, { factorId, label: 'Phone' })
    },
  },
  'factors.remove': on('save', (mfa, { session }) => mfa.factors.remove(session, { kind: 'email' })),
  enable: on('save', (mfa, { session }) => mfa.enable(session)),
  disable: on('save', (mfa, { session }) => mfa.disable(session)),
  'challenges.create': on('save', (mfa, { half }) => mfa.challenges.create(half, { factor: 'email' })),
  'challenges.resend': {
    port: 'save',
    async prepare(given) {
      const challengeId = await challenged(given)
      return () => given.mfa.challenges.resend(given.half, { challengeId })
    },
  },
  'challenges.complete': {
    port: 'save',
    singleUse: true,
    credits: true,
    async prepare(given) {
      const challengeId = await challenged(given)
      const code = given.outbox.codeTo(given.user.phone as string)
      return () => given.mfa.challenges.complete(given.half, { challengeId, code })
    },
  },
  'challenges.verify with an app': {
    port: 'save',
    singleUse: true,
    credits: true,
    async prepare({ mfa, half, user }) {
      const code = user.app.freshCode()
      return () => mfa.challenges.verify(half, { factor: 'totp', code })
    },
  },
  'challenges.verify with a recovery code': {
    port: 'save',
    singleUse: true,
    credits: true,
    prepare:
      async ({ mfa, half, user }) =>
      () =>
        mfa.challenges.verify(half, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
  },
  'challenges.cancel': {
    port: 'save',
    async prepare(given) {
      const challengeId = await challenged(given)
      return () => given.mfa.challenges.cancel(given.half, { challengeId })
    },
  },
  'admin.inspect': on('query', (mfa, { user }) => mfa.admin.inspect({ userId: user.userId })),
  'admin.reset': on('save', (mfa, { user }) => mfa.admin.reset({ userId: user.userId }, word)),
  'admin.unlock': on('save', (mfa, { user }) => mfa.admin.unlock({ userId: user.userId }, word)),
  'admin.removeFactor': {
    port: 'save',
    async prepare(given) {
      const factorId = await appId(given)
      return () => given.mfa.admin.removeFactor({ userId: given.user.userId }, { factorId, ...word })
    },
  },
  'users.erase': on('erase', (mfa, { user }) => mfa.users.erase({ userId: user.userId })),
}

/** A user with every factor, one session that is satisfied and one that is not. */
export async function situation(overrides: Partial<MfaOptions> = {}): Promise<Situation> {
  const logged = createLoggedStore()
  const store = createObservedStore(logged)
  const test = createTestMfa({ portTimeLimitMs: 25, ...overrides, store })
  const user = await test.givenUser({ email: true, phone: true, totp: true, recoveryCodes: true })
  const session = await user.signIn()
  unwrap(await test.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
  const half = await user.signIn()
  return { ...test, app: user.app, store, logged, user, session, half }
}
