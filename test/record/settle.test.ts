import { testKey } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../packages/core/src/decision.js'
import { totpSecretPlace } from '../../packages/core/src/factor/enroll.js'
import { readEntropy } from '../../packages/core/src/keys/entropy.js'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { open, seal } from '../../packages/core/src/keys/seal.js'
import { configurePolicy, type PolicyOptions } from '../../packages/core/src/policy/configure-policy.js'
import {
  withFactor,
  withoutFactor,
  withoutOthersPending,
  withoutSessions,
  withSession,
} from '../../packages/core/src/record/change.js'
import type { Challenge, ContactFactor, LedgerEntry, Pending, Session } from '../../packages/core/src/record/record.js'
import { initialRecord, type MfaRecord, type TotpFactor } from '../../packages/core/src/record/record.js'
import { pruneExpired, settle, shrink } from '../../packages/core/src/record/settle.js'
import { keys } from './parts.js'

const now = 1_800_000_000_000
const contextWith = (policy: PolicyOptions = {}, ring = keys): Context =>
  ({
    nowMs: now,
    realNowMs: now,
    owner: '0:kim',
    policy: configurePolicy('standard', policy),
    keys: ring,
    entropy: readEntropy(() => Uint8Array.from({ length: 512 }, (_, index) => index & 255)),
    enforcement: { mfa: 'optional' },
  }) as Context

const entry = (origin: LedgerEntry['origin'], more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ name: 'password', category: 'knowledge', origin, atMs: now },
  ...more,
})
const session = (ref: string, startedAtMs = now, entries: readonly LedgerEntry[] = []): Session => ({
  ...{ id: `hash of ${ref}`, ref, startedAtMs, entries },
})
const challenge = (id: string, ref: string, deadlineAtMs = now + 1): Challenge => ({
  ...{ id, session: ref, kind: 'totp', purpose: 'sign_in', createdAtMs: now, deadlineAtMs, attempts: 0 },
})
const code = { key: 'test', digest: 'd', sentAtMs: now, expiresAtMs: now + 1, sends: 1 }
const secret = { key: 'test', box: 'box' }
const pending = (id: string, startedBy: string, more: object = {}): Pending => ({
  ...{ id, startedBy, kind: 'email', address: 'a@b.example', createdAtMs: now, expiresAtMs: now + 1, attempts: 0 },
  ...more,
})
const phone = (id: string): ContactFactor => ({
  ...{ id, kind: 'phone', status: 'active', generation: 0, createdAtMs: now, address: '+491' },
})
const record = (more: Partial<MfaRecord>): MfaRecord => ({ ...initialRecord(), ...more })
const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id)
const refsOf = ({ sessions }: MfaRecord) => sessions.map(({ ref }) => ref)

describe('the record of a user nobody knows', () => {
  it('holds nothing', () => {
    const none = { sentAtMs: [], newAddressAtMs: [] }
    const lists = { recent: [], sessions: [], challenges: [], pending: [], factors: [] }
    const numbers = { saves: 0, seenAtMs: 0, throttles: { total: 0 } }
    expect(initialRecord()).toStrictEqual({ ...numbers, ...lists, sends: { email: none, phone: none } })
  })
})

