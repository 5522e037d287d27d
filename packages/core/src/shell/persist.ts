/** Loading and saving one record, and finding out what happened when a save's answer got lost. */

import { isMfaError, MfaError } from '../errors.js'
import { utf8Length } from '../keys/frame.js'
import type { KeyRing } from '../keys/key-ring.js'
import type { MfaStore, StoredRecord } from '../ports/store.js'
import { decodeRecord, encodeRecord } from '../record/codec.js'
import { initialRecord, type MfaRecord } from '../record/record.js'
import { shrink } from '../record/settle.js'
import { withTimeLimit } from './system.js'

const maxRecordBytes = 64 * 1024
const rememberedVersions = 4
const rememberedLength = 8
const maxResolutions = 5

/** A record with the version it was loaded under; `null` for an absent one. */
export interface Loaded {
  readonly record: MfaRecord
  readonly version: string | null
  readonly data: string | null
}

export interface Persistence {
  load(owner: string): Promise<Loaded>
  /** `saved`: durable, by this very call. `conflict`: nothing of ours is stored. Otherwise throws. */
  save(
    owner: string,
    from: Loaded,
    next: MfaRecord,
    version: string,
    actingHash: string | undefined,
  ): Promise<'saved' | 'conflict'>
  erase(owner: string): Promise<void>
}

export function createPersistence(store: MfaStore, keys: KeyRing, timeLimitMs: number): Persistence {
  const limited = <T>(work: Promise<T>): Promise<T> =>
    withTimeLimit(work, timeLimitMs, () => new Error(`no answer within ${timeLimitMs} ms`))

  const load = async (owner: string): Promise<Loaded> => {
    const stored = await callStore(() => limited(store.load(owner)))
    if (stored === null) return { record: initialRecord(), version: null, data: null }
    const { version, data } = requireStored(stored)
    return { record: decodeRecord(data, { owner, version }, keys), version, data }
  }

  const save: Persistence['save'] = async (owner, from, next, version, actingHash) => {
    const saves = from.record.saves + 1
    const recent = [...from.record.recent, version.slice(0, rememberedLength)].slice(-rememberedVersions)
    const data = encodeWithinLimit({ ...next, saves, recent }, owner, version, actingHash)
    let cause: unknown
    for (let tries = 0; tries < maxResolutions; tries++) {
      let answer: unknown
      try {
        answer = await limited(store.save(owner, data, version, from.version))
      } catch (error) {
        cause = error
        const found = await resolve(owner, from.version, version, saves, error)
        if (found === 'still_expected') continue
        return found
      }
      if (typeof answer !== 'boolean') {
        throw new MfaError('store_misbehaved', '`store.save` must answer true or false.')
      }
      if (answer) return 'saved'
      // After a lost answer a false may mean that our own first save landed late.
      return tries === 0 ? 'conflict' : settled(await resolve(owner, from.version, version, saves, cause))
    }
    throw unknownOutcome(cause)
  }

  const encodeWithinLimit = (
    record: MfaRecord,
    owner: string,
    version: string,
    actingHash: string | undefined,
  ): string => {
    let fitting: MfaRecord | undefined = record
    while (fitting !== undefined) {
      const data = encodeRecord(fitting, { owner, version }, keys)
      // No character of UTF-16 takes more than three bytes of UTF-8.
      if (data.length * 3 <= maxRecordBytes || utf8Length(data) <= maxRecordBytes) return data
      fitting = shrink(fitting, actingHash)
    }
    throw new MfaError('store_misbehaved', 'The record is larger than 64 KiB and nothing in it may be pruned.')
  }

  /** Ours is there: committed. The expected version still stands: save again. Absent within 4 saves: decide again. */
  const resolve = async (
    owner: string,
    expected: string | null,
    version: string,
    saves: number,
    cause: unknown,
  ): Promise<'saved' | 'conflict' | 'still_expected'> => {
    const now = await load(owner).catch((error: unknown) => {
      throw unknownOutcome(cause ?? error)
    })
    if (now.version === version || now.record.recent.includes(version.slice(0, rememberedLength))) return 'saved'
    if (now.version === expected) return 'still_expected'
    if (now.record.saves - saves < rememberedVersions) return 'conflict'
    throw unknownOutcome(cause)
  }

  return { load, save, erase: (owner) => callStore(() => limited(store.erase(owner))) }
}

function settled(found: 'saved' | 'conflict' | 'still_expected'): 'saved' | 'conflict' {
  return found === 'saved' ? 'saved' : 'conflict'
}

async function callStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (isMfaError(error)) throw error
    throw new MfaError('store_failed', 'The store failed.', { cause: error })
  }
}

function requireStored(stored: unknown): StoredRecord {
  const { version, data } = (stored ?? {}) as Partial<StoredRecord>
  if (typeof version !== 'string' || typeof data !== 'string') {
    throw new MfaError('store_misbehaved', '`store.load` must answer null or { version, data }.')
  }
  return { version, data }
}

function unknownOutcome(cause: unknown): MfaError {
  return new MfaError('outcome_unknown', 'The store did not say whether it saved, and asking again did not tell.', {
    cause,
  })
}
