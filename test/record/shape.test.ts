import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { type Mfa, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'
import { checkRecord } from '../../packages/core/src/record/schema.js'

const keys = createKeyRing([{ id: 'test', secret: testKey }])
const owner = '0:kim'
const place = { owner, version: 'v'.repeat(22) }
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A record that holds something of every kind. */
async function fullRecord(): Promise<Json> {
  const { mfa, clock, store, givenUser } = createTestMfa()
  const user = await givenUser({ userId: 'kim', email: true, phone: true, totp: true, recoveryCodes: true })
  const { session } = user
  const half = await user.signIn({
    method: 'oauth',
    provider: 'idp',
    channel: 'email',
    expiresAtMs: clock.nowMs() + 1e9,
  })
  unwrap(await mfa.challenges.create(half, { factor: 'phone', purpose: 'transfer' }))
  unwrap(await mfa.challenges.create(half, { factor: 'totp' }))
  await mfa.challenges.verify(half, { factor: 'totp', code: '000000' })
  unwrap(
    await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com', url: 'https://acme.example/' }),
  )
  unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345678' }))
  unwrap(await mfa.totp.enroll(session, { accountName: 'kim', label: 'Second' }))
  const [code = ''] = user.recoveryCodes
  unwrap(await mfa.challenges.verify(half, { factor: 'recovery_code', code }))
  unwrap(await mfa.credentials.changed({ userId: 'kim' }, { via: 'phone', except: session.sessionId }))
  unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
  unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345679' }))
  unwrap(await mfa.challenges.create(session, { factor: 'email' }))
  const stored = (await store.load(owner)) as { data: string; version: string }
  return JSON.parse(JSON.stringify(decodeRecord(stored.data, { owner, version: stored.version }, keys)))
}

/** The value with each of its parts changed in turn, and where. */
function* changedEverywhere(value: Json, change: (part: Json) => Json, path = ''): Generator<readonly [string, Json]> {
  yield [path, change(value)]
  if (typeof value !== 'object' || value === null) return
  for (const name of Object.keys(value)) {
    const part = (value as Readonly<Record<string, Json>>)[name] as Json
    for (const [where, changed] of changedEverywhere(part, change, `${path}/${name}`)) {
      const whole = Array.isArray(value)
        ? value.map((each: Json, index) => (String(index) === name ? changed : each))
        : { ...value, [name]: changed }
      yield [where, whole]
    }
  }
}

const isObject = (part: Json): part is { readonly [name: string]: Json } =>
  typeof part === 'object' && part !== null && !Array.isArray(part)

describe('a record whose tag is right and whose content is not', () => {
  it.each<[string, (part: Json) => Json]>([
    ['null', () => null],
    ['an object', () => ({})],
    ['a list in a list', () => [[]]],
    ['a negative fraction', () => -1.5],
    ['false', () => false],
    ['a text of 5000 characters', () => 'x'.repeat(5000)],
  ])('is refused with %s in the place of any part of it', async (_what, change) => {
    const record = await fullRecord()
    expect(() => checkRecord(record)).not.toThrow()
    const taken: string[] = []
    let changes = 0
    for (const [where, changed] of changedEverywhere(record, change)) {
      changes++
      try {
        checkRecord(changed)
        taken.push(where)
      } catch (error) {
        expect(error).toMatchObject({ message: 'unexpected shape' })
      }
    }
    expect(taken).toEqual([])
    expect(changes).toBeGreaterThan(150)
  })

  it.each(['unknown', 'constructor', '__proto__'])(
    'is refused with a part named %s anywhere in it (X33)',
    async (name) => {
      const record = await fullRecord()
      const withPart = (part: Json): Json =>
        isObject(part) ? JSON.parse(`{"${name}":0,${JSON.stringify(part).slice(1)}`.replace(',}', '}')) : part
      for (const [where, changed] of changedEverywhere(record, withPart)) {
        if (JSON.stringify(changed) === JSON.stringify(record)) continue
        expect(() => checkRecord(changed), where).toThrow('unexpected shape')
        const data = encodeRecord(changed as unknown as MfaRecord, place, keys)
        expect(() => decodeRecord(data, place, keys), where).toThrow(
          expect.objectContaining({ code: 'undecodable_record' }),
        )
      }
    },
  )
})

describe('a record of a newer schema', () => {
  const session: SessionRef = { userId: 'kim', sessionId: 'one' }
  const calls: Readonly<Record<string, (mfa: Mfa) => Promise<unknown>>> = {
    'sessions.begin': (mfa) => mfa.sessions.begin(session, { method: 'password' }),
    'sessions.assess': (mfa) => mfa.sessions.assess(session),
    'sessions.end': (mfa) => mfa.sessions.end(session),
    'contacts.attest': (mfa) => mfa.contacts.attest(session, { channel: 'email', address: 'kim@example.com' }),
    'challenges.verify': (mfa) => mfa.challenges.verify(session, { factor: 'totp', code: '123456' }),
    'credentials.changed': (mfa) => mfa.credentials.changed(session, { via: 'email' }),
    'admin.inspect': (mfa) => mfa.admin.inspect(session),
    'admin.reset': (mfa) => mfa.admin.reset(session, { actor: 'a', reason: 'b' }),
    'admin.unlock': (mfa) => mfa.admin.unlock(session, { actor: 'a', reason: 'b' }),
  }

  it.each(Object.entries(calls))('is unsupported_schema to %s, and is never rewritten', async (_name, call) => {
    const store = createMemoryStore()
    const { mfa, events, outbox } = createTestMfa({ store })
    const newer = { v: 2, saves: 1, recent: [], whatComesLater: { passkeys: [1] } } as unknown as MfaRecord
    const data = encodeRecord(newer, place, keys)
    await store.save(owner, data, place.version, null)
    await expect(call(mfa)).rejects.toMatchObject({ code: 'unsupported_schema' })
    expect(await store.load(owner)).toEqual({ version: place.version, data })
    expect([...events, ...outbox.messages]).toEqual([])
  })

  it('is undecodable, not unsupported, when its tag does not match: nobody can claim a newer schema', async () => {
    const record = { ...((await fullRecord()) as unknown as MfaRecord) }
    const forged = encodeRecord(record, place, keys).replace('"v":1,', '"v":2,')
    expect(forged).toContain('"v":2,')
    expect(() => decodeRecord(forged, place, keys)).toThrow(expect.objectContaining({ code: 'undecodable_record' }))
  })
})
