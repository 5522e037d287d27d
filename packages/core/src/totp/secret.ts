/** TOTP secrets: random bytes, and their Base32 text (RFC 4648) as people type it. */

import { base32nopad } from '@scure/base'
import { invalidArgument } from '../errors.js'
import type { RandomSource } from '../ports/clock.js'

/** Makes a secret; 20 bytes unless asked otherwise (RFC 4226, section 4, R6: at least 16, 20 recommended). */
export function makeSecret(random: RandomSource, byteLength: number): Uint8Array {
  if (!Number.isInteger(byteLength) || byteLength < 16 || byteLength > 128) {
    throw invalidArgument('byteLength', 'a whole number from 16 to 128')
  }
  return random(byteLength)
}

/** Base32 in upper case without padding. */
export function encodeSecret(secret: Uint8Array): string {
  if (!(secret instanceof Uint8Array)) throw invalidArgument('secret', 'a Uint8Array')
  return base32nopad.encode(secret)
}

const maxTextLength = 512

/**
 * Reads Base32, forgiving ASCII spaces, hyphens, lower case and padding; strict about everything else. Throws
 * `invalid_argument` without quoting what was typed.
 */
export function decodeSecret(text: string): Uint8Array {
  const expected = 'Base32 text'
  // Tested before upper-casing, which folds the dotless i and the long s into ASCII.
  if (typeof text !== 'string' || text.length > maxTextLength || !/^[A-Za-z2-7 -]+(?:=[ =]*)?$/.test(text)) {
    throw invalidArgument('secret', expected)
  }
  const compact = text.replace(/[ -]/g, '')
  const unpadded = compact.replace(/=+$/, '')
  const isPaddedRight = unpadded.length === compact.length || compact.length % 8 === 0
  try {
    if (unpadded.length > 0 && isPaddedRight && compact.length - unpadded.length < 7)
      return base32nopad.decode(unpadded.toUpperCase())
  } catch {
    // The codec's own message would quote a character of the secret.
  }
  throw invalidArgument('secret', expected)
}
