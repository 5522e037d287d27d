import { createTestMfa } from '@countersign/adapters/testing'
import { isMfaError, type Mfa, type MfaErrorCode, type StoredRecord, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord, type RecordPlace, tagParts } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'
import { type Edit, edited, keys, type Path, partAt, partsOf, pathsOf } from '../record/parts.js'
import { anyEdit, changed, typedEdit } from './forgeries.js'
import { callHostile, cpuMs, fuzzRuns } from './hostile.js'

const owner = '0:someone'
const someone = { userId: 'someone' }
const at = (sessionId: string) => ({ ...someone, sessionId })

interface Grown {
  readonly mfa: Mfa
  readonly rows: Map<string, StoredRecord>
  readonly nowMs: number
}

/** A user with everything: apps, contacts, codes, a challenge, pending things, failures, two sessions. */
async function grown(): Promise<Grown> {
  const rows = new Map<string, StoredRecord>()
  const { mfa, givenUser, clock } = createTestMfa({
    store: {
      load: async (id) => rows.get(id) ?? null,
      async save(id, data, version, expected) {
        if ((rows.get(id)?.version ?? null) !== expected) return false
        rows.set(id, { version, data })
        return true
      },
      async erase(id) {
        rows.delete(id)
      },
    },
  })
  await givenUser({ userId: 'other', email: true, totp: true, recoveryCodes: true })
  const user = await givenUser({ userId: 'someone', email: true, phone: true, totp: true, recoveryCodes: true })
  unwrap(await mfa.sessions.begin(at('half'), { method: 'oauth', verified: { email: 'x@example.com' } }))
  unwrap(await mfa.sessions.begin(at('satisfied'), { method: 'password' }))
  unwrap(await mfa.challenges.verify(at('satisfied'), { factor: 'totp', code: user.app.freshCode() }))
  unwrap(await mfa.challenges.create(at('half'), { factor: 'phone' }))
  unwrap(
    await mfa.contacts.set(at('satisfied'), { channel: 'email', address: 'n@example.com', url: 'https://x.example/' }),
  )
  unwrap(await mfa.totp.enroll(at('satisfied'), { accountName: 'x', label: 'Second' }))
  await mfa.challenges.verify(at('half'), { factor: 'totp', code: '0000000' })
  return { mfa, rows, nowMs: clock.nowMs() }
}

const calls = [
  { name: 'sessions.assess', ref: at('half'), options: undefined },
  { name: 'sessions.require', ref: at('satisfied'), options: { level: 'aal2', maxAgeMs: 60_000 } },
  { name: 'factors.list', ref: at('satisfied'), options: undefined },
  { name: 'admin.inspect', ref: someone, options: undefined },
  { name: 'sessions.begin', ref: at('new'), options: { method: 'password' } },
  { name: 'challenges.create', ref: at('half'), options: { factor: 'email' } },
  { name: 'challenges.verify', ref: at('half'), options: { factor: 'totp', code: '123456' } },
  {
    name: 'challenges.verify',
    ref: at('half'),
    options: { factor: 'recovery_code', code: 'AAAAAAAAAAAAAAAAAAAAAAAA' },
  },
  { name: 'contacts.confirm', ref: at('satisfied'), options: { channel: 'email', code: '123456' } },
  { name: 'contacts.attest', ref: someone, options: { channel: 'email', address: 'z@example.com' } },
  { name: 'totp.confirm', ref: at('satisfied'), options: { code: '123456' } },
  { name: 'recoveryCodes.regenerate', ref: at('satisfied'), options: undefined },
  { name: 'credentials.changed', ref: someone, options: { via: 'email' } },
  { name: 'disable', ref: at('satisfied'), options: undefined },
  { name: 'admin.unlock', ref: someone, options: { actor: 'a', reason: 'b' } },
] as const

async function outcomeOf({ mfa }: Pick<Grown, 'mfa'>, call: (typeof calls)[number]): Promise<string> {
  try {
    const answer = (await callHostile(mfa, call)) as { ok?: unknown; reason?: unknown; satisfied?: unknown }
    expect(typeof (answer.ok ?? answer.satisfied)).toBe('boolean')
    return answer.ok === false ? String(answer.reason) : 'answered'
  } catch (error) {
    if (!isMfaError(error)) throw error
    return error.code
  }
}

const tampering: fc.Arbitrary<(row: StoredRecord, other: StoredRecord) => StoredRecord> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(6)).map(([where, bit]) => (row: StoredRecord) => {
    const index = where % row.data.length
    const flipped = String.fromCharCode(row.data.charCodeAt(index) ^ (1 << bit))
    return { ...row, data: row.data.slice(0, index) + flipped + row.data.slice(index + 1) }
  }),
  fc.nat().map((length) => (row: StoredRecord) => ({ ...row, data: row.data.slice(0, length % row.data.length) })),
  fc.constant((row: StoredRecord, other: StoredRecord) => ({ version: row.version, data: other.data })),
  fc.constant((_: StoredRecord, other: StoredRecord) => other),
  fc.string({ minLength: 1 }).map((version) => (row: StoredRecord) => ({ ...row, version: row.version + version })),
  fc
    .integer({ min: 2, max: 99 })
    .map((v) => (row: StoredRecord) => ({ ...row, data: row.data.replace('"test",1,', `"test",${v},`) })),
  fc.string({ unit: 'binary' }).map((tail) => (row: StoredRecord) => ({ ...row, data: `${row.data} ${tail}` })),
  fc
    .constantFrom(
      '',
      '{}',
      'null',
      '[]',
      '["',
      '['.repeat(65_536),
      '[{"a":'.repeat(10_000),
      '{"tag":"","key":"test","v":1,',
    )
    .map((data) => (row: StoredRecord) => ({ ...row, data })),
)

