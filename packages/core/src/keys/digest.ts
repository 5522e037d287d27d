/** Keyed digests, what a record holds instead of codes: HMAC-SHA-256 over framed fields, cut to 128 bits (SP 800-107, 5.3.3). */

import { sha256 } from '@noble/hashes/sha2.js'
import { type Field, lengthBytes, withFrame } from './frame.js'
import type { KeyPurpose, KeyRing } from './key-ring.js'
import { equalInConstantTime, toBase64Url } from './text.js'

const digestBytes = 16

/** A digest and the id of the key it was made under. */
export interface KeyedDigest {
  readonly key: string
  readonly digest: string
}

/** Digests `fields` under the ring's current key. */
export function digestUnderCurrentKey(keys: KeyRing, purpose: KeyPurpose, fields: readonly Field[]): KeyedDigest {
  return { key: keys.currentId, digest: digestUnder(keys, keys.currentId, purpose, fields) as string }
}

/** Digests `fields` under the key of this id; `undefined` when the ring no longer holds it. */
export function digestUnder(
  keys: KeyRing,
  keyId: string,
  purpose: KeyPurpose,
  fields: readonly Field[],
): string | undefined {
  const mac = keys.mac(keyId, purpose, ...fields)
  return mac && toBase64Url(mac.subarray(0, digestBytes))
}

/** True when `fields` have this digest. A key that is gone makes every answer false. */
export function matchesDigest(
  keys: KeyRing,
  expected: KeyedDigest,
  purpose: KeyPurpose,
  fields: readonly Field[],
): boolean {
  const actual = digestUnder(keys, expected.key, purpose, fields)
  return actual !== undefined && equalInConstantTime(actual, expected.digest)
}

const blank = /* @__PURE__ */ sha256.create()
const work = /* @__PURE__ */ sha256.create()

/** The head of a SHA-256, by which a record knows a host's session; the id itself is never kept. */
export function hashSessionId(sessionId: string): string {
  const hash = withFrame([sessionId], (framed) => blank._cloneInto(work).update(framed.subarray(lengthBytes)).digest())
  return toBase64Url(hash.subarray(0, digestBytes))
}
