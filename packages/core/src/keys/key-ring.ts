/** The key ring: the first key seals and signs, all keys open; one HKDF sub-key per purpose (RFC 5869). */

import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64, base64nopad, base64urlnopad } from '@scure/base'
import { invalidConfiguration } from '../errors.js'
import { type Field, withFrame } from './frame.js'

/** A key as the host gives it: base64 (or base64url) of 32 random bytes or more. */
export interface KeyOption {
  /** Up to 32 characters of `A-Z a-z 0-9 . _ -`; stored beside everything made under the key. */
  readonly id: string
  /** May be `undefined` in the type so that `process.env` fits; at run time that is `invalid_configuration`. */
  readonly secret: string | undefined
}

/** What a sub-key is for. */
export type KeyPurpose = 'record' | 'seal' | 'code' | 'recovery'

/** The keys of one `createMfa`. Opaque: no secret is reachable by `JSON.stringify` or inspection. */
export interface KeyRing {
  /** The id of the key that new things are made under. */
  readonly currentId: string
  /** The sub-key of this id and purpose, or `undefined` when the ring has no such id. */
  subkey(id: string, purpose: KeyPurpose): Uint8Array | undefined
  /** HMAC-SHA-256 of the framed fields under that sub-key (RFC 2104), or `undefined` when the ring has no such id. */
  mac(id: string, purpose: KeyPurpose, ...fields: readonly Field[]): Uint8Array | undefined
}

const keyIdPattern = /^[A-Za-z0-9._-]{1,32}$/

/** Builds the ring; throws `invalid_configuration` naming the option, never the value. */
export function createKeyRing(keys: readonly KeyOption[]): KeyRing {
  if (!Array.isArray(keys) || keys.length === 0) throw invalidConfiguration('keys', 'a list of at least one key')
  const secrets = new Map<string, Uint8Array>()
  for (const [index, key] of keys.entries()) {
    if (typeof key?.id !== 'string' || !keyIdPattern.test(key.id)) {
      throw invalidConfiguration(`keys[${index}].id`, '1 to 32 characters of A-Z a-z 0-9 . _ -')
    }
    if (secrets.has(key.id)) throw invalidConfiguration(`keys[${index}].id`, 'different from the other ids')
    const secret = decodeSecret(key.secret, index)
    for (const other of secrets.values()) {
      if (sameBytes(other, secret))
        throw invalidConfiguration(`keys[${index}].secret`, 'different from the other secrets')
    }
    secrets.set(key.id, secret)
  }
  const derived = new Map<string, DerivedKey>()
  const derive = (id: string, purpose: KeyPurpose): DerivedKey | undefined => {
    const secret = secrets.get(id)
    if (secret === undefined) return undefined
    const name = `${purpose}/${id}`
    const known = derived.get(name)
    if (known !== undefined) return known
    const subkey = hkdf(sha256, secret, undefined, utf8ToBytes(`countersign/${purpose}/v1`), 32)
    const key = { subkey, keyed: hmac.create(sha256, subkey), work: hmac.create(sha256, subkey) }
    derived.set(name, key)
    return key
  }
  return {
    currentId: (keys[0] as KeyOption).id,
    subkey: (id, purpose) => derive(id, purpose)?.subkey,
    mac(id, purpose, ...fields) {
      const key = derive(id, purpose)
      if (key === undefined) return undefined
      return withFrame(fields, (framed) => key.keyed._cloneInto(key.work).update(framed).digest())
    },
  }
}

/** A sub-key, an HMAC that has read it, and the object that each HMAC goes on in: making one costs as much as hashing. */
interface DerivedKey {
  readonly subkey: Uint8Array
  readonly keyed: ReturnType<typeof hmac.create>
  readonly work: ReturnType<typeof hmac.create>
}

function decodeSecret(text: unknown, index: number): Uint8Array {
  const expected = 'base64 of 32 random bytes or more'
  if (typeof text !== 'string') throw invalidConfiguration(`keys[${index}].secret`, expected)
  const trimmed = text.trim()
  const codec = /[-_]/.test(trimmed) ? base64urlnopad : trimmed.endsWith('=') ? base64 : base64nopad
  let bytes: Uint8Array
  try {
    bytes = codec.decode(trimmed)
  } catch {
    throw invalidConfiguration(`keys[${index}].secret`, expected)
  }
  if (bytes.length < 32) throw invalidConfiguration(`keys[${index}].secret`, expected)
  if (new Set(bytes).size < 8)
    throw invalidConfiguration(`keys[${index}].secret`, `${expected}; this one is not random`)
  return bytes
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