/** Serves calls from rows that were forged with the right key. Answers how often each outcome occurred. */
async function serveForged(
  whole: (data: string, place: RecordPlace) => unknown,
  editOf: (whole: unknown) => fc.Arbitrary<Edit>,
  toText: (forged: unknown, place: RecordPlace) => string | undefined,
): Promise<ReadonlyMap<string, number>> {
  const given = await grown()
  const { data, version } = given.rows.get(owner) as StoredRecord
  const place = { owner, version }
  const genuine = whole(data, place)
  const anyPath = fc.constantFrom(...pathsOf(genuine))
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(anyPath, editOf(genuine)), { minLength: 1, maxLength: 2 }),
      fc.constantFrom(...calls),
      async (changes, call) => {
        const forged = toText(changed(genuine, changes), place)
        if (forged === undefined) return
        const row = { version, data: forged }
        given.rows.set(owner, row)
        const cpuBeforeMs = cpuMs()
        const outcome = await outcomeOf(given, call)
        expect(cpuMs() - cpuBeforeMs).toBeLessThan(2000)
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        const after = given.rows.get(owner) as StoredRecord
        if (after !== row) {
          expect(after.data.length).toBeLessThanOrEqual(64 * 1024)
          const saved = { owner, version: after.version }
          expect(encodeRecord(decodeRecord(after.data, saved, keys), saved, keys)).toBe(after.data)
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
      },
    ),
    { numRuns: runs },
  )
  return seen
}

const runs = Math.floor(fuzzRuns / 8)
const timeout = 60_000 + fuzzRuns * 20

describe('hostile stored records', () => {
  it('bits flipped, cut, swapped, of another version or schema: no call answers anything but a refusal to read', {
    timeout,
  }, async () => {
    const given = await grown()
    const genuine = given.rows.get(owner) as StoredRecord
    const other = given.rows.get('0:other') as StoredRecord
    const unreadable: readonly MfaErrorCode[] = ['undecodable_record', 'unsupported_schema']
    await fc.assert(
      fc.asyncProperty(tampering, fc.constantFrom(...calls), async (tamper, call) => {
        const row = tamper(genuine, other)
        given.rows.set(owner, row)
        expect(unreadable).toContain(await outcomeOf(given, call))
        expect(given.rows.get(owner)).toBe(row)
      }),
      { numRuns: runs },
    )
  })

  it('forged with the right key, in any part: an error or a Result, and what is saved then can be read', {
    timeout,
  }, async () => {
    const seen = await serveForged(
      partsOf,
      () => anyEdit,
      (parts, place) => tagParts(parts as readonly unknown[], place, keys),
    )
    // Both kinds of forgery occurred: refused by the reader, and served.
    expect([seen.has('undecodable_record'), seen.has('answered')]).toEqual([true, true])
  })

  it('forged with the right key, of right types: the same, and most of it reaches the rules', { timeout }, async () => {
    let unwritable = 0
    const seen = await serveForged(
      (data, place) => decodeRecord(data, place, keys),
      (record) => {
        const parts = pathsOf(record).map((path) => partAt(record, path))
        return typedEdit([...new Set(parts.filter((part) => typeof part === 'string'))])
      },
      (record, place) => {
        try {
          const data = encodeRecord(record as MfaRecord, place, keys)
          // What is written at all can be read.
          expect(encodeRecord(decodeRecord(data, place, keys), place, keys)).toBe(data)
          return data
        } catch (error) {
          if (!isMfaError(error)) throw error
          expect(error).toMatchObject({
            code: 'undecodable_record',
            message: expect.stringContaining('Nothing was saved'),
          })
          unwritable++
          return undefined
        }
      },
    )
    // Without a part that must be there, or with a word that is none, nothing is written: neither all nor none of them.
    expect(unwritable).toBeGreaterThan(0)
    expect(unwritable).toBeLessThan(runs / 2)
    expect(seen.has('answered')).toBe(true)
    expect(seen.get('undecodable_record') ?? 0).toBeLessThan(runs / 20)
  })

  it('a second proof that is named after no kind of factor is undecodable', async () => {
    const given = await grown()
    const { data, version } = given.rows.get(owner) as StoredRecord
    const parts = partsOf(data)
    // Among the parts of an entry, the second is its name; the first is not 0 where it is a second proof.
    const isSecondProof = (path: Path) =>
      path.length === 5 &&
      path[0] === '7' &&
      path[2] === '3' &&
      path[4] === '1' &&
      partAt(parts, [...path.slice(0, 4), '0']) !== 0
    const names = pathsOf(parts).filter(isSecondProof)
    expect(names.length).toBeGreaterThan(0)
    for (const [name, outcome] of [
      ...[4, -1, 1.5, 2 ** 31, 'totp', 'toString', '__proto__', null, [0]].map((name) => [name, 'undecodable_record']),
      [1, 'answered'],
    ]) {
      for (const path of names) {
        const forged = edited(parts, path, () => name) as readonly unknown[]
        given.rows.set(owner, { version, data: tagParts(forged, { owner, version }, keys) })
        expect([name, await outcomeOf(given, calls[0])]).toEqual([name, outcome])
      }
    }
  })
})
