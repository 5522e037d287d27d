import { generateHotp, generateSecret, generateTotp, verifyTotp } from '@countersign/core/totp'
import fc from 'fast-check'
import * as OTPAuth from 'otpauth'
import { describe, expect, it } from 'vitest'
import { digestWith, keyPool, wipe } from '../../packages/core/src/totp/pooled-hmac.js'
import { findMatchingStep } from '../../packages/core/src/totp/totp.js'
import { counterBytes, hotpVectors, seedLength, seedOf, totpVectors } from './vectors.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const algorithms = ['SHA-1', 'SHA-256', 'SHA-512'] as const

describe('the RFCs’ own vectors', () => {
  it.each(hotpVectors)('RFC 4226, Appendix D: counter %i', (counter, digest, code) => {
    const pool = keyPool('SHA-1', seedOf(20))
    expect(hex(digestWith(pool, counterBytes(counter)))).toBe(digest)
    wipe(pool)
    expect(generateHotp(seedOf(20), counter)).toBe(code)
  })

  it.each(totpVectors)('RFC 6238, Appendix B: %i s, %s', (seconds, algorithm, code) => {
    const secret = seedOf(seedLength[algorithm])
    expect(generateTotp(secret, seconds * 1000, { algorithm, digits: 8 })).toBe(code)
    expect(verifyTotp(secret, code, { timeMs: seconds * 1000, algorithm, digits: 8, window: 0 })).toEqual({
      ok: true,
      step: Math.floor(seconds / 30),
      delta: 0,
    })
  })

  it('a value below 10^5 is padded on the left: counter 10281 of the RFC’s secret is 092555', () => {
    expect(generateHotp(seedOf(20), 10281)).toBe('092555')
  })
})

