import { testKey } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import { inspectUser } from '../../packages/core/src/admin/inspect.js'
import { resetUser, unlockUser } from '../../packages/core/src/admin/intervene.js'
import type { Context } from '../../packages/core/src/decision.js'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { configurePolicy } from '../../packages/core/src/policy/configure-policy.js'
import type { Challenge, LedgerEntry, Pending, Session } from '../../packages/core/src/record/record.js'
import { initialRecord, type MfaRecord } from '../../packages/core/src/record/record.js'
import { support } from './signed-in.js'

const now = 1_800_000_000_000
const ctx = {
  nowMs: now,
  realNowMs: now,
  owner: '0:kim',
  policy: configurePolicy(),
  keys: createKeyRing([{ id: 'test', secret: testKey }]),
  enforcement: { mfa: 'optional' },
} as Context

const entry = (atMs: number, origin: LedgerEntry['origin'] = 'sign_in'): LedgerEntry => ({
  name: origin === 'sign_in' ? 'password' : 'totp',
  category: origin === 'sign_in' ? 'knowledge' : 'possession',
  origin,
  atMs,
})
const session = (ref: string, startedAtMs: number, entries: readonly LedgerEntry[]): Session => ({
  id: ref.padEnd(22, '-'),
  ref,
  startedAtMs,
  entries,
})
const challenge = (id: string, ref: string, createdAtMs: number): Challenge => ({
  ...{ id, session: ref, kind: 'totp', purpose: 'sign_in', attempts: 0 },
  createdAtMs,
  deadlineAtMs: now + 600_000,
})
const code = (key: string) => ({ key, digest: 'd'.repeat(22), sentAtMs: now, expiresAtMs: now + 600_000, sends: 1 })
const pendingBase = { startedBy: 's', attempts: 0, expiresAtMs: now + 600_000 }
const pending = (id: string, createdAtMs: number): Pending => ({
  ...pendingBase,
  ...{ id, kind: 'email', address: `${id}@example.com`, createdAtMs },
})
const app = { algorithm: 'SHA-1', digits: 6, periodSeconds: 30 } as const
const known: MfaRecord = { ...initialRecord(), saves: 7, recent: ['v'], seenAtMs: now }

describe('unlock, after a clock that ran ahead', () => {
  const times = [now - 1, now, now + 1]
  const sends = { sentAtMs: times, newAddressAtMs: times }
  const ahead: MfaRecord = {
    ...known,
    seenAtMs: now + 1,
    throttles: {
      total: 3,
      totp: { failures: 2, lastAtMs: now + 1 },
      recovery_code: { failures: 1, lastAtMs: now - 1 },
    },
    sends: { email: sends, phone: sends },
    sessions: [
      {
        ...session('early', now - 1, [entry(now), entry(now - 1, 'challenge'), entry(now + 1, 'challenge')]),
        lastChallengeAtMs: now,
      },
      { ...session('exact', now, [entry(now)]), lastChallengeAtMs: now + 1 },
      session('late', now + 1, [entry(now - 1)]),
      session('proven late', now - 1, [entry(now + 1), entry(now - 1, 'challenge')]),
    ],
    challenges: [
      challenge('a', 'early', now),
      challenge('b', 'early', now + 1),
      challenge('c', 'late', now),
      challenge('d', 'proven late', now - 1),
    ],
    pending: times.map((atMs, index) => pending(`p${index}`, atMs)),
    sessionsNotBeforeMs: now + 1,
    derivedPassword: { via: 'email', atMs: now + 1 },
  }
  // Of one factor that has no count, so that the counts stay.
  const factor = { id: 'f', generation: 0, createdAtMs: now, kind: 'phone', status: 'locked', address: '+491' } as const
  const other = { ...factor, id: 'g', kind: 'email', address: 'kim@example.com' } as const
  const unlock = (record: MfaRecord, factorId?: string) =>
    unlockUser(record, { ...support, ...(factorId !== undefined && { factorId }) }, ctx).next

  it('drops what was stamped after now, keeps what was stamped at now, and moves later marks back to now', () => {
    const record = { ...ahead, factors: [factor, other] }
    expect(unlock(record, 'f')).toStrictEqual({
      ...record,
      seenAtMs: now,
      factors: [{ ...factor, status: 'active' }, other],
      throttles: { total: 0, totp: { failures: 2, lastAtMs: now }, recovery_code: { failures: 1, lastAtMs: now - 1 } },
      sends: {
        email: { sentAtMs: [now - 1, now], newAddressAtMs: [now - 1, now] },
        phone: { sentAtMs: [now - 1, now], newAddressAtMs: [now - 1, now] },
      },
      sessions: [
        { ...session('early', now - 1, [entry(now), entry(now - 1, 'challenge')]), lastChallengeAtMs: now },
        session('exact', now, [entry(now)]),
      ],
      challenges: [challenge('a', 'early', now)],
      pending: [pending('p0', now - 1), pending('p1', now)],
      sessionsNotBeforeMs: now,
      derivedPassword: { via: 'email', atMs: now },
    })
  })

  it('moves no mark forward, and adds none', () => {
    const marks = { sessionsNotBeforeMs: now - 1, derivedPassword: { via: 'email', atMs: now - 1 } } as const
    const bare = { ...known, seenAtMs: now + 1, sessions: [session('one', now, [entry(now)])] }
    for (const record of [bare, { ...bare, ...marks }]) {
      expect(unlock(record)).toStrictEqual({ ...record, seenAtMs: now })
    }
  })

  it('drops nothing while the clock is at or past the mark', () => {
    const { seenAtMs: _, ...stamps } = ahead
    const record = { ...stamps, seenAtMs: now, factors: [factor] }
    const throttles = { ...record.throttles, total: 0 }
    expect(unlock(record, 'f')).toStrictEqual({ ...record, throttles, factors: [{ ...factor, status: 'active' }] })
  })
})

