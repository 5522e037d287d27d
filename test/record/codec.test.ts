import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { isMfaError, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord } from '../../packages/core/src/record/codec.js'
import { initialRecord, type MfaRecord } from '../../packages/core/src/record/record.js'
import { checkRecord } from '../../packages/core/src/record/schema.js'
import { anyCalls, apply, emptyWorld } from '../properties/calls.js'

const keys = createKeyRing([{ id: 'test', secret: testKey }])
const place = { owner: '0:someone', version: 'v'.repeat(22) }

function codeOf(call: () => unknown): string {
  try {
    call()
    return 'nothing thrown'
  } catch (error) {
    return isMfaError(error) ? error.code : String(error)
  }
}

/** A record as many calls have left it. */
async function grown(): Promise<{ record: MfaRecord; data: string; version: string; owner: string }> {
  const store = createMemoryStore()
  const { mfa, givenUser } = createTestMfa({ store })
  const user = await givenUser({ userId: 'someone', email: true, phone: true, totp: true, recoveryCodes: true })
  const half = await user.signIn({ method: 'oauth', verified: { email: 'x@example.com' } })
  unwrap(await mfa.challenges.create(half, { factor: 'email' }))
  unwrap(
    await mfa.contacts.set(user.session, { channel: 'email', address: 'new@example.com', url: 'https://x.example/' }),
  )
  unwrap(await mfa.totp.enroll(user.session, { accountName: 'x', label: 'Second' }))
  await mfa.challenges.verify(half, { factor: 'totp', code: '000000' })
  const stored = await store.load(place.owner)
  if (stored === null) throw new Error('nothing was stored')
  return {
    ...stored,
    owner: place.owner,
    record: decodeRecord(stored.data, { owner: place.owner, version: stored.version }, keys),
  }
}

