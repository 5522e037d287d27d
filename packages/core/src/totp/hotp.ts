/** HOTP values (RFC 4226). */

import { invalidArgument } from '../errors.js'
import { type HotpOptions, requireKey, type TotpAlgorithm } from './parameters.js'
import { digestWith, type HmacPool, keyPool, wipe } from './pooled-hmac.js'

export type { HotpOptions, TotpAlgorithm } from './parameters.js'

const counterBytes = new Uint8Array(8)
const counterView = new DataView(counterBytes.buffer)

/**
 * The HOTP value of a counter as a string of exactly `digits` digits.
 *
 * Throws `invalid_argument` for a secret outside 16 to 128 bytes, a counter outside 0 to 2^53-1, or a bad option.
 */
export function generateHotp(secret: Uint8Array, counter: number, options: HotpOptions = {}): string {
  const { algorithm = 'SHA-1', digits = 6, allowShortSecret = false } = options
  requireKey(secret, algorithm, digits, allowShortSecret)
  if (!Number.isSafeInteger(counter) || counter < 0) throw invalidArgument('counter', 'a whole number from 0 to 2^53-1')
  return hotpCode(secret, counter, algorithm, digits)
}

/** The code of a counter; its arguments are already checked. */
export function hotpCode(secret: Uint8Array, counter: number, algorithm: TotpAlgorithm, digits: number): string {
  const pool = keyPool(algorithm, secret)
  const value = hotpValue(pool, counter, digits)
  wipe(pool)
  return value.toString().padStart(digits, '0')
}

/** The HOTP value as a number, under a keyed pool (RFC 4226, 5.3 and 5.4). */
export function hotpValue(pool: HmacPool, counter: number, digits: number): number {
  // The counter is split by division: bit shifts would lose everything above 2^31.
  counterView.setUint32(0, Math.floor(counter / 2 ** 32))
  counterView.setUint32(4, counter >>> 0)
  const digest = digestWith(pool, counterBytes)
  const offset = (digest[digest.length - 1] as number) & 0x0f
  const truncated = uint32At(digest, offset) & 0x7fffffff
  digest.fill(0)
  return truncated % (digits === 6 ? 1e6 : digits === 7 ? 1e7 : 1e8)
}

// Written out: a loop would cost as much as a `DataView`.
function uint32At(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
  return (high << 16) | low
}
