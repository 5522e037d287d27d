/** A record as stored text, and back: JSON behind a tag that binds it to its owner, version and key (X39). */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { MfaError } from '../errors.js'
import { frame } from '../keys/frame.js'
import type { KeyRing } from '../keys/key-ring.js'
import { equalInConstantTime, toBase64Url } from '../keys/text.js'
import { type MfaRecord, schemaVersion } from './record.js'
import { checkRecord } from './schema.js'

const tagBytes = 16
const tagLength = 22
// The tag has a fixed length, so that what it covers starts at a fixed place.
const head = /^\{"tag":"([A-Za-z0-9_-]{22})",(?="key":"([A-Za-z0-9._-]{1,32})","v":(\d{1,9}),)/
const coveredFrom = '{"tag":"",'.length + tagLength

/** Where a stored text belongs. */
export interface RecordPlace {
  readonly owner: string
  readonly version: string
}

/** The text to store under this version, with a tag under the ring's current key. */
export function encodeRecord(record: MfaRecord, place: RecordPlace, keys: KeyRing): string {
  const { v, saves, recent, seenAtMs, throttles, sends, sessions, challenges, pending, factors, recovery, ...rest } =
    record
  const ordered = {
    key: keys.currentId,
    v,
    saves,
    recent,
    seenAtMs,
    throttles,
    sends,
    sessions,
    challenges,
    pending,
    ...rest,
    factors,
    recovery,
  }
  const covered = JSON.stringify(ordered).slice(1)
  return `{"tag":"${tagOf(covered, place, keys, keys.currentId)}",${covered}`
}

/**
 * Reads a stored text. Throws `undecodable_record` for a text that this library did not write for this owner and
 * version under a key of the ring, and `unsupported_schema` for one written by a newer release.
 */
export function decodeRecord(data: string, place: RecordPlace, keys: KeyRing): MfaRecord {
  const [, tag, keyId, version] = head.exec(data) ?? []
  if (tag === undefined || keyId === undefined) throw undecodable('it does not begin with a tag')
  const expected = tagOf(data.slice(coveredFrom), place, keys, keyId)
  if (expected === undefined) throw undecodable('its key is not in the ring')
  if (!equalInConstantTime(expected, tag)) throw undecodable('its tag does not match')
  if (Number(version) !== schemaVersion) {
    throw new MfaError('unsupported_schema', `The record has schema ${version}; this release reads ${schemaVersion}.`)
  }
  return parse(data)
}

/** The id of the key that a stored text's tag was made under. */
export function tagKeyOf(data: string): string | undefined {
  return head.exec(data)?.[2]
}

function parse(data: string): MfaRecord {
  try {
    const { tag: _tag, key: _key, ...record } = JSON.parse(data) as MfaRecord & { tag: string; key: string }
    checkRecord(record)
    return record
  } catch {
    throw undecodable('its content has an unexpected shape')
  }
}

function tagOf(covered: string, place: RecordPlace, keys: KeyRing, keyId: string): string | undefined {
  const subkey = keys.subkey(keyId, 'record')
  if (subkey === undefined) return undefined
  const tag = hmac(sha256, subkey, frame('mfa/record/v1', place.owner, place.version, covered))
  return toBase64Url(tag.subarray(0, tagBytes))
}

function undecodable(why: string): MfaError {
  return new MfaError('undecodable_record', `The stored record cannot be read: ${why}.`)
}
