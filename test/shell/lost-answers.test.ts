import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa } from '@countersign/adapters/testing'
import { isMfaError, MfaError, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../../packages/core/src/record/codec.js'
import {
  type ContactFactor,
  initialRecord,
  type MfaRecord,
  type Session,
} from '../../packages/core/src/record/record.js'
import { createPersistence } from '../../packages/core/src/shell/persist.js'
import { keys, place, recordIn } from '../record/parts.js'
import { createObservedStore } from './observed-store.js'

const lost = (): never => {
  throw new Error('connection lost')
}

async function errorOf(call: Promise<unknown>): Promise<{ code?: string; message?: string; cause?: unknown }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isMfaError(error) ? { code: error.code, message: error.message, cause: error.cause } : {}
}

const unknownOutcome = {
  code: 'outcome_unknown',
  message: 'The store did not say whether it saved, and asking again did not tell.',
}

describe('a save whose answer got lost', () => {
  async function signedUp() {
    const store = createObservedStore()
    const test = createTestMfa({ store, portTimeLimitMs: 50 })
    const user = await test.givenUser({ totp: true })
    const session = await user.signIn()
    const verify = () => test.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })
    const elsewhere = createTestMfa({ store })
    const proven = ({ entries }: Session) => entries.some(({ origin }) => origin === 'challenge')
    /** Saves of others in place of ours. */
    const others = (times: number) =>
      store.next('save', async () => {
        for (let index = 0; index < times; index++) {
          const session = { userId: user.userId, sessionId: `other-${index}` }
          unwrap(await elsewhere.mfa.sessions.begin(session, { method: 'password' }))
        }
        lost()
      })
    const saved = async () => (await recordIn(store, `0:${user.userId}`)).sessions.some(proven)
    store.reset()
    return { ...test, store, user, session, verify, others, saved }
  }

  it('and that lands late, so that its repetition is refused, is saved and not done twice', async () => {
    const { store, verify, saved } = await signedUp()
    store.next('save', lost)
    store.next('save', async (original) => {
      await original()
      return false
    })
    expect((await verify()).ok).toBe(true)
    expect([{ ...store.calls }, await saved()]).toEqual([{ load: 3, save: 2, erase: 0 }, true])
  })

  it('and whose repetition is refused without reason is decided again', async () => {
    const { store, verify, saved } = await signedUp()
    store.next('save', lost)
    store.next('save', async () => false)
    expect((await verify()).ok).toBe(true)
    expect([{ ...store.calls }, await saved()]).toEqual([{ load: 4, save: 3, erase: 0 }, true])
  })

  it('and whose repetition meets the save of somebody else is decided again', async () => {
    const { mfa, store, verify, saved, user } = await signedUp()
    store.next('save', lost)
    store.next('save', async () => {
      const session = { userId: user.userId, sessionId: 'other' }
      unwrap(await createTestMfa({ store }).mfa.sessions.begin(session, { method: 'password' }))
      return false
    })
    expect((await verify()).ok).toBe(true)
    expect(await saved()).toBe(true)
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).sessions).toHaveLength(3)
  })

  it('five times is outcome_unknown, with the store’s own error as its cause', async () => {
    const { store, verify, saved } = await signedUp()
    for (let times = 0; times < 5; times++) store.next('save', lost)
    expect(await errorOf(verify())).toEqual({
      ...unknownOutcome,
      cause: expect.objectContaining({ message: 'connection lost' }),
    })
    expect([{ ...store.calls }, await saved()]).toEqual([{ load: 6, save: 5, erase: 0 }, false])
  })

  it('and about which the store cannot be asked either is outcome_unknown, caused by the save', async () => {
    const { store, verify } = await signedUp()
    store.next('load', (original) => original())
    store.next('load', () => Promise.reject(new Error('still down')))
    store.next('save', lost)
    const cause = expect.objectContaining({ message: 'connection lost' })
    expect(await errorOf(verify())).toEqual({ ...unknownOutcome, cause })
  })

  it('is decided again when others wrote four times instead: ours would still be remembered', async () => {
    const { verify, others, saved } = await signedUp()
    others(4)
    expect((await verify()).ok).toBe(true)
    expect(await saved()).toBe(true)
  })

  it('is outcome_unknown when others wrote five times: ours would be forgotten by then', async () => {
    const { verify, others, saved } = await signedUp()
    others(5)
    expect(await errorOf(verify())).toMatchObject(unknownOutcome)
    expect(await saved()).toBe(false)
  })

  it('is decided again when the user was erased in between', async () => {
    const { mfa, store, user, session } = await signedUp()
    store.next('save', async () => {
      unwrap(await createTestMfa({ store }).mfa.users.erase({ userId: user.userId }))
      lost()
    })
    unwrap(await mfa.sessions.begin({ ...session, sessionId: 'new' }, { method: 'password' }))
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).sessions).toHaveLength(1)
  })
})

