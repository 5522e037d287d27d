/** Recovery codes: 24 Crockford base32 characters, 120 bits, kept as digests only (NIST 63B-4 3.1.2.2, ASVS 6.5.2). */

import { withoutSeparators } from '../challenge/typed-code.js'
import type { Context } from '../decision.js'
import { digestUnder, digestUnderCurrentKey } from '../keys/digest.js'
import { takeRef } from '../keys/entropy.js'
import { equalInConstantTime } from '../keys/text.js'
import type { RecoveryCode, RecoverySet } from '../record/record.js'

// Crockford base32: no I, L, O, U, so that nothing looks like a digit or spells a word.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeBytes = 15
const codeLength = 24

/** The 24 characters, or `undefined`. Case, spaces and hyphens are forgiven; O reads as 0, I and L as 1. */
export function parseRecoveryCode(text: string): string | undefined {
  const compact = withoutSeparators(text)
  // Tested before upper-casing, which folds letters from outside ASCII into it (X32).
  if (compact === undefined || !/^[0-9A-Za-z]{24}$/.test(compact)) return undefined
  const code = compact.toUpperCase().replaceAll('O', '0').replaceAll('I', '1').replaceAll('L', '1')
  return code.includes('U') ? undefined : code
}

/** A new set and its codes in the form to show once: six groups of four. */
export function makeRecoverySet(createdBy: string, ctx: Context): { set: RecoverySet; codes: readonly string[] } {
  const batch = takeRef(ctx.entropy)
  const codes = Array.from({ length: ctx.policy.recoveryCodeCount }, () => encodeCode(ctx.entropy.take(codeBytes)))
  const set: RecoverySet = {
    batch,
    key: ctx.keys.currentId,
    createdAtMs: ctx.nowMs,
    createdBy,
    codes: codes.map((code) => ({
      digest: digestUnderCurrentKey(ctx.keys, 'recovery', fields(ctx, batch, code)).digest,
    })),
  }
  return { set, codes: codes.map(groupInFours) }
}

/** One more code for the set, as unused, under the set's own key; `undefined` when that key is gone. */
export function makeReplacement(set: RecoverySet, ctx: Context): { entry: RecoveryCode; code: string } | undefined {
  const code = encodeCode(ctx.entropy.take(codeBytes))
  const digest = digestUnder(ctx.keys, set.key, 'recovery', fields(ctx, set.batch, code))
  return digest === undefined ? undefined : { entry: { digest }, code: groupInFours(code) }
}

/**
 * The index of this code in the set, used or not, or -1. One HMAC whatever the answer, also without a set, and
 * every digest is compared (X13, X35).
 */
export function findRecoveryCode(set: RecoverySet | undefined, code: string, ctx: Context): number {
  const key = set?.key ?? ctx.keys.currentId
  const digest = digestUnder(ctx.keys, key, 'recovery', fields(ctx, set?.batch ?? '', code))
  let found = -1
  for (const [index, entry] of (set?.codes ?? []).entries()) {
    if (digest !== undefined && equalInConstantTime(digest, entry.digest)) found = index
  }
  return found
}

function fields(ctx: Context, batch: string, code: string): readonly string[] {
  return ['mfa/recovery/v1', ctx.owner, batch, code]
}

function encodeCode(bytes: Uint8Array): string {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  let code = ''
  for (let position = codeLength - 1; position >= 0; position--) {
    code += alphabet[Number((value >> BigInt(5 * position)) & 31n)]
  }
  return code
}

function groupInFours(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-')
}
