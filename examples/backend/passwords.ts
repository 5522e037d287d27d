/** Passwords, kept as scrypt hashes (RFC 7914) that name their own cost. */

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

export interface PasswordCost {
  /** Base-2 logarithm of scrypt's N. */
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** 32 MiB and three rounds: one of the OWASP Password Storage Cheat Sheet's equals. */
export const defaultPasswordCost: PasswordCost = { logN: 15, r: 8, p: 3 }

const keyBytes = 32

export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/**
 * True when the password is the one behind the hash. Without a hash (no such account, or one without a password) the
 * same work is done for nothing, so that the time of the answer tells nobody which addresses have an account.
 */
export async function verifyPassword(password: string, hash: string | null, cost: PasswordCost): Promise<boolean> {
  if (hash === null) {
    await derive(password, randomBytes(16), cost)
    return false
  }
  const [, logN, r, p, salt = '', key = ''] = hash.split('$')
  const expected = Buffer.from(key, 'base64url')
  const actual = await derive(password, Buffer.from(salt, 'base64url'), {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
  })
  return expected.length === keyBytes && timingSafeEqual(actual, expected)
}

function derive(password: string, salt: Buffer, { logN, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** logN
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    // One form for one password, whatever keyboard typed it (NIST SP 800-63B-4, 3.1.1.2).
    scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
