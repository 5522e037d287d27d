/** Keyed digests, what a record holds instead of codes: HMAC-SHA-256 over framed fields, cut to 128 bits (SP 800-107, 5.3.3). */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { frame } from './frame.js'
import type { KeyPurpose, KeyRing } from './key-ring.js'
import { equalInConstantTime, toBase64Url } from './text.js'

const digestBytes = 16

/** A digest and the id of the key it was made under. */
export interface KeyedDigest {
  readonly key: string
  readonly digest: string
}

/** Digests `fields` under the ring's current key. */
export function digestUnderCurrentKey(
  keys: KeyRing,
  purpose: KeyPurpose,
  fields: readonly (string | Uint8Array)[],
): KeyedDigest {
  return { key: keys.currentId, digest: digestUnder(keys, keys.currentId, purpose, fields) as string }
}

/** Digests `fields` under the key of this id; `undefined` when the ring no longer holds it. */
export function digestUnder(
  keys: KeyRing,
  keyId: string,
  purpose: KeyPurpose,
  fields: readonly (string | Uint8Array)[],
): string | undefined {
  const subkey = keys.subkey(keyId, purpose)
  return subkey && toBase64Url(hmac(sha256, subkey, frame(...fields)).subarray(0, digestBytes))
}

/** True when `fields` have this digest. A key that is gone makes every answer false. */
export function matchesDigest(
  keys: KeyRing,
  expected: KeyedDigest,
  purpose: KeyPurpose,
  fields: readonly (string | Uint8Array)[],
): boolean {
  const actual = digestUnder(keys, expected.key, purpose, fields)
  return actual !== undefined && equalInConstantTime(actual, expected.digest)
}

/** The head of a SHA-256, by which a record knows a host's session; the id itself is never kept. */
export function hashSessionId(sessionId: string): string {
  return toBase64Url(sha256(utf8ToBytes(sessionId)).subarray(0, digestBytes))
}
