/** A record as stored text, and back: JSON behind a tag that binds it to its owner, version and key (X39). */

import { MfaError } from '../errors.js'
import type { KeyRing } from '../keys/key-ring.js'
import { equalInConstantTime, toBase64Url } from '../keys/text.js'
import type { MfaRecord } from './record.js'
import { recordRow } from './schema.js'

/** The schema number this code writes. A newer one is an error, never rewritten. */
const schemaVersion = 1
const tagBytes = 16
// The tag has a fixed length, so that what it covers starts at a fixed place.
const head = /^\["([A-Za-z0-9_-]{22})",(?="([A-Za-z0-9._-]{1,32})",(\d{1,9})[,\]])/
const coveredFrom = '["",'.length + 22
const loneSurrogate = /\p{Surrogate}/u
/** Part of the format, never changed: 1 January 2026. */
const timesSinceMs = 1_767_225_600_000
/** Tag, key and schema number. */
const partsBeforeRow = 3

/** Where a stored text belongs. */
export interface RecordPlace {
  readonly owner: string
  readonly version: string
}

/**
 * The text to store under this version, with a tag under the ring's current key. Throws `undecodable_record` for what
 * could not be read again: one failed call instead of a user who is locked out.
 */
export function encodeRecord(record: MfaRecord, place: RecordPlace, keys: KeyRing): string {
  const parts: unknown[] = [keys.currentId, schemaVersion]
  try {
    recordRow.writeTo(parts, record, timesSinceMs)
  } catch {
    throw new MfaError('undecodable_record', 'Nothing was saved: what was to be stored could not be read again.')
  }
  return tagParts(parts, place, keys)
}

/** The text whose parts these are after the tag: the id of the key, the schema's number, and the record's row. */
export function tagParts(parts: readonly unknown[], place: RecordPlace, keys: KeyRing): string {
  const covered = JSON.stringify(parts).slice(1)
  return `["${tagOf(covered, place, keys, keys.currentId)}",${covered}`
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
  // The tag is over UTF-8, in which a lone surrogate is the replacement character.
  if (loneSurrogate.test(data)) throw undecodable('it is not well-formed text')
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
    const record: Record<string, unknown> = {}
    recordRow.readFrom(JSON.parse(data) as unknown[], partsBeforeRow, record, timesSinceMs)
    return record as Partial<MfaRecord> as MfaRecord
  } catch {
    throw undecodable('its content has an unexpected shape')
  }
}

function tagOf(covered: string, place: RecordPlace, keys: KeyRing, keyId: string): string | undefined {
  const tag = keys.mac(keyId, 'record', 'mfa/record/v1', place.owner, place.version, covered)
  return tag && toBase64Url(tag.subarray(0, tagBytes))
}

function undecodable(why: string): MfaError {
  return new MfaError('undecodable_record', `The stored record cannot be read: ${why}.`)
}
