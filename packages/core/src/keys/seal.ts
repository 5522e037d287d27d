/** Sealing of secrets that must be readable again (TOTP seeds): AES-256-GCM (NIST SP 800-38D). */

import { gcm } from '@noble/ciphers/aes.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { frame } from './frame.js'
import type { KeyRing } from './key-ring.js'
import { fromBase64Url, toBase64Url } from './text.js'

/** A sealed secret: the key's id and base64url of nonce, ciphertext and tag. */
export interface Sealed {
  readonly key: string
  readonly box: string
}

/** What a sealed value belongs to; opening it anywhere else fails (X39). */
export interface SealedPlace {
  readonly owner: string
  readonly factorId: string
  readonly field: string
}

const nonceLength = 12

/**
 * Seals under the ring's current key.
 *
 * The nonce mixes fresh randomness with what is sealed: a decision that is made again with the same drawn
 * randomness after a conflict can then never put two different plaintexts under one nonce.
 */
export function seal(keys: KeyRing, place: SealedPlace, plaintext: Uint8Array, randomness: Uint8Array): Sealed {
  const subkey = keys.subkey(keys.currentId, 'seal') as Uint8Array
  const associatedData = associate(place)
  const mac = keys.mac(keys.currentId, 'seal', 'nonce', randomness, associatedData, plaintext) as Uint8Array
  const nonce = mac.subarray(0, nonceLength)
  const box = concatBytes(nonce, gcm(subkey, nonce, associatedData).encrypt(plaintext))
  return { key: keys.currentId, box: toBase64Url(box) }
}

/** Opens a sealed secret, or answers `undefined` when its key is gone or it was tampered with or moved. */
export function open(keys: KeyRing, place: SealedPlace, sealed: Sealed): Uint8Array | undefined {
  const subkey = keys.subkey(sealed.key, 'seal')
  if (subkey === undefined) return undefined
  try {
    const box = fromBase64Url(sealed.box)
    return gcm(subkey, box.subarray(0, nonceLength), associate(place)).decrypt(box.subarray(nonceLength))
  } catch {
    return undefined
  }
}

function associate(place: SealedPlace): Uint8Array {
  return frame('countersign/seal/v1', place.owner, place.factorId, place.field)
}
