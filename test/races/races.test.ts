import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '@countersign/adapters/memory'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, type Mfa, type MfaStore, type Result, type SessionRef, unwrap } from '@countersign/core'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'countersign-races-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** Opens several connections to the same fresh data, as several servers would. */
const stores: Readonly<Record<string, () => Promise<readonly MfaStore[]>>> = {
  memory: async () => {
    const store = createMemoryStore()
    return [store, store, store, store]
  },
  SQLite: async () => {
    const file = join(folder, `${++files}.db`)
    const connections = Array.from({ length: 4 }, () => createSqliteStore(new Database(file)))
    for (const store of connections) await store.setup()
    return connections
  },
}

const racers = 32
const servers = 4

async function race<T>(mfas: readonly Mfa[], call: (mfa: Mfa, index: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: racers }, (_, index) => call(mfas[index % mfas.length] as Mfa, index)))
}

const count = (results: readonly Result[], reason: string): number =>
  results.filter((result) => (result.ok ? 'ok' : result.reason) === reason).length

for (const [name, open] of Object.entries(stores)) {
  const prepare = async (options: { email?: true; totp?: boolean; recoveryCodes?: boolean } = {}) => {
    const connections = await open()
    const test = createTestMfa({ store: connections[0] as MfaStore, policy: { maxSessions: 100 } })
    const user = await test.givenUser({ totp: true, ...options })
    // Four façades, as four servers: their queues know nothing of each other.
    const mfas = Array.from({ length: servers }, (_, index) =>
      createMfa({
        issuer: 'Acme',
        keys: [{ id: 'test', secret: testKey }],
        store: connections[index] as MfaStore,
        messenger: test.outbox,
        clock: test.clock,
        policy: { maxSessions: 100 },
      }),
    )
    const session = await user.signIn()
    return { ...test, user, mfas, session }
  }
  const wrongCode = (code: string): string => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10))

  describe(`${racers} calls at once, over ${servers} servers on ${name}`, () => {
    it('of one right TOTP code: exactly one success and one ledger entry (X02, X26)', async () => {
      const { mfa, mfas, session, user } = await prepare()
      const code = user.app.freshCode()
      const results = await race(mfas, (each) => each.challenges.verify(session, { factor: 'totp', code }))
      expect(count(results, 'ok')).toBe(1)
      expect(count(results, 'ok') + count(results, 'invalid_code') + count(results, 'throttled')).toBe(racers)
      expect((await mfa.sessions.assess(session)).proofs.filter((proof) => proof.name === 'totp')).toHaveLength(1)
    })

    it('of one right TOTP code in as many sessions: exactly one success (X26)', async () => {
      const { mfas, user } = await prepare()
      const sessions: SessionRef[] = []
      for (let index = 0; index < racers; index++) sessions.push(await user.signIn())
      const code = user.app.freshCode()
      const results = await race(mfas, (each, index) =>
        each.challenges.verify(sessions[index] as SessionRef, { factor: 'totp', code }),
      )
      expect(count(results, 'ok')).toBe(1)
    })

    it('of one right code for one challenge: exactly one success (X02)', async () => {
      const { mfa, mfas, session, user, outbox } = await prepare({ email: true })
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      const code = outbox.codeTo(user.email as string)
      const results = await race(mfas, (each) => each.challenges.complete(session, { challengeId: challenge.id, code }))
      expect(count(results, 'ok')).toBe(1)
      expect(count(results, 'invalid_code')).toBe(racers - 1)
    })

    it('of one recovery code: exactly one success, and one code less (X13)', async () => {
      const { mfa, mfas, user } = await prepare({ recoveryCodes: true })
      const sessions: SessionRef[] = []
      for (let index = 0; index < racers; index++) sessions.push(await user.signIn())
      const code = user.recoveryCodes[0] as string
      const results = await race(mfas, (each, index) =>
        each.challenges.verify(sessions[index] as SessionRef, { factor: 'recovery_code', code }),
      )
      expect(count(results, 'ok')).toBe(1)
      const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
      expect(factors.find(({ kind }) => kind === 'recovery_code')?.codesLeft).toBe(9)
    })

    it('of wrong codes for one challenge: no more than five are compared, and the right one is dead then (X01)', async () => {
      const { mfa, mfas, session, user, outbox } = await prepare({ email: true })
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      const right = outbox.codeTo(user.email as string)
      const results = await race(mfas, (each) =>
        each.challenges.complete(session, { challengeId: challenge.id, code: wrongCode(right) }),
      )
      expect(results.filter((result) => !result.ok && result.attemptsLeft !== undefined)).toHaveLength(5)
      expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles.email?.failures).toBe(5)
      expect(await mfa.challenges.complete(session, { challengeId: challenge.id, code: right })).toMatchObject({
        ok: false,
        reason: 'invalid_code',
      })
    })

    it('of wrong TOTP codes: five are compared before the wait begins, each counted once (X01)', async () => {
      const { mfa, mfas, session, user } = await prepare()
      const code = wrongCode(user.app.freshCode())
      const results = await race(mfas, (each) => each.challenges.verify(session, { factor: 'totp', code }))
      expect(count(results, 'invalid_code')).toBe(5)
      expect(count(results, 'throttled')).toBe(racers - 5)
      expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles).toMatchObject({
        totp: { failures: 5 },
        total: 5,
      })
    })

    it('of sends at the budget: no more messages than the budget, whatever the session (X17)', async () => {
      const { mfas, user, outbox } = await prepare({ email: true })
      const sessions: SessionRef[] = []
      for (let index = 0; index < racers; index++) sessions.push(await user.signIn())
      outbox.clear()
      const results = await race(mfas, (each, index) =>
        each.challenges.create(sessions[index] as SessionRef, { factor: 'email' }),
      )
      expect(count(results, 'ok')).toBe(5)
      expect(outbox.messages.filter(({ kind }) => kind === 'code')).toHaveLength(5)
    })

    it('of session starts: all are there, none lost', async () => {
      const { mfa, mfas, user } = await prepare()
      const before = unwrap(await mfa.admin.inspect({ userId: user.userId })).sessions.length
      const results = await race(mfas, (each, index) =>
        each.sessions.begin({ userId: user.userId, sessionId: `racer-${index}` }, { method: 'password' }),
      )
      expect(count(results, 'ok')).toBe(racers)
      expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).sessions).toHaveLength(before + racers)
    })
  })
}
