import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { isMfaError, type Mfa, type MfaErrorCode, type StoredRecord, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'
import { callHostile, fuzzRuns } from './hostile.js'

const keys = createKeyRing([{ id: 'test', secret: testKey }])
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
    .map((v) => (row: StoredRecord) => ({ ...row, data: row.data.replace('"v":1', `"v":${v}`) })),
  fc.string({ unit: 'binary' }).map((tail) => (row: StoredRecord) => ({ ...row, data: `${row.data} ${tail}` })),
  fc
    .constantFrom('', '{}', 'null', '[]', '{"tag":"', '{'.repeat(65_536), '[{"a":'.repeat(10_000))
    .map((data) => (row: StoredRecord) => ({ ...row, data })),
)

/** Every place in the record, as a path. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name])),
  ]
}

type Edit = (value: unknown) => unknown
const gone = Symbol('gone')

// 2 ** 52, not the last safe integer: counting on from there is beyond any number of saves.
const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => () => value),
  fc.constantFrom('totp', 'email', 'phone', 'locked', 'sign_in', '', '\ud800', true, null).map((word) => () => word),
  fc.constant(() => gone),
  fc.constantFrom(-1, 0, 1, 2 ** 52, 2 ** 60, 1e308, 0.5).map((number) => () => number),
  fc.constant((value: unknown) =>
    typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : value,
  ),
  fc.nat(3).map(
    (times) => (value: unknown) =>
      Array.isArray(value)
        ? Array(times * 10)
            .fill(value)
            .flat()
        : [value],
  ),
  fc.constant((value: unknown) => (Array.isArray(value) ? [...value].reverse() : value)),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString').map((name) => (value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return name
    return Object.defineProperty({ ...value }, name, { value: { polluted: true }, enumerable: true })
  }),
  fc.constant(() => 'y'.repeat(65_536)),
)

function edited(record: unknown, path: readonly string[], edit: Edit): unknown {
  const [name, ...rest] = path
  if (name === undefined) return edit(record)
  const value = (record as Record<string, unknown>)[name]
  const next = rest.length === 0 ? edit(value) : edited(value, rest, edit)
  if (Array.isArray(record))
    return record.flatMap((each, index) => (String(index) !== name ? [each] : next === gone ? [] : [next]))
  const { [name]: _, ...others } = record as Record<string, unknown>
  return next === gone ? others : { ...(record as object), [name]: next }
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

  it('forged with the right key: an error or a Result, and what is saved then can be read', { timeout }, async () => {
    const given = await grown()
    const genuine = given.rows.get(owner) as StoredRecord
    const place = { owner, version: genuine.version }
    const record = decodeRecord(genuine.data, place, keys)
    const paths = pathsOf(record)
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...paths), edits), { minLength: 1, maxLength: 2 }),
        fc.constantFrom(...calls),
        async (changes, call) => {
          let forged: unknown = record
          for (const [path, edit] of changes) {
            // The first change may have removed what the second one is about.
            try {
              forged = edited(forged, path, edit)
            } catch {}
          }
          const row = { version: genuine.version, data: encodeRecord(forged as MfaRecord, place, keys) }
          given.rows.set(owner, row)
          const startedMs = performance.now()
          const outcome = await outcomeOf(given, call)
          expect(performance.now() - startedMs).toBeLessThan(2000)
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
          const after = given.rows.get(owner) as StoredRecord
          if (after !== row) {
            expect(after.data.length).toBeLessThanOrEqual(64 * 1024)
            decodeRecord(after.data, { owner, version: after.version }, keys)
          }
          expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
        },
      ),
      { numRuns: runs },
    )
    // Both kinds of forgery occurred: refused by the shape check, and served.
    expect([seen.has('undecodable_record'), seen.has('answered')]).toEqual([true, true])
  })

  it('a second proof that is named after no kind of factor is undecodable', async () => {
    const given = await grown()
    const { data, version } = given.rows.get(owner) as StoredRecord
    const place = { owner, version }
    const record = decodeRecord(data, place, keys)
    const sessions = record.sessions.map((session) => ({
      ...session,
      entries: session.entries.map((entry) => (entry.origin === 'sign_in' ? entry : { ...entry, name: 'toString' })),
    }))
    given.rows.set(owner, { version, data: encodeRecord({ ...record, sessions }, place, keys) })
    expect(await outcomeOf(given, calls[0])).toBe('undecodable_record')
  })
})
