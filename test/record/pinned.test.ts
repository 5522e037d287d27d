import { describe, expect, it } from 'vitest'
import type { ContactFactor, MfaRecord } from '../../packages/core/src/record/record.js'
import { recordRow } from '../../packages/core/src/record/schema.js'

const digest = (letter: string): string => letter.repeat(22)
const code = { key: 'k1', digest: digest('c'), sentAtMs: 61, expiresAtMs: 62, sends: 2 }
const link = { key: 'k2', digest: digest('l'), sentAtMs: 63, expiresAtMs: 64, sends: 3 }
const secret = { key: 'k3', box: 'boxed' }
const parameters = { algorithm: 'SHA-256', digits: 8, periodSeconds: 45 } as const

/** One of everything, with no two values of a kind alike, so that no two parts can change places unseen. */
const everything: MfaRecord = {
  saves: 3,
  recent: ['r1', 'r2'],
  seenAtMs: 4,
  throttles: {
    total: 5,
    totp: { failures: 6, lastAtMs: 7, noticed: true },
    email: { failures: 8, lastAtMs: 9 },
    phone: { failures: 10, lastAtMs: 11 },
    recovery_code: { failures: 12, lastAtMs: 13 },
  },
  sends: {
    email: { sentAtMs: [14], newAddressAtMs: [15] },
    phone: { sentAtMs: [16], newAddressAtMs: [17] },
  },
  sessions: [
    {
      id: digest('s'),
      ref: 'ref',
      startedAtMs: 100,
      expiresAtMs: 120,
      lastChallengeAtMs: 130,
      entries: [
        {
          name: 'email_link',
          category: 'possession',
          channel: 'email',
          origin: 'sign_in',
          atMs: 101,
          userVerified: true,
          verifiedEmail: 'a@b.c',
        },
        {
          name: 'phone',
          category: 'possession',
          channel: 'phone',
          origin: 'challenge',
          atMs: 102,
          factorId: 'f1',
          generation: 2,
          purpose: 'manage',
        },
        { name: 'totp', category: 'recovery', origin: 'enrollment', atMs: 103, whileEnforced: true, byWeaker: true },
        { name: 'of the host', category: 'federated', origin: 'sign_in', atMs: 104, purpose: 'pay' },
      ],
    },
  ],
  challenges: [
    {
      id: 'c1',
      session: 'c2',
      kind: 'recovery_code',
      purpose: 'sign_in',
      createdAtMs: 50,
      deadlineAtMs: 70,
      attempts: 1,
      factorId: 'f2',
      generation: 4,
      code,
    },
  ],
  pending: [
    {
      id: 'p1',
      kind: 'totp',
      startedBy: 'p2',
      createdAtMs: 50,
      expiresAtMs: 80,
      attempts: 5,
      ...parameters,
      secret,
      label: 'pending',
    },
    {
      id: 'p3',
      kind: 'phone',
      startedBy: 'p4',
      createdAtMs: 50,
      expiresAtMs: 90,
      attempts: 6,
      address: '+49',
      code,
      link,
      sentWhileEnforced: true,
    },
  ],
  sessionsNotBeforeMs: 21,
  optedInAtMs: 22,
  everOptedInAtMs: 23,
  factorEverAtMs: 24,
  secondFactorEverAtMs: 25,
  derivedPassword: { via: 'phone', atMs: 26 },
  factors: [
    {
      id: 'f3',
      kind: 'totp',
      status: 'locked',
      generation: 7,
      createdAtMs: 31,
      lastUsedAtMs: 32,
      label: 'app',
      ...parameters,
      secret,
      lastStep: 33,
      addedByWeaker: true,
    },
    {
      id: 'f4',
      kind: 'email',
      status: 'withdrawn',
      generation: 8,
      createdAtMs: 34,
      lastUsedAtMs: 35,
      label: 'mail',
      address: 'd@e.f',
      confirmedBy: 'ref2',
      wasFactor: true,
      lockedWhenWithdrawn: true,
    },
  ],
  recovery: {
    batch: 'b1',
    key: 'k4',
    createdAtMs: 41,
    createdBy: 'ref3',
    locked: true,
    addedByWeaker: true,
    codes: [{ digest: digest('u') }, { digest: digest('v'), usedAtMs: 42 }],
  },
}

