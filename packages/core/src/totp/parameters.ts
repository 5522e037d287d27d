/** What a HOTP or TOTP key may be: algorithm, digits, period and length of the secret, checked in one place. */

import { isBytes } from '@noble/hashes/utils.js'
import { invalidArgument } from '../errors.js'

/** The hash of the HMAC (RFC 6238, 1.2). */
export type TotpAlgorithm = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** Options of `generateHotp`. */
export interface HotpOptions {
  /** Default `SHA-1`. */
  readonly algorithm?: TotpAlgorithm
  /** 6 (default) to 8. */
  readonly digits?: number
  /** Allows a secret of 10 to 15 bytes, below RFC 4226's minimum (section 4, R6), for secrets made elsewhere. */
  readonly allowShortSecret?: boolean
}

/** Options of `generateTotp`. */
export interface TotpOptions extends HotpOptions {
  /** 15 to 60, default 30; 1 to 3600 with `allowUncommonPeriod`. */
  readonly periodSeconds?: number
  /** Allows a period that few apps know, for keys made elsewhere. */
  readonly allowUncommonPeriod?: boolean
}

export function isAlgorithm(value: unknown): value is TotpAlgorithm {
  return value === 'SHA-1' || value === 'SHA-256' || value === 'SHA-512'
}

export function isDigits(value: unknown): value is number {
  return value === 6 || value === 7 || value === 8
}

/** RFC 4226, section 4, R6: at least 128 bits. */
export function isSecret(value: unknown, allowShortSecret: boolean): value is Uint8Array {
  return isBytes(value) && value.length >= (allowShortSecret ? 10 : 16) && value.length <= 128
}

export function isPeriod(value: unknown, allowUncommonPeriod: boolean): value is number {
  if (!Number.isInteger(value)) return false
  const seconds = value as number
  return allowUncommonPeriod ? seconds >= 1 && seconds <= 3600 : seconds >= 15 && seconds <= 60
}

/** Throws `invalid_argument` without quoting the secret. */
export function requireKey(secret: unknown, algorithm: unknown, digits: unknown, allowShortSecret: boolean): void {
  if (!isSecret(secret, allowShortSecret)) {
    throw invalidArgument('secret', `a Uint8Array of ${allowShortSecret ? 10 : 16} to 128 bytes`)
  }
  if (!isAlgorithm(algorithm)) throw invalidArgument('algorithm', "'SHA-1', 'SHA-256' or 'SHA-512'")
  if (!isDigits(digits)) throw invalidArgument('digits', '6, 7 or 8')
}

/** Throws `invalid_argument`. */
export function requirePeriod(periodSeconds: unknown, allowUncommonPeriod: boolean): void {
  if (isPeriod(periodSeconds, allowUncommonPeriod)) return
  throw invalidArgument('periodSeconds', `a whole number from ${allowUncommonPeriod ? '1 to 3600' : '15 to 60'}`)
}