describe('reset', () => {
  it('keeps only what protects: saves, marks of time, send budgets, and over what the password was set', () => {
    const kept = {
      ...{ saves: 7, recent: ['v'], seenAtMs: now },
      sends: { email: { sentAtMs: [now], newAddressAtMs: [now] }, phone: { sentAtMs: [], newAddressAtMs: [now] } },
    }
    const past = { factorEverAtMs: 5, derivedPassword: { via: 'email', atMs: 6 } } as const
    const rest = { optedInAtMs: 1, everOptedInAtMs: 2, secondFactorEverAtMs: 3, throttles: { total: 4 } }
    const reset = (record: MfaRecord) => resetUser(record, support, ctx).next
    const clean = { ...initialRecord(), ...kept, sessionsNotBeforeMs: now }
    expect(reset({ ...known, ...rest, ...kept, ...past })).toStrictEqual({ ...clean, ...past })
    expect(reset({ ...known, ...rest, ...kept })).toStrictEqual(clean)
  })
})

describe('inspect', () => {
  const inspect = (record: Partial<MfaRecord>, tagKey?: string) => {
    const { outcome } = inspectUser({ ...known, ...record }, tagKey === undefined ? {} : { tagKey }, ctx)
    return outcome.ok ? outcome : undefined
  }

  it('names the key of everything that a user still depends on, once each and in order', () => {
    const recovery = { batch: 'b', key: 'recovery', createdAtMs: now, createdBy: 's' }
    const depending: Partial<MfaRecord> = {
      sessions: [session('one', now, [entry(now)])],
      challenges: [challenge('b', 'one', now), { ...challenge('a', 'one', now), code: code('challenge') }],
      pending: [
        { ...pendingBase, ...app, id: 'p', kind: 'totp', createdAtMs: now, secret: { key: 'pending', box: 'x' } },
        { ...pendingBase, id: 'q', kind: 'email', createdAtMs: now, address: 'a@b.example', code: code('typed') },
        { ...pendingBase, id: 'r', kind: 'phone', createdAtMs: now, address: '+491', link: code('link') },
      ],
      factors: [
        { id: 'f', kind: 'email', status: 'active', generation: 0, createdAtMs: now, address: 'a@b.example' },
        {
          ...app,
          ...{ id: 'g', kind: 'totp', status: 'active', generation: 0, createdAtMs: now, lastStep: 0 },
          secret: { key: 'app', box: 'x' },
        },
      ],
    }
    const ids = ['app', 'challenge', 'link', 'pending', 'tag', 'typed']
    const used = { digest: 'd'.repeat(22), usedAtMs: now }
    expect(inspect(depending, 'tag')?.keyIds).toEqual(ids)
    expect(inspect({ ...depending, recovery: { ...recovery, codes: [used] } }, 'tag')?.keyIds).toEqual(ids)
    const codes = [used, { digest: 'e'.repeat(22) }]
    expect(inspect({ ...depending, recovery: { ...recovery, codes } }, 'app')?.keyIds).toEqual([
      'app',
      'challenge',
      'link',
      'pending',
      'recovery',
      'typed',
    ])
    expect(inspect({})?.keyIds).toEqual([])
  })

  it('tells the end of a session that has one, and no end of one that has none', () => {
    const sessions = [{ ...session('one', now, [entry(now)]), expiresAtMs: now + 1 }, session('two', now, [entry(now)])]
    const proofs = [{ name: 'password', origin: 'sign_in', atMs: now }]
    expect(inspect({ sessions })?.sessions).toStrictEqual([
      { session: 'one-------------', startedAtMs: now, expiresAtMs: now + 1, proofs },
      { session: 'two-------------', startedAtMs: now, proofs },
    ])
  })
})