/** What is in databases. Where this text must change, raise the schema's number and read the old one too. */
const stored = [
  '[3,["r1","r2"],4,[5,15,[6,7,1],[8,9],[10,11],[12,13]],[[[14],[15]],[[16],[17]]],[["sssssssssssssssss',
  'sssss","ref",100,[[0,2,1,1,49,0,"a@b.c"],[1,2,1,2,15,1,"f1",2,1],[2,0,4,3,192],[0,"of the host",3,4,',
  '8,"pay"]],3,20,30]],[["c1","c2",3,0,50,20,1,7,"f2",4,["k1","cccccccccccccccccccccc",11,12,2]]],[[0,"',
  'p1","p2",50,30,5,1,2,45,["k3","boxed"],1,"pending"],[2,"p3","p4",50,40,6,"+49",7,["k1","cccccccccccc',
  'cccccccccc",11,12,2],["k2","llllllllllllllllllllll",13,14,3]]],[[0,1,"f3",7,31,1,2,45,["k3","boxed"]',
  ',33,7,32,"app"],[1,2,"f4",8,34,"d@e.f",31,35,"mail","ref2"]],127,[["uuuuuuuuuuuuuuuuuuuuuu",["vvvvvv',
  'vvvvvvvvvvvvvvvv",42]],"b1","k4",41,"ref3",3],21,22,23,24,25,[1,26]]',
].join('')

describe('the format of a stored record', () => {
  it('has every part in the place where rows that are stored already have it', () => {
    const parts: unknown[] = []
    recordRow.writeTo(parts, everything, 0)
    expect(JSON.stringify(parts)).toBe(stored)
    const read: Record<string, unknown> = {}
    recordRow.readFrom(parts, 0, read, 0)
    expect(read).toEqual(everything)
  })

  it('has its words by the numbers that stored rows have', () => {
    const methods = ['password', 'email_otp', 'email_link', 'phone_otp', 'oauth', 'passkey']
    const categories = ['knowledge', 'possession', 'inherence', 'federated', 'recovery'] as const
    const kinds = ['totp', 'email', 'phone', 'recovery_code'] as const
    const entries = [
      ...methods.map((name) => ({ name, category: 'knowledge', origin: 'sign_in', atMs: 0 }) as const),
      ...categories.map((category) => ({ name: 'x', category, origin: 'sign_in', atMs: 0 }) as const),
      ...kinds.map((name) => ({ name, category: 'knowledge', origin: 'challenge', atMs: 0 }) as const),
    ]
    const [session] = everything.sessions
    if (session === undefined) throw new Error('there is a session')
    const parts: unknown[] = []
    recordRow.writeTo(parts, { ...everything, sessions: [{ ...session, startedAtMs: 0, entries }] }, 0)
    const written = (parts[5] as unknown[][][])[0]?.[3]
    expect(written).toEqual([
      ...methods.map((_, number) => [0, number, 0, 0]),
      ...categories.map((_, number) => [0, 'x', number, 0]),
      ...kinds.map((_, number) => [1, number, 0, 0]),
    ])
  })

  it('has the states of a factor by number', () => {
    const states = ['active', 'locked', 'withdrawn'] as const
    const contact = everything.factors[1] as ContactFactor
    const parts: unknown[] = []
    recordRow.writeTo(parts, { ...everything, factors: states.map((status) => ({ ...contact, status })) }, 0)
    expect((parts[8] as unknown[][]).map(([, status]) => status)).toEqual([0, 1, 2])
  })
})
