/** TOTP secrets: random bytes, and their Base32 text (RFC 4648, section 6) as people type it. */

import { isBytes } from '@noble/hashes/utils.js'
import { base32, base32nopad } from '@scure/base'
import { invalidArgument } from '../errors.js'
import { drawEntropy } from '../keys/entropy.js'
import type { RandomSource } from '../ports/clock.js'

const maxSecretBytes = 128

/** Makes a secret of 16 to 128 bytes (RFC 4226, section 4, R6: at least 16, 20 recommended). */
export function makeSecret(random: RandomSource, byteLength: number): Uint8Array {
  if (!Number.isInteger(byteLength) || byteLength < 16 || byteLength > maxSecretBytes) {
    throw invalidArgument('byteLength', `a whole number from 16 to ${maxSecretBytes}`)
  }
  return drawEntropy(random, byteLength)
}

/** Base32 in upper case without padding. Throws `invalid_argument` for anything but 1 to 128 bytes. */
export function encodeSecret(secret: Uint8Array): string {
  if (!isBytes(secret) || secret.length === 0 || secret.length > maxSecretBytes) {
    throw invalidArgument('secret', `a Uint8Array of 1 to ${maxSecretBytes} bytes`)
  }
  return base32nopad.encode(secret)
}

const maxTextLength = 512
const typedBase32 = /^[A-Za-z2-7 -]+[= ]*$/

/**
 * Reads Base32 of 1 to 128 bytes, padded in full or not at all, forgiving ASCII spaces, hyphens and lower case. Throws
 * `invalid_argument` without quoting what was typed.
 */
export function decodeSecret(text: string): Uint8Array {
  // Tested before upper-casing, which would fold the dotless i and the long s into ASCII.
  const isTyped = typeof text === 'string' && text.length <= maxTextLength && typedBase32.test(text)
  const secret = isTyped ? decodeBase32(text.replace(/[ -]/g, '').toUpperCase()) : undefined
  if (secret === undefined || secret.length === 0 || secret.length > maxSecretBytes) {
    throw invalidArgument('secret', `Base32 text of 1 to ${maxSecretBytes} bytes`)
  }
  return secret
}

/** The codec's own errors quote characters of the secret, so none gets out. */
function decodeBase32(text: string): Uint8Array | undefined {
  try {
    return text.endsWith('=') ? base32.decode(text) : base32nopad.decode(text)
  } catch {
    return undefined
  }
}
