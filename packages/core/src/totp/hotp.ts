/** HOTP values (RFC 4226). */

import { invalidArgument } from '../errors.js'
import { digestWith, type HmacPool, keyPool, type TotpAlgorithm, wipe } from './pooled-hmac.js'

export type { TotpAlgorithm } from './pooled-hmac.js'

/** Options of `generateHotp`. */
export interface HotpOptions {
  /** Default `SHA-1`. */
  readonly algorithm?: TotpAlgorithm
  /** 6 (default) to 8. */
  readonly digits?: number
  /** Allows a secret of 10 to 15 bytes, below RFC 4226's minimum (section 4, R6), for secrets made elsewhere. */
  readonly allowShortSecret?: boolean
}

const counterBytes = new Uint8Array(8)

/**
 * The HOTP value of a counter as a string of exactly `digits` digits.
 *
 * Throws `invalid_argument` for a secret outside 16 to 128 bytes, a counter outside 0 to 2^53-1, or a bad option.
 */
export function generateHotp(secret: Uint8Array, counter: number, options: HotpOptions = {}): string {
  const { algorithm = 'SHA-1', digits = 6, allowShortSecret = false } = options
  requireParameters(secret, algorithm, digits, allowShortSecret)
  if (!Number.isSafeInteger(counter) || counter < 0) throw invalidArgument('counter', 'a whole number from 0 to 2^53-1')
  const pool = keyPool(algorithm, secret)
  const value = hotpValue(pool, counter, digits)
  wipe(pool)
  return value.toString().padStart(digits, '0')
}

/** The HOTP value as a number, under a keyed pool (RFC 4226, 5.3 and 5.4). */
export function hotpValue(pool: HmacPool, counter: number, digits: number): number {
  // The counter is split by division: bit shifts would lose everything above 2^31.
  writeUint32(counterBytes, 0, Math.floor(counter / 2 ** 32))
  writeUint32(counterBytes, 4, counter >>> 0)
  const digest = digestWith(pool, counterBytes)
  const offset = (digest[pool.outputLength - 1] as number) & 0x0f
  const truncated =
    (((digest[offset] as number) & 0x7f) << 24) |
    ((digest[offset + 1] as number) << 16) |
    ((digest[offset + 2] as number) << 8) |
    (digest[offset + 3] as number)
  return truncated % 10 ** digits
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}

/** Checks what a programmer passes; never quotes the secret. */
export function requireParameters(
  secret: Uint8Array,
  algorithm: TotpAlgorithm,
  digits: number,
  allowShortSecret: boolean,
): void {
  const least = allowShortSecret ? 10 : 16
  if (!(secret instanceof Uint8Array) || secret.length < least || secret.length > 128) {
    throw invalidArgument('secret', `a Uint8Array of ${least} to 128 bytes`)
  }
  if (algorithm !== 'SHA-1' && algorithm !== 'SHA-256' && algorithm !== 'SHA-512') {
    throw invalidArgument('algorithm', "'SHA-1', 'SHA-256' or 'SHA-512'")
  }
  if (digits !== 6 && digits !== 7 && digits !== 8) throw invalidArgument('digits', '6, 7 or 8')
}