describe('a step from one record to the next', () => {
  it('that drops sessions drops their challenges, and what they had pending but links that are on their way', () => {
    const before = record({
      sessions: [session('a'), session('b')],
      challenges: [challenge('1', 'a'), challenge('2', 'b')],
      pending: [
        pending('typed', 'a', { code }),
        pending('app', 'a', { kind: 'totp', algorithm: 'SHA-1', digits: 6, periodSeconds: 30, secret }),
        pending('linked', 'a', { link: code }),
        pending('kept', 'b', { code }),
      ],
    })
    const after = withoutSessions(before, ({ ref }) => ref === 'a')
    expect([refsOf(after), idsOf(after.challenges), idsOf(after.pending)]).toEqual([['b'], ['2'], ['linked', 'kept']])
    expect(withoutSessions(before, () => false)).toBe(before)
  })

  it('that voids what others have pending voids their links too, and all of it for nobody', () => {
    const before = record({ pending: [pending('mine', 'a'), pending('theirs', 'b', { link: code })] })
    expect(idsOf(withoutOthersPending(before, 'a').pending)).toEqual(['mine'])
    expect(withoutOthersPending(before, undefined).pending).toEqual([])
  })

  it('that drops a factor drops the challenges that were for it alone', () => {
    const challenges = [
      { ...challenge('1', 'a'), factorId: 'f' },
      { ...challenge('2', 'a'), factorId: 'g' },
    ]
    const after = withoutFactor(record({ factors: [phone('f'), phone('g')], challenges }), phone('f'))
    expect([idsOf(after.factors), idsOf(after.challenges)]).toEqual([['g'], ['2']])
  })

  it('that puts something in its place leaves the others where they are; what is new comes last', () => {
    const before = record({ factors: [phone('f'), phone('g')], sessions: [session('a'), session('b')] })
    const changed = { ...phone('f'), label: 'new' }
    expect(withFactor(before, changed).factors).toEqual([changed, phone('g')])
    expect(withFactor(before, phone('h')).factors).toEqual([phone('f'), phone('g'), phone('h')])
    expect(refsOf(withSession(before, session('c')))).toEqual(['a', 'b', 'c'])
  })
})

