import { createTestMfa, type GivenUser, type TestMfa } from '@countersign/adapters/testing'
import { type Mfa, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createObservedStore } from './observed-store.js'

interface Situation extends TestMfa {
  readonly user: GivenUser
  readonly session: SessionRef
}

type Call = (mfa: Mfa, situation: Situation) => Promise<unknown>

const byWord = { actor: 'support', reason: 'asked by phone' }

/** Every call of the API in a situation where it succeeds. */
const calls: Readonly<Record<string, readonly [load: number, save: number, call: Call]>> = {
  'sessions.begin': [
    1,
    1,
    (mfa, { user }) => mfa.sessions.begin({ userId: user.userId, sessionId: 'new' }, { method: 'password' }),
  ],
  'sessions.adopt': [
    1,
    1,
    (mfa, { user, clock }) =>
      mfa.sessions.adopt(
        { userId: user.userId, sessionId: 'new' },
        { method: 'password', authenticatedAtMs: clock.nowMs() },
      ),
  ],
  'sessions.assess': [1, 0, (mfa, { session }) => mfa.sessions.assess(session, { level: 'aal2' })],
  'sessions.require': [1, 0, (mfa, { session }) => mfa.sessions.require(session)],
  'sessions.reauthenticate': [1, 1, (mfa, { session }) => mfa.sessions.reauthenticate(session, { method: 'password' })],
  'sessions.extend': [
    1,
    1,
    (mfa, { session, clock }) => mfa.sessions.extend(session, { expiresAtMs: clock.nowMs() + 1000 }),
  ],
  'sessions.rotate': [1, 1, (mfa, { session }) => mfa.sessions.rotate(session, { newSessionId: 'rotated' })],
  'sessions.end': [1, 1, (mfa, { session }) => mfa.sessions.end(session)],
  'sessions.endOthers': [1, 1, (mfa, { session }) => mfa.sessions.endOthers(session)],
  'sessions.endAll': [1, 1, (mfa, { user }) => mfa.sessions.endAll({ userId: user.userId })],
  'credentials.changed': [
    1,
    1,
    (mfa, { user }) => mfa.credentials.changed({ userId: user.userId }, { via: 'session' }),
  ],
  'totp.enroll': [1, 1, (mfa, { session }) => mfa.totp.enroll(session, { accountName: 'x' })],
  'contacts.set': [
    1,
    1,
    (mfa, { session }) => mfa.contacts.set(session, { channel: 'email', address: 'new@example.com' }),
  ],
  'contacts.attest': [
    1,
    1,
    (mfa, { user }) => mfa.contacts.attest({ userId: user.userId }, { channel: 'email', address: 'new@example.com' }),
  ],
  'contacts.withdraw': [1, 1, (mfa, { user }) => mfa.contacts.withdraw({ userId: user.userId }, { channel: 'phone' })],
  'contacts.remove': [1, 1, (mfa, { session }) => mfa.contacts.remove(session, { channel: 'phone' })],
  'recoveryCodes.regenerate': [1, 1, (mfa, { session }) => mfa.recoveryCodes.regenerate(session)],
  'factors.list': [1, 0, (mfa, { session }) => mfa.factors.list(session)],
  'factors.rename': [
    1,
    1,
    async (mfa, { session }) =>
      mfa.factors.rename(session, { factorId: (await totpId(mfa, session)) as string, label: 'Phone' }),
  ],
  'factors.remove': [1, 1, (mfa, { session }) => mfa.factors.remove(session, { kind: 'email' })],
  enable: [1, 0, (mfa, { session }) => mfa.enable(session)],
  disable: [1, 1, (mfa, { session }) => mfa.disable(session)],
  'challenges.create': [1, 1, (mfa, { session }) => mfa.challenges.create(session, { factor: 'email' })],
  'challenges.verify': [
    1,
    1,
    (mfa, { session, user }) =>
      mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
  ],
  'challenges.cancel': [1, 0, (mfa, { session }) => mfa.challenges.cancel(session, { challengeId: 'unknown' })],
  'admin.inspect': [1, 0, (mfa, { user }) => mfa.admin.inspect({ userId: user.userId })],
  'admin.reset': [1, 1, (mfa, { user }) => mfa.admin.reset({ userId: user.userId }, byWord)],
  'admin.unlock': [1, 1, (mfa, { user }) => mfa.admin.unlock({ userId: user.userId }, byWord)],
  'admin.removeFactor': [
    1,
    1,
    async (mfa, { session, user }) =>
      mfa.admin.removeFactor({ userId: user.userId }, { factorId: (await totpId(mfa, session)) as string, ...byWord }),
  ],
}

async function totpId(mfa: Mfa, session: SessionRef): Promise<string | undefined> {
  return unwrap(await mfa.factors.list(session)).items.find(({ kind }) => kind === 'totp')?.id
}

async function situation(
  store = createObservedStore(),
): Promise<Situation & { store: ReturnType<typeof createObservedStore> }> {
  const test = createTestMfa({ store })
  const user = await test.givenUser({ email: true, phone: true, totp: true, recoveryCodes: true })
  const session = await user.signIn()
  unwrap(await test.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
  return { ...test, app: user.app, store, user, session }
}

describe('the cost of every call, in calls of the store', () => {
  for (const [name, [load, save, call]] of Object.entries(calls)) {
    it(`${name}: ${load} load, ${save} save`, async () => {
      const given = await situation()
      given.store.reset()
      const extraLoads = name === 'factors.rename' || name === 'admin.removeFactor' ? 1 : 0
      const answer = (await call(given.mfa, given)) as { ok?: boolean; satisfied?: boolean }
      expect(answer.ok ?? answer.satisfied).toBe(true)
      expect(given.store.calls).toEqual({ load: load + extraLoads, save, erase: 0 })
    })
  }

  it('totp.confirm, contacts.confirm, sendVerification, resend and complete: 1 load, 1 save each', async () => {
    const { mfa, clock, outbox, user, session, store, app } = await situation()
    const { uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'x' }))
    app.scan(uri)
    const one = { load: 1, save: 1, erase: 0 }
    store.reset()
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect(store.calls).toEqual(one)

    unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com' }))
    clock.advance(60_000)
    store.reset()
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email' }))
    expect(store.calls).toEqual(one)
    store.reset()
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo('new@example.com') }))
    expect(store.calls).toEqual(one)

    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
    clock.advance(60_000)
    store.reset()
    unwrap(await mfa.challenges.resend(session, { challengeId: challenge.id }))
    expect(store.calls).toEqual(one)
    store.reset()
    unwrap(
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(user.phone as string) }),
    )
    expect(store.calls).toEqual(one)
  })

  it('recoveryCodes.generate: 1 load, 1 save; users.erase: 1 erase', async () => {
    const store = createObservedStore()
    const { mfa, givenUser } = createTestMfa({ store })
    const user = await givenUser()
    store.reset()
    unwrap(await mfa.recoveryCodes.generate(user.session))
    expect(store.calls).toEqual({ load: 1, save: 1, erase: 0 })
    store.reset()
    unwrap(await mfa.users.erase({ userId: user.userId }))
    expect(store.calls).toEqual({ load: 0, save: 0, erase: 1 })
  })

  it('a refusal that remembers nothing saves nothing', async () => {
    const { mfa, session, store } = await situation()
    store.reset()
    expect(await mfa.challenges.verify(session, { factor: 'totp', code: 'abc' })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(await mfa.challenges.complete(session, { challengeId: 'nonsense', code: '123456' })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(store.calls).toEqual({ load: 2, save: 0, erase: 0 })
  })
})