describe('a stored record', () => {
  it('decode(encode(record)) is the record, whatever calls made it', async () => {
    await fc.assert(
      fc.asyncProperty(anyCalls, async (calls) => {
        const world = emptyWorld(createTestMfa())
        for (const call of calls) await apply(world, call)
        const stored = await world.store.load('0:someone')
        fc.pre(stored !== null)
        const { data, version } = stored as { data: string; version: string }
        const record = decodeRecord(data, { owner: '0:someone', version }, keys)
        const again = encodeRecord(record, place, keys)
        expect(decodeRecord(again, place, keys)).toEqual(record)
        expect(encodeRecord(record, { owner: '0:someone', version }, keys)).toBe(data)
      }),
      { numRuns: 100 },
    )
  })

  it('begins with its tag, its key and its schema; what changes often comes first, what is stable last', async () => {
    const { data } = await grown()
    expect(data).toMatch(/^\{"tag":"[A-Za-z0-9_-]{22}","key":"test","v":1,"saves":\d+,/)
    const order = [
      '"throttles"',
      '"sends"',
      '"sessions"',
      '"challenges"',
      '"pending"',
      '"optedInAtMs"',
      '"factors"',
      '"recovery"',
    ]
    const places = order.map((name) => data.indexOf(name))
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  it('is bound to its owner and its version: a moved row is undecodable (X39)', async () => {
    const { data, owner, version } = await grown()
    expect(codeOf(() => decodeRecord(data, { owner, version }, keys))).toBe('nothing thrown')
    expect(codeOf(() => decodeRecord(data, { owner: '0:other', version }, keys))).toBe('undecodable_record')
    expect(codeOf(() => decodeRecord(data, { owner, version: 'w'.repeat(22) }, keys))).toBe('undecodable_record')
  })

  it('edited anywhere is undecodable (X39)', async () => {
    const { data, owner, version } = await grown()
    fc.assert(
      fc.property(
        fc.nat({ max: data.length - 1 }),
        fc.constantFrom('0', '1', 'x', '"', '}', ' ', 'Z'),
        (index, character) => {
          fc.pre(data[index] !== character)
          const edited = data.slice(0, index) + character + data.slice(index + 1)
          expect(codeOf(() => decodeRecord(edited, { owner, version }, keys))).toBe('undecodable_record')
        },
      ),
    )
    for (const other of [
      '',
      '{}',
      'null',
      '[]',
      data.slice(1),
      data.slice(0, -1),
      `${data} `,
      data.replace('"tag"', '"Tag"'),
    ]) {
      expect(codeOf(() => decodeRecord(other, { owner, version }, keys))).toBe('undecodable_record')
    }
  })

  it('written under a key we do not have is undecodable', async () => {
    const { data, owner, version } = await grown()
    const others = createKeyRing([
      { id: 'other', secret: Buffer.from('another-key-of-32-bytes-or-more!!').toString('base64') },
    ])
    expect(codeOf(() => decodeRecord(data, { owner, version }, others))).toBe('undecodable_record')
  })

  it('of a newer schema is unsupported_schema, and is never rewritten', async () => {
    const store = createMemoryStore()
    const { mfa } = createTestMfa({ store })
    const newer = encodeRecord({ ...initialRecord(), v: 2 as never }, place, keys)
    await store.save(place.owner, newer, place.version, null)
    const session = { userId: 'someone', sessionId: 's' }
    await expect(mfa.sessions.assess(session)).rejects.toMatchObject({ code: 'unsupported_schema' })
    await expect(mfa.sessions.begin(session, { method: 'password' })).rejects.toMatchObject({
      code: 'unsupported_schema',
    })
    expect(await store.load(place.owner)).toEqual({ version: place.version, data: newer })
  })

  it('with a right tag but a wrong shape is undecodable: unknown, missing and mistyped parts, prototype keys (X33)', async () => {
    const { record } = await grown()
    const plain = JSON.parse(JSON.stringify(record)) as Record<string, unknown>
    expect(() => checkRecord(plain)).not.toThrow()
    const sessions = plain['sessions'] as Record<string, unknown>[]
    const wrong: unknown[] = [
      null,
      [],
      'text',
      { ...plain, unknown: 1 },
      { ...plain, saves: -1 },
      { ...plain, saves: '1' },
      { ...plain, seenAtMs: 1.5 },
      { ...plain, recent: ['x'.repeat(9)] },
      { ...plain, factors: {} },
      { ...plain, factors: [{ kind: 'passkey' }] },
      { ...plain, factors: [null] },
      { ...plain, optedInAtMs: null },
      { ...plain, throttles: { total: 0, voice: { failures: 1, lastAtMs: 1 } } },
      { ...plain, sessions: [{ ...sessions[0], entries: [{}] }] },
      { ...plain, sessions: [{ ...sessions[0], admin: true }] },
      JSON.parse(`{"__proto__":{"x":1},${JSON.stringify(plain).slice(1)}`),
      JSON.parse(JSON.stringify(plain).replace('"total":', '"constructor":{},"total":')),
    ]
    for (const name of ['saves', 'sessions', 'factors', 'throttles', 'sends']) {
      const { [name]: _, ...rest } = plain
      wrong.push(rest)
    }
    for (const value of wrong) {
      expect(() => checkRecord(value)).toThrow('unexpected shape')
      if (typeof value === 'object' && value !== null && !Array.isArray(value) && 'v' in value) {
        const data = encodeRecord(value as MfaRecord, place, keys)
        expect(codeOf(() => decodeRecord(data, place, keys))).toBe('undecodable_record')
      }
    }
  })

  it('a record of 64 KiB at most: past that sessions go, then challenges, never factors, codes or throttles', async () => {
    const { mfa, store, givenUser } = createTestMfa({ policy: { maxSessions: 100 } })
    const user = await givenUser({ userId: 'someone', totp: true, recoveryCodes: true })
    for (let index = 0; index < 60; index++) {
      const session = await user.signIn()
      for (let method = 0; method < 14; method++) {
        await mfa.sessions.reauthenticate(session, { method: `method-${method}-${'x'.repeat(40)}`, channel: 'none' })
      }
    }
    const stored = await store.load('0:someone')
    expect(Buffer.byteLength(stored?.data ?? '')).toBeLessThanOrEqual(64 * 1024)
    const { factors, sessions } = unwrap(await mfa.admin.inspect({ userId: 'someone' }))
    expect(factors.map(({ kind }) => kind)).toEqual(['totp', 'recovery_code'])
    expect(sessions.length).toBeGreaterThan(10)
    expect(sessions.length).toBeLessThan(60)
  })

  it('pruning changes no answer: an expired session, challenge or pending thing counts for nothing before it goes', async () => {
    const { mfa, clock, store, givenUser } = createTestMfa()
    const user = await givenUser({ userId: 'someone', email: true, totp: true })
    const short = await user.signIn({ method: 'password', expiresAtMs: clock.nowMs() + 1000 })
    unwrap(await mfa.challenges.create(short, { factor: 'email' }))
    clock.advance(3_600_000)
    const before = [await mfa.sessions.assess(short), await mfa.sessions.assess(user.session)]
    const raw = (await store.load('0:someone'))?.data as string
    const fresh = await user.signIn()
    expect([await mfa.sessions.assess(short), await mfa.sessions.assess(user.session)]).toEqual(before)
    const pruned = (await store.load('0:someone'))?.data as string
    expect(JSON.parse(raw).challenges).toHaveLength(1)
    expect(JSON.parse(pruned).challenges).toEqual([])
    expect(JSON.parse(pruned).sessions).toHaveLength(2)
    expect((await mfa.sessions.assess(fresh)).next).toBe('second_factor')
  })
})
