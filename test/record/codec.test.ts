import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord, tagKeyOf, tagParts } from '../../packages/core/src/record/codec.js'
import { initialRecord, type MfaRecord } from '../../packages/core/src/record/record.js'
import { anyCalls, apply, emptyWorld } from '../properties/calls.js'
import { anyRecord } from './any-record.js'
import { codeOf, keys, partsOf, place, recordIn } from './parts.js'

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
  const stored = (await store.load(place.owner)) as { data: string; version: string }
  return { ...stored, owner: place.owner, record: await recordIn(store, place.owner) }
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

  it('decode(encode(record)) is the record, whatever is in it, and encoding that again gives the same text', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const data = encodeRecord(record, place, keys)
        const decoded = decodeRecord(data, place, keys)
        expect(decoded).toEqual(record)
        expect(encodeRecord(decoded, place, keys)).toBe(data)
        expect(tagParts(partsOf(data), place, keys)).toBe(data)
      }),
      { numRuns: 300 },
    )
  })

  it('begins with its tag, its key and its schema; what changes often comes first, what is stable last', async () => {
    const { data, record } = await grown()
    expect(data).toMatch(/^\["[A-Za-z0-9_-]{22}","test",1,\d+,\["/)
    expect(tagKeyOf(data)).toBe('test')
    const [saves, recent, , [total] = [], , sessions, challenges, pending, factors, , recovery] = partsOf(data).slice(
      2,
    ) as unknown[][]
    expect([saves, recent, total]).toEqual([record.saves, record.recent, record.throttles.total])
    // Each list where it belongs, told by the ids of what is in it.
    for (const [stored, items] of [
      [sessions, record.sessions],
      [challenges, record.challenges],
      [pending, record.pending],
      [factors, record.factors],
      [recovery?.[0], record.recovery?.codes.map(({ digest }) => ({ id: digest }))],
    ] as [unknown[], { id: string }[]][]) {
      expect(items.length).toBeGreaterThan(0)
      expect(stored).toHaveLength(items.length)
      for (const [index, { id }] of items.entries()) expect([stored[index]].flat()).toContain(id)
    }
  })

  it('is written as ever: this very text is in databases', () => {
    const record: MfaRecord = {
      ...initialRecord(),
      saves: 3,
      seenAtMs: 1_767_225_600_007,
      throttles: { total: 1, phone: { failures: 1, lastAtMs: 1_767_225_600_005, noticed: true } },
      optedInAtMs: 1_767_225_600_001,
    }
    const text = '["LHQrD6Gf_6jL0929OHdo4A","test",1,3,[],7,[1,4,[1,5,1]],[[[],[]],[[],[]]],[],[],[],[],4,1]'
    expect(encodeRecord(record, place, keys)).toBe(text)
    expect(decodeRecord(text, place, keys)).toEqual(record)
  })

  it('is not written with a flag that is not true: it would be read as true', () => {
    for (const noticed of [false, 0, null, 'true'] as never[]) {
      const throttles = { total: 0, totp: { failures: 1, lastAtMs: 0, noticed } }
      const write = () => encodeRecord({ ...initialRecord(), throttles }, place, keys)
      expect(codeOf(write)).toBe('undecodable_record')
    }
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
        fc.constantFrom('0', '1', 'x', '"', ']', ' ', 'Z'),
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
      ` ${data}`,
      data.replace('["', '[ "'),
      data.replace('["', '{"'),
    ]) {
      expect(codeOf(() => decodeRecord(other, { owner, version }, keys))).toBe('undecodable_record')
    }
  })

  it('with half a character in the place of U+FFFD, which the tag cannot tell apart, is undecodable (X39)', () => {
    const data = encodeRecord({ ...initialRecord(), recent: ['\ufffd'] }, place, keys)
    expect(decodeRecord(data, place, keys).recent).toEqual(['\ufffd'])
    for (const half of ['\ud800', '\udfff']) {
      expect(codeOf(() => decodeRecord(data.replace('\ufffd', half), place, keys))).toBe('undecodable_record')
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
    const newer = tagParts(['test', 2, { whatComesLater: true }], place, keys)
    await store.save(place.owner, newer, place.version, null)
    const session = { userId: 'someone', sessionId: 's' }
    await expect(mfa.sessions.assess(session)).rejects.toMatchObject({ code: 'unsupported_schema' })
    await expect(mfa.sessions.begin(session, { method: 'password' })).rejects.toMatchObject({
      code: 'unsupported_schema',
    })
    expect(await store.load(place.owner)).toEqual({ version: place.version, data: newer })
  })

  it('with a right tag but a wrong shape is undecodable: extra, missing and mistyped parts, prototype keys (X33)', () => {
    const right = partsOf(encodeRecord(initialRecord(), place, keys))
    const refusal = (parts: readonly unknown[]) => codeOf(() => decodeRecord(tagParts(parts, place, keys), place, keys))
    expect(refusal(right)).toBe('nothing thrown')
    const withPart = (place: number, part: unknown) => right.map((each, index) => (index === place ? part : each))
    const polluting: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":{},"length":1,"0":0}')
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      'no key': right.slice(1),
      'no schema': ['test', ...right.slice(3)],
      'a schema in words': withPart(1, '1'),
      'nothing but the head': right.slice(0, 2),
      'no factors': right.slice(0, -1),
      'an object after the head': ['test', 1, polluting],
      'a list after the head': ['test', 1, right.slice(2)],
      'negative saves': withPart(2, -1),
      'saves in words': withPart(2, '1'),
      'a version too long': withPart(3, ['x'.repeat(9)]),
      'half a millisecond': withPart(4, 0.5),
      'a time past all numbers': withPart(4, Number.MAX_SAFE_INTEGER),
      'failures of no kind': withPart(5, [0, 16, [1, 1]]),
      'failures that are not there': withPart(5, [0, 1]),
      'an object for a list': withPart(10, {}),
      'an object like a list': withPart(10, polluting),
      'a factor of no kind': withPart(10, [[3]]),
      'a factor of a kind in words': withPart(10, [['totp']]),
      'an empty factor': withPart(10, [[]]),
      'a factor that is nothing': withPart(10, [null]),
      'bits that say nothing is there': [...right, 0],
      'bits for what is not there': [...right, 2],
      'bits of no part': [...right, 128],
      'bits in words': [...right, '2', 0],
      'fractional bits': [...right, 2.5, 0],
      'bits past 32': [...right, 2 ** 32 + 2, 0],
      'a part without a bit': [...right, 2, 0, 0],
    }
    for (const [what, parts] of Object.entries(wrong))
      expect([what, refusal(parts)]).toEqual([what, 'undecodable_record'])
    expect(refusal([...right, 2, 0])).toBe('nothing thrown')
  })

  it('a record of 64 KiB at most: past that sessions go, then challenges, never factors, codes or throttles', async () => {
    const { mfa, store, givenUser } = createTestMfa({ policy: { maxSessions: 100 } })
    const user = await givenUser({ userId: 'someone', totp: true, recoveryCodes: true })
    for (let index = 0; index < 90; index++) {
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
    expect(sessions.length).toBeLessThan(90)
  })

  it('pruning changes no answer: an expired session, challenge or pending thing counts for nothing before it goes', async () => {
    const { mfa, clock, store, givenUser } = createTestMfa()
    const user = await givenUser({ userId: 'someone', email: true, totp: true })
    const short = await user.signIn({ method: 'password', expiresAtMs: clock.nowMs() + 1000 })
    unwrap(await mfa.challenges.create(short, { factor: 'email' }))
    clock.advance(3_600_000)
    const before = [await mfa.sessions.assess(short), await mfa.sessions.assess(user.session)]
    const raw = await recordIn(store, '0:someone')
    const fresh = await user.signIn()
    expect([await mfa.sessions.assess(short), await mfa.sessions.assess(user.session)]).toEqual(before)
    const pruned = await recordIn(store, '0:someone')
    expect(raw.challenges).toHaveLength(1)
    expect(pruned.challenges).toEqual([])
    expect(pruned.sessions).toHaveLength(2)
    expect((await mfa.sessions.assess(fresh)).next).toBe('second_factor')
  })
})
