import { createHmac } from 'node:crypto'
import {
  decodeSecret,
  encodeSecret,
  formatKeyUri,
  generateHotp,
  generateSecret,
  generateTotp,
  parseKeyUri,
  verifyTotp,
} from '@countersign/core/totp'
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../refusal-of.js'
import { counterBytes, seedOf } from './vectors.js'

const secret = seedOf(20)
const text = encodeSecret(secret)
const uri = { issuer: 'Acme', accountName: 'kim', secret }

describe('a counter', () => {
  it.each([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER])(
    'of %i gives the code of all its eight bytes',
    (counter) => {
      const digest = createHmac('sha1', secret).update(counterBytes(counter)).digest()
      const value = digest.readUInt32BE((digest.at(-1) as number) & 15) & 0x7fffffff
      expect(generateHotp(secret, counter, { digits: 8 })).toBe(String(value % 1e8).padStart(8, '0'))
    },
  )
})

describe('the longest and shortest that is taken', () => {
  it.each([16, 128])('is a secret of %i bytes', (length) => {
    const made = generateSecret({ byteLength: length })
    expect(made).toHaveLength(length)
    expect(decodeSecret(encodeSecret(made))).toEqual(made)
    expect(verifyTotp(made, generateTotp(made, 0), { timeMs: 0 }).ok).toBe(true)
    expect(parseKeyUri(formatKeyUri({ ...uri, secret: made }))).toMatchObject({ ok: true, secret: made })
  })

  it('is a typed secret of 512 characters, spaces and all', () => {
    expect(decodeSecret(text.padEnd(512, ' '))).toEqual(secret)
    expect(refusalOf(() => decodeSecret(text.padEnd(513, ' ')))).toBe('`secret` must be Base32 text of 1 to 128 bytes.')
  })

  it('is a key URI of 2048 characters, written and read', () => {
    const format = (accountName: string) => formatKeyUri({ ...uri, issuer: '日'.repeat(90), accountName })
    const room = 2048 - (format('x').length - 1)
    const name = '日'.repeat(Math.floor(room / 9)) + 'x'.repeat(room % 9)
    const longest = format(name)
    expect(longest).toHaveLength(2048)
    expect(parseKeyUri(longest)).toMatchObject({ ok: true, accountName: name })
    expect(refusalOf(() => format(`${name}x`))).toBe(
      '`accountName` must be shorter: a key URI has at most 2048 characters.',
    )
    expect(parseKeyUri(`${longest}&`)).toEqual({ ok: false, why: 'not_a_key_uri' })
  })
})

describe('without the opt-in for keys made elsewhere', () => {
  it('neither generating nor verifying takes a short secret or an uncommon period', () => {
    const short = '`secret` must be a Uint8Array of 16 to 128 bytes.'
    const period = '`periodSeconds` must be a whole number from 15 to 60.'
    for (const [call, message] of [
      [() => generateHotp(seedOf(15), 0), short],
      [() => generateTotp(seedOf(15), 0), short],
      [() => verifyTotp(seedOf(15), '123456', { timeMs: 0 }), short],
      [() => generateTotp(secret, 0, { periodSeconds: 14 }), period],
      [() => verifyTotp(secret, '123456', { timeMs: 0, periodSeconds: 14 }), period],
      [() => verifyTotp(secret, '123456', { timeMs: 0, periodSeconds: 30.5 }), period],
    ] as const) {
      expect(refusalOf(call)).toBe(message)
    }
  })

  it('and with it, nothing below 10 bytes, a second or above an hour', () => {
    const allowed = { timeMs: 0, allowShortSecret: true, allowUncommonPeriod: true }
    for (const periodSeconds of [1, 3600]) {
      expect(verifyTotp(seedOf(10), 'x', { ...allowed, periodSeconds })).toEqual({ ok: false })
    }
    const period = '`periodSeconds` must be a whole number from 1 to 3600.'
    for (const periodSeconds of [0, -1, 1.5, 3601]) {
      expect(refusalOf(() => verifyTotp(secret, 'x', { ...allowed, periodSeconds }))).toBe(period)
    }
    const short = '`secret` must be a Uint8Array of 10 to 128 bytes.'
    expect(refusalOf(() => verifyTotp(seedOf(9), 'x', allowed))).toBe(short)
  })
})

describe('a label', () => {
  const at = (label: string, more = '&issuer=Acme') => parseKeyUri(`otpauth://totp/${label}?secret=${text}${more}`)

  it('may have spaces after its colon, and nowhere else at its ends', () => {
    expect(at('Acme:%20%20kim')).toMatchObject({ ok: true, accountName: 'kim' })
    for (const label of ['%20kim', 'kim%20', 'Acme:kim%20']) expect(at(label)).toEqual({ ok: false, why: 'bad_label' })
  })

  it('that begins with its colon has an empty issuer, which is no other’s', () => {
    expect(at(':kim')).toEqual({ ok: false, why: 'issuer_mismatch' })
    expect(at(':kim', '')).toEqual({ ok: false, why: 'bad_label' })
  })

  it.each(['xSHA1', 'SHA1x', 'SHA-', 'SHA--1', 'SHA384'])('with the algorithm %s is refused', (algorithm) => {
    expect(at('kim', `&issuer=Acme&algorithm=${algorithm}`)).toEqual({ ok: false, why: 'bad_parameter' })
  })
})

describe('what is wanted is said in words', () => {
  it.each([
    [() => generateHotp(secret, -1), '`counter` must be a whole number from 0 to 2^53-1.'],
    [
      () => generateHotp(secret, 0, { algorithm: 'MD5' as never }),
      "`algorithm` must be 'SHA-1', 'SHA-256' or 'SHA-512'.",
    ],
    [() => generateHotp(secret, 0, { digits: 5 }), '`digits` must be 6, 7 or 8.'],
    [() => generateTotp(secret, -1), '`timeMs` must be milliseconds since the epoch, up to 8.64e15.'],
    [() => verifyTotp(secret, 'x', { timeMs: 0, afterStep: 0.5 }), '`afterStep` must be a whole number.'],
    [() => verifyTotp(secret, 'x', { timeMs: 0, window: 3 }), '`window` must be 0, 1 or 2 steps each way.'],
    [() => generateSecret({ byteLength: 15 }), '`byteLength` must be a whole number from 16 to 128.'],
    [() => encodeSecret(new Uint8Array(0)), '`secret` must be a Uint8Array of 1 to 128 bytes.'],
    [
      () => formatKeyUri({ ...uri, issuer: 'A:B' }),
      '`issuer` must be 1 to 254 characters without colon, control or surrounding space.',
    ],
  ])('%s', (call, message) => {
    expect(refusalOf(call)).toBe(message)
  })
})