describe('generate and verify', () => {
  const anySecret = fc.uint8Array({ minLength: 16, maxLength: 64 })
  const anyTime = fc.integer({ min: 0, max: 4_102_444_800_000 })

  it('agree with an independent library', () => {
    fc.assert(
      fc.property(
        anySecret,
        anyTime,
        fc.constantFrom(...algorithms),
        fc.constantFrom(6, 7, 8),
        fc.integer({ min: 15, max: 60 }),
        (secret, timeMs, algorithm, digits, periodSeconds) => {
          const other = new OTPAuth.TOTP({
            secret: new OTPAuth.Secret({ buffer: secret.slice().buffer }),
            algorithm: algorithm.replace('-', ''),
            digits,
            period: periodSeconds,
          })
          const code = generateTotp(secret, timeMs, { algorithm, digits, periodSeconds })
          expect(code).toBe(other.generate({ timestamp: timeMs }))
          expect(verifyTotp(secret, code, { timeMs, algorithm, digits, periodSeconds })).toMatchObject({ ok: true })
        },
      ),
    )
  })

  it('a code of a step is accepted exactly when the step is in the window and after the last accepted one', () => {
    fc.assert(
      fc.property(
        anySecret,
        fc.integer({ min: 5, max: 10 ** 8 }),
        fc.integer({ min: -4, max: 4 }),
        fc.constantFrom(0, 1, 2),
        fc.constantFrom(0, 1, 2),
        fc.integer({ min: -4, max: 4 }),
        (secret, step, delta, past, future, after) => {
          const code = generateTotp(secret, (step + delta) * 30_000)
          // Two steps of one window may share a code; then either is a right answer.
          const codes = [-2, -1, 0, 1, 2]
            .filter((d) => step + d >= 0)
            .map((d) => generateTotp(secret, (step + d) * 30_000))
          fc.pre(new Set(codes).size === codes.length && (Math.abs(delta) <= 2 || !codes.includes(code)))
          const verdict = verifyTotp(secret, code, {
            timeMs: step * 30_000 + 29_999,
            window: { past, future },
            afterStep: step + after,
          })
          const expected = delta >= -past && delta <= future && delta > after
          expect(verdict).toEqual(expected ? { ok: true, step: step + delta, delta } : { ok: false })
        },
      ),
    )
  })

  it('findMatchingStep finds the same steps, whether used before or not', () => {
    fc.assert(
      fc.property(
        anySecret,
        fc.integer({ min: 2, max: 10 ** 8 }),
        fc.integer({ min: -3, max: 3 }),
        (secret, step, delta) => {
          const code = generateTotp(secret, Math.max(step + delta, 0) * 30_000)
          const search = {
            timeMs: step * 30_000,
            window: { past: 1, future: 1 },
            algorithm: 'SHA-1',
            digits: 6,
            periodSeconds: 30,
          } as const
          const verdict = verifyTotp(secret, code, { timeMs: step * 30_000, window: 1 })
          expect(findMatchingStep(secret, code, search) === undefined).toBe(!verdict.ok)
        },
      ),
    )
  })

  it('steps before the epoch never match', () => {
    expect(verifyTotp(seedOf(20), generateTotp(seedOf(20), 0), { timeMs: 0, window: 2 })).toEqual({
      ok: true,
      step: 0,
      delta: 0,
    })
    expect(verifyTotp(seedOf(20), '755224', { timeMs: 0, window: 2, afterStep: 0 })).toEqual({ ok: false })
    const search = {
      timeMs: 0,
      window: { past: 1, future: 0 },
      algorithm: 'SHA-1',
      digits: 6,
      periodSeconds: 30,
    } as const
    expect(findMatchingStep(seedOf(20), '755224', search)).toBe(0)
  })

  it('no text that a user types makes verify throw, and nothing but ASCII digits of the right number is ever right', () => {
    const timeMs = 59_000
    const right = generateTotp(seedOf(20), timeMs)
    for (const code of [
      right,
      `${right.slice(0, 3)} ${right.slice(3)}`,
      ` ${right} `,
      `${right.slice(0, 3)}-${right.slice(3)}`,
    ]) {
      expect(verifyTotp(seedOf(20), code, { timeMs }).ok).toBe(true)
    }
    const fullwidth = [...right].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')
    for (const code of [
      `${right}x`,
      `+${right}`,
      `${right}.0`,
      right.slice(1),
      `0${right}`,
      fullwidth,
      `${right}\u200b`,
      `\u0660${right.slice(1)}`,
      '',
      ' '.repeat(70),
      '1'.repeat(1_000_000),
    ]) {
      expect(verifyTotp(seedOf(20), code, { timeMs })).toEqual({ ok: false })
    }
    for (const code of [undefined, null, 287082, ['287082'], { length: 6 }, Number.NaN]) {
      expect(verifyTotp(seedOf(20), code as string, { timeMs })).toEqual({ ok: false })
    }
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        (code) => typeof verifyTotp(seedOf(20), code, { timeMs }).ok === 'boolean',
      ),
    )
  })

  it.each([
    ['secret', () => generateHotp(new Uint8Array(15), 0)],
    ['secret', () => generateHotp(new Uint8Array(129), 0)],
    ['secret', () => generateHotp('secret' as never, 0)],
    ['secret', () => generateHotp(new Uint8Array(9), 0, { allowShortSecret: true })],
    ['counter', () => generateHotp(seedOf(20), -1)],
    ['counter', () => generateHotp(seedOf(20), 2 ** 53)],
    ['counter', () => generateHotp(seedOf(20), 1.5)],
    ['digits', () => generateHotp(seedOf(20), 0, { digits: 5 })],
    ['digits', () => generateHotp(seedOf(20), 0, { digits: 99999999 })],
    ['algorithm', () => generateHotp(seedOf(20), 0, { algorithm: 'MD5' as never })],
    ['timeMs', () => generateTotp(seedOf(20), -1)],
    ['timeMs', () => generateTotp(seedOf(20), Number.NaN)],
    ['timeMs', () => generateTotp(seedOf(20), Number.MAX_VALUE)],
    ['periodSeconds', () => generateTotp(seedOf(20), 0, { periodSeconds: 14 })],
    ['periodSeconds', () => generateTotp(seedOf(20), 0, { periodSeconds: 61 })],
    ['periodSeconds', () => generateTotp(seedOf(20), 0, { periodSeconds: 3601, allowUncommonPeriod: true })],
    ['window', () => verifyTotp(seedOf(20), '123456', { timeMs: 0, window: 3 })],
    ['window', () => verifyTotp(seedOf(20), '123456', { timeMs: 0, window: '1' as never })],
    ['window', () => verifyTotp(seedOf(20), '123456', { timeMs: 0, window: { past: -1, future: 0 } })],
    ['afterStep', () => verifyTotp(seedOf(20), '123456', { timeMs: 0, afterStep: '5' as never })],
    ['byteLength', () => generateSecret({ byteLength: 15 })],
  ])('a bad %s is invalid_argument naming it', (argument, call) => {
    expect(call).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`\`${argument}\``) }),
    )
  })

  it('takes uncommon periods and short secrets made elsewhere only on request', () => {
    expect(generateTotp(seedOf(20), 59_000, { periodSeconds: 1, allowUncommonPeriod: true })).toBe(
      generateHotp(seedOf(20), 59),
    )
    expect(generateHotp(seedOf(10), 1, { allowShortSecret: true })).toMatch(/^\d{6}$/)
  })

  it('makes secrets of 20 random bytes, all different', () => {
    const secrets = new Set(Array.from({ length: 1000 }, () => hex(generateSecret())))
    expect(secrets.size).toBe(1000)
    expect(generateSecret()).toHaveLength(20)
    expect(generateSecret({ byteLength: 32, random: (length) => new Uint8Array(length).fill(7) })).toEqual(
      new Uint8Array(32).fill(7),
    )
  })
})
