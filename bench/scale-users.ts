/** Fills a table with users who have two factors, ten recovery codes and three sessions. */

import { createTestMfa, testKey } from '@countersign/adapters/testing'
import type { MfaStore } from '@countersign/core'
import { createKeyRing } from '../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord } from '../packages/core/src/record/codec.js'
import type { MfaRecord } from '../packages/core/src/record/record.js'

export const benchKeys = [{ id: 'test', secret: testKey }] as const

export const userIdOf = (index: number): string => `user-${String(index).padStart(9, '0')}`
export const addressOf = (userId: string): string => `${userId}@example.com`
/** The session of every user that has proven a second factor. */
export const knownSessionId = 'session-2'

/** One row as its table takes it. */
export type Row = readonly [owner: string, version: string, data: string]

/** What the first user looks like; the others differ in owner, version and address. */
async function templateRecord(nowMs: number): Promise<MfaRecord> {
  const { store, clock, mfa, givenUser } = createTestMfa()
  clock.set(nowMs - 3_600_000)
  const user = await givenUser({ userId: 'template', totp: true, email: 'template@example.com', recoveryCodes: true })
  for (let turn = 0; turn < 2; turn++) {
    const session = await user.signIn()
    await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })
  }
  const stored = await (store as MfaStore).load('0:template')
  if (stored === null) throw new Error('the template was not stored')
  return decodeRecord(stored.data, { owner: '0:template', version: stored.version }, createKeyRing(benchKeys))
}

/** Calls `insert` with batches of rows until there are as many users. */
export async function fillUsers(
  count: number,
  batchSize: number,
  insert: (rows: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  const keys = createKeyRing(benchKeys)
  const template = await templateRecord(Date.now())
  const rowOf = (index: number): Row => {
    const userId = userIdOf(index)
    const place = { owner: `0:${userId}`, version: String(index).padStart(22, 'v') }
    const factors = template.factors.map((each) => ('address' in each ? { ...each, address: addressOf(userId) } : each))
    return [place.owner, place.version, encodeRecord({ ...template, factors }, place, keys)]
  }
  for (let from = 0; from < count; from += batchSize) {
    await insert(Array.from({ length: Math.min(batchSize, count - from) }, (_, index) => rowOf(from + index)))
  }
}
