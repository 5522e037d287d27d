/** An authenticator app for tests: scans a key URI and shows codes. */

import type { Clock } from '@countersign/core'
import { generateTotp, type ParsedKeyUri, parseKeyUri } from '@countersign/core/totp'
import type { ManualClock } from './manual-clock.js'

/** Takes the place of a user's phone: holds the secret of one key URI and shows its codes (RFC 6238). */
export interface AuthenticatorApp {
  /** Takes the URI of a QR code. Throws when it is none. */
  scan(uri: string): void
  /** The code shown now. Throws before the first `scan`. */
  code(): string
  /**
   * Moves a manual clock on to a step whose code this app has not shown yet, and answers its code. Throws before the
   * first `scan`, and where the clock would have to move and is not a manual one.
   */
  freshCode(): string
}

/**
 * An app without a secret yet: `scan` gives it one.
 *
 * @param clock by which it shows codes; `freshCode` moves a manual one
 */
export function createAuthenticatorApp(clock: Clock | ManualClock): AuthenticatorApp {
  let key: Extract<ParsedKeyUri, { ok: true }> | undefined
  let lastStep = -1
  const scanned = (): Extract<ParsedKeyUri, { ok: true }> => {
    if (key === undefined) throw new Error('scan a key URI first')
    return key
  }
  const code = (): string => {
    const { secret, algorithm, digits, periodSeconds } = scanned()
    lastStep = Math.max(lastStep, Math.floor(clock.nowMs() / (periodSeconds * 1000)))
    return generateTotp(secret, clock.nowMs(), {
      algorithm,
      digits,
      periodSeconds,
      allowShortSecret: true,
      allowUncommonPeriod: true,
    })
  }
  return {
    scan(uri) {
      const parsed = parseKeyUri(uri)
      if (!parsed.ok) throw new Error(`not a key URI: ${parsed.why}`)
      key = parsed
      lastStep = -1
    },
    code,
    freshCode() {
      const periodMs = scanned().periodSeconds * 1000
      const step = Math.floor(clock.nowMs() / periodMs)
      if (step <= lastStep) {
        if (!('advance' in clock)) throw new Error('freshCode needs a manual clock')
        clock.set((lastStep + 1) * periodMs)
      }
      return code()
    },
  }
}
