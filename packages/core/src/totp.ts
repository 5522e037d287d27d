/** `@countersign/core/totp`: RFC 4226 and RFC 6238 as functions without state. */

import type { RandomSource } from './ports/clock.js'
import { systemRandom } from './shell/system.js'
import { makeSecret } from './totp/secret.js'

export { generateHotp, type HotpOptions, type TotpAlgorithm } from './totp/hotp.js'
export {
  formatKeyUri,
  type KeyUriFault,
  type KeyUriFields,
  type KeyUriOptions,
  type ParsedKeyUri,
  parseKeyUri,
} from './totp/key-uri.js'
export { decodeSecret, encodeSecret } from './totp/secret.js'
export {
  generateTotp,
  type StepWindow,
  type TotpOptions,
  type TotpVerdict,
  type VerifyTotpOptions,
  verifyTotp,
} from './totp/totp.js'

/** Options of `generateSecret`. */
export interface SecretOptions {
  /** 16 to 128; default 20, the length RFC 4226 recommends. */
  readonly byteLength?: number
  /** Default: the system's cryptographically secure source. */
  readonly random?: RandomSource
}

/** A new secret as bytes. Throws `invalid_argument` for a length outside 16 to 128. */
export function generateSecret(options: SecretOptions = {}): Uint8Array {
  const { byteLength = 20, random = systemRandom } = options
  return makeSecret(random, byteLength)
}