describe('a fault of the store is told in words, with its cause', () => {
  it.each<[string, Record<'code' | 'message', string>, string | undefined]>([
    ['throws', { code: 'store_failed', message: 'The store failed.' }, 'connection lost'],
    ['hangs', { code: 'store_failed', message: 'The store failed.' }, 'no answer within 10 ms'],
    [
      'answers text',
      { code: 'store_misbehaved', message: '`store.load` must answer null or { version, data }.' },
      undefined,
    ],
  ])('a load that %s', async (how, words, cause) => {
    const store = createObservedStore()
    const { mfa } = createTestMfa({ store, portTimeLimitMs: 10 })
    store.next('load', how === 'throws' ? lost : how === 'hangs' ? () => new Promise(() => {}) : async () => 'text')
    const error = await errorOf(mfa.sessions.assess({ userId: 'kim', sessionId: 's' }))
    expect(error).toMatchObject(words)
    expect((error.cause as Error | undefined)?.message).toBe(cause)
  })

  it('a save that answers neither true nor false, an erase that throws, and an error that the store words itself', async () => {
    const store = createObservedStore()
    const { mfa } = createTestMfa({ store })
    store.next('save', async () => 1)
    const begin = mfa.sessions.begin({ userId: 'kim', sessionId: 's' }, { method: 'password' })
    expect(await errorOf(begin)).toMatchObject({
      code: 'store_misbehaved',
      message: '`store.save` must answer true or false.',
    })
    store.next('load', () => Promise.reject(new MfaError('invalid_configuration', 'No such table.')))
    expect(await errorOf(mfa.sessions.assess({ userId: 'kim', sessionId: 's' }))).toMatchObject({
      code: 'invalid_configuration',
      message: 'No such table.',
    })
    store.next('erase', lost)
    expect(await errorOf(mfa.users.erase({ userId: 'kim' }))).toMatchObject({
      code: 'store_failed',
      cause: expect.objectContaining({ message: 'connection lost' }),
    })
  })
})

describe('a record to be saved', () => {
  const factor = (id: string, label: string): ContactFactor => ({
    ...{
      id,
      kind: 'phone',
      status: 'active',
      generation: 0,
      createdAtMs: 1_767_225_600_000,
      address: '日'.repeat(254),
    },
    label,
  })
  const session = { id: 's'.repeat(22), ref: 'r', startedAtMs: 1_767_225_600_000, entries: [] }
  const from = { record: initialRecord(), version: null, data: null }
  const save = async (record: MfaRecord) => {
    const store = createMemoryStore()
    await createPersistence(store, keys, 1000).save(place.owner, from, record, place.version, undefined)
    return recordIn(store, place.owner)
  }
  /** A record whose text has this many bytes once it is saved. */
  const ofBytes = (bytes: number): MfaRecord => {
    const factors = Array.from({ length: 63 }, (_, index) => factor(`${index}${'日'.repeat(60)}`, '日'.repeat(64)))
    const base = { ...initialRecord(), saves: 1, recent: ['v'.repeat(8)], sessions: [session] }
    const length = (record: MfaRecord) => Buffer.byteLength(encodeRecord(record, place, keys))
    const labels = [...factors]
    for (let index = 0; index < 63; index++) {
      const excess = length({ ...base, factors: labels }) - bytes
      if (excess <= 0) break
      const cut = Math.min(excess, 700)
      const whole = '日'.repeat(254 - Math.ceil(cut / 3))
      labels[index] = {
        ...(labels[index] as ContactFactor),
        address: `${whole}${'x'.repeat(3 * Math.ceil(cut / 3) - cut)}`,
      }
    }
    const record = { ...base, factors: labels }
    expect(length(record)).toBe(bytes)
    return record
  }

  it('has 64 KiB of UTF-8 at most: with a byte more, a session goes', async () => {
    expect((await save(ofBytes(65_536))).sessions).toHaveLength(1)
    const pruned = await save(ofBytes(65_537))
    expect([pruned.sessions, pruned.factors.length]).toEqual([[], 63])
  })

  it('that is larger, and of which nothing may go, is refused', async () => {
    const factors = Array.from({ length: 64 }, (_, index) => factor('日'.repeat(64), `${index}${'日'.repeat(62)}`))
    expect(await errorOf(save({ ...initialRecord(), factors }))).toMatchObject({
      code: 'store_misbehaved',
      message: 'The record is larger than 64 KiB and nothing in it may be pruned.',
    })
  })

  it('remembers the last four versions by their first eight characters, and counts its saves', async () => {
    const store = createMemoryStore()
    const persistence = createPersistence(store, keys, 1000)
    let loaded = await persistence.load('0:kim')
    for (let index = 0; index < 6; index++) {
      const version = `version-${index}`.replace('version', String(index).repeat(7)).padEnd(22, '-')
      expect(await persistence.save('0:kim', loaded, loaded.record, version, undefined)).toBe('saved')
      loaded = await persistence.load('0:kim')
    }
    expect(loaded.record.saves).toBe(6)
    expect(loaded.record.recent).toEqual(['2222222-', '3333333-', '4444444-', '5555555-'])
  })
})
