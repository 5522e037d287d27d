/** Stored records as the JSON parts behind their tag: tests edit those and tag them anew, as a holder of the key could. */

import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { isMfaError, type MfaStore, unwrap } from '@countersign/core'
import { createKeyRing, type KeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord, type RecordPlace } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
/** Where a part is: the names and indexes that lead to it. */
export type Path = readonly string[]

export const keys: KeyRing = createKeyRing([{ id: 'test', secret: testKey }])
export const place: RecordPlace = { owner: '0:someone', version: 'v'.repeat(22) }

/** What `tagParts` takes: the id of the key, the schema's number, and the record's row. */
export function partsOf(data: string): readonly Json[] {
  return (JSON.parse(data) as readonly Json[]).slice(1)
}

/** The record that a store holds for this owner. */
export async function recordIn(store: Pick<MfaStore, 'load'>, owner: string): Promise<MfaRecord> {
  const stored = await store.load(owner)
  if (stored === null) throw new Error(`nothing is stored for ${owner}`)
  return decodeRecord(stored.data, { owner, version: stored.version }, keys)
}

/** The parts of a record that holds something of every kind. */
export async function fullParts(): Promise<readonly Json[]> {
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
  return partsOf(encodeRecord(await recordIn(store, '0:kim'), place, keys))
}

export function codeOf(call: () => unknown): string {
  try {
    call()
    return 'nothing thrown'
  } catch (error) {
    return isMfaError(error) ? error.code : String(error)
  }
}

/** Every place within a value. */
export function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name])),
  ]
}

export function partAt(value: unknown, path: Path): unknown {
  return path.reduce((whole, name) => (whole as Readonly<Record<string, unknown>>)[name], value)
}

export type Edit = (value: unknown) => unknown
/** What an edit answers to take the part away. */
export const gone: unique symbol = Symbol('gone')

/** The value with the part at this path edited. */
export function edited(value: unknown, path: Path, edit: Edit): unknown {
  const [name, ...rest] = path
  if (name === undefined) return edit(value)
  const next = edited((value as Readonly<Record<string, unknown>>)[name], rest, edit)
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => (String(index) !== name ? [each] : next === gone ? [] : [next]))
  }
  const { [name]: _, ...others } = value as Record<string, unknown>
  return next === gone ? others : { ...(value as object), [name]: next }
}
