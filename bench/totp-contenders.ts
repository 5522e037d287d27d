/** One job for all: is this typed code right for this secret at this time, one step early or late allowed? */

import { createHmac } from 'node:crypto'
import { type TotpAlgorithm, verifyTotp } from '@countersign/core/totp'
import * as OTPAuth from 'otpauth'
import { verifySync } from 'otplib'
import speakeasy from 'speakeasy'

/** Starts from the stored bytes, as a server with many users does, and answers whether the code is right. */
export type Verify = (secret: Uint8Array, code: string, timeMs: number) => boolean

/** Each library in the form that its own documentation shows; `otpauth, static` is its fastest form. */
export function contendersFor(algorithm: TotpAlgorithm): Readonly<Record<string, Verify>> {
  return {
    countersign: (secret, code, timeMs) => verifyTotp(secret, code, { timeMs, algorithm }).ok,
    createHmac: byHand(algorithm),
    otpauth: byOtpauth(algorithm),
    'otpauth, static': byOtpauthStatic(algorithm),
    otplib: byOtplib(algorithm),
    speakeasy: bySpeakeasy(algorithm),
  }
}

/** What a careful developer writes over `node:crypto`, with the same forgiveness and the same integer compare. */
function byHand(algorithm: TotpAlgorithm): Verify {
  const hash = nameOf(algorithm).toLowerCase()
  return (secret, code, timeMs) => {
    const typed = code.replace(/[ -]/g, '')
    if (!/^[0-9]{6}$/.test(typed)) return false
    const expected = Number(typed)
    const current = Math.floor(timeMs / 30_000)
    const counter = Buffer.alloc(8)
    for (const delta of [0, -1, 1]) {
      counter.writeUInt32BE(Math.floor((current + delta) / 2 ** 32), 0)
      counter.writeUInt32BE((current + delta) >>> 0, 4)
      const digest = createHmac(hash, secret).update(counter).digest()
      const offset = (digest[digest.length - 1] as number) & 0x0f
      if ((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000 === expected) return true
    }
    return false
  }
}

function byOtpauth(algorithm: TotpAlgorithm): Verify {
  const settings = { algorithm: nameOf(algorithm), digits: 6, period: 30 }
  return (secret, token, timestamp) => {
    const totp = new OTPAuth.TOTP({ ...settings, secret: new OTPAuth.Secret({ buffer: secret.buffer as ArrayBuffer }) })
    return totp.validate({ token, timestamp, window: 1 }) !== null
  }
}

function byOtpauthStatic(algorithm: TotpAlgorithm): Verify {
  const name = nameOf(algorithm)
  return (bytes, token, timestamp) => {
    const secret = new OTPAuth.Secret({ buffer: bytes.buffer as ArrayBuffer })
    return (
      OTPAuth.TOTP.validate({ token, secret, algorithm: name, digits: 6, period: 30, timestamp, window: 1 }) !== null
    )
  }
}

function byOtplib(name: TotpAlgorithm): Verify {
  const algorithm = nameOf(name).toLowerCase() as 'sha1' | 'sha256' | 'sha512'
  return (secret, token, timeMs) =>
    verifySync({ secret, token, algorithm, digits: 6, period: 30, epoch: timeMs / 1000, epochTolerance: 30 }).valid
}

function bySpeakeasy(name: TotpAlgorithm): Verify {
  const algorithm = nameOf(name).toLowerCase() as 'sha1' | 'sha256' | 'sha512'
  return (secret, token, timeMs) =>
    speakeasy.totp.verify({
      secret: Buffer.from(secret).toString('hex'),
      encoding: 'hex',
      token,
      algorithm,
      digits: 6,
      step: 30,
      time: timeMs / 1000,
      window: 1,
    })
}

function nameOf(algorithm: TotpAlgorithm): string {
  return algorithm.replace('-', '')
}