describe('a record that is settled', () => {
  const settled = (next: Partial<MfaRecord>, policy: PolicyOptions = {}, acting?: string, before = {}) =>
    settle(record(before), record(next), acting, contextWith(policy))

  it('has seen the latest time of all', () => {
    for (const [seenAtMs, mark] of [
      [0, now],
      [now - 1, now],
      [now + 1, now + 1],
    ] as const) {
      expect(settled({ seenAtMs }).seenAtMs).toBe(mark)
    }
  })

  it('holds nothing whose end has come: the end itself is too late', () => {
    const ends = [now - 1, now, now + 1]
    const sessions = ends.map((expiresAtMs, index) => ({ ...session(`${index}`), expiresAtMs }))
    const pruned = pruneExpired(
      record({
        sessions: [...sessions, session('endless')],
        challenges: ends.map((end, index) => challenge(`c${index}`, 'endless', end)),
        pending: ends.map((expiresAtMs, index) => pending(`p${index}`, 'endless', { expiresAtMs })),
      }),
      contextWith(),
    )
    expect([refsOf(pruned), idsOf(pruned.challenges), idsOf(pruned.pending)]).toEqual([
      ['2', 'endless'],
      ['c2'],
      ['p2'],
    ])
  })

  it('keeps the newest challenges up to the policy’s number, and the newest forty things pending', () => {
    const sessions = [session('a')]
    const challenges = ['1', '2', '3'].map((id) => challenge(id, 'a'))
    const many = Array.from({ length: 42 }, (_, index) => pending(`${index}`, 'a'))
    const after = settled({ sessions, challenges, pending: many }, { maxOpenChallenges: 2 })
    expect(idsOf(after.challenges)).toEqual(['2', '3'])
    expect(idsOf(after.pending)).toEqual(idsOf(many.slice(2)))
  })

  it('gives up sessions with one factor first, the oldest first, never the acting one, and no more than are too many', () => {
    const sessions = [
      session('full', now - 9, [entry('sign_in'), entry('challenge')]),
      session('enrolled', now - 8, [entry('enrollment')]),
      session('verified', now - 7, [entry('sign_in', { userVerified: true })]),
      session('young', now - 1, [entry('sign_in')]),
      session('old', now - 6, [entry('sign_in')]),
      session('acting', now - 10, [entry('sign_in')]),
    ]
    const keptOf = (maxSessions: number) => refsOf(settled({ sessions }, { maxSessions }, 'hash of acting'))
    expect(keptOf(6)).toEqual(['full', 'enrolled', 'verified', 'young', 'old', 'acting'])
    expect(keptOf(5)).toEqual(['full', 'enrolled', 'verified', 'young', 'acting'])
    expect(keptOf(4)).toEqual(['full', 'enrolled', 'verified', 'acting'])
    expect(keptOf(3)).toEqual(['enrolled', 'verified', 'acting'])
    expect(keptOf(1)).toEqual(['acting'])
    expect(refsOf(settled({ sessions }, { maxSessions: 1 }))).toEqual(['verified'])
  })

  it('from which MFA is enforced on has nothing pending of other sessions than the acting one (X11, X46)', () => {
    const sessions = [session('a'), session('b')]
    const both = { sessions, pending: [pending('mine', 'a'), pending('theirs', 'b', { link: code })] }
    const on = { ...both, factors: [phone('f')], optedInAtMs: now, everOptedInAtMs: now, factorEverAtMs: now }
    const kept = (before: object, next: Partial<MfaRecord>, acting?: string) =>
      idsOf(settled(next, {}, acting, before).pending)
    expect(kept(both, on, 'hash of a')).toEqual(['mine'])
    expect(kept(both, on)).toEqual([])
    expect(kept(both, on, 'hash of nobody')).toEqual([])
    expect(kept(on, on, 'hash of a')).toEqual(['mine', 'theirs'])
    expect(kept(both, both, 'hash of a')).toEqual(['mine', 'theirs'])
    expect(kept(on, both, 'hash of a')).toEqual(['mine', 'theirs'])
  })

  it('seals anew what an older key sealed, each under randomness of its own, and leaves alone what does not open', () => {
    const fresh = { id: 'fresh', secret: 'b3RoZXIta2V5LTItb25seS1mb3ItdGVzdHMtMDEyMzQ1Njc4OQ==' }
    const ring = createKeyRing([fresh, { id: 'test', secret: testKey }])
    const placeOf = (factorId: string) => totpSecretPlace('0:kim', factorId)
    const app = (id: string, sealedBy = keys, place = placeOf(id)): TotpFactor => ({
      ...{ id, kind: 'totp', status: 'active', generation: 0, createdAtMs: now, lastStep: 0 },
      ...({ algorithm: 'SHA-1', digits: 6, periodSeconds: 30 } as const),
      secret: seal(sealedBy, place, Uint8Array.of(1, 2, 3), new Uint8Array(16)),
    })
    const moved = app('moved', keys, placeOf('elsewhere'))
    const factors = [app('a'), phone('f'), app('b'), app('new', ring), moved]
    const after = settle(record({}), record({ factors }), undefined, contextWith({}, ring)).factors
    expect([after[1], after[3], after[4]]).toEqual([phone('f'), factors[3], moved])
    const boxes = [after[0], after[2]].map((each) => (each as TotpFactor).secret)
    expect(boxes.map(({ key }) => key)).toEqual(['fresh', 'fresh'])
    expect(boxes[0]?.box).not.toBe(boxes[1]?.box)
    for (const [index, id] of ['a', 'b'].entries()) {
      expect(open(ring, placeOf(id), boxes[index] as TotpFactor['secret'])).toEqual(Uint8Array.of(1, 2, 3))
    }
  })
})

describe('a record that is too large', () => {
  it('gives up a session at a time, then the oldest challenges, then the oldest things pending, then nothing', () => {
    const steps: unknown[] = []
    let next: MfaRecord | undefined = record({
      sessions: [session('new'), session('old', now - 1), session('acting', now - 2)],
      challenges: [challenge('1', 'acting'), challenge('2', 'acting')],
      pending: [pending('p', 'acting'), pending('q', 'acting')],
    })
    while (next !== undefined) {
      steps.push([refsOf(next).length, ...idsOf(next.challenges), ...idsOf(next.pending)].join(' '))
      next = shrink(next, 'hash of acting')
    }
    expect(steps).toEqual(['3 1 2 p q', '2 1 2 p q', '1 1 2 p q', '1 2 p q', '1 p q', '1 q', '1'])
  })
})
