import { decodeSecret, encodeSecret, formatKeyUri, parseKeyUri } from '@countersign/core/totp'
import fc from 'fast-check'
import * as OTPAuth from 'otpauth'
import { describe, expect, it } from 'vitest'
import { seedOf } from './vectors.js'

const secret = seedOf(20)
const text = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('secrets as text', () => {
  it('encode and decode are inverse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 128 }), (bytes) => {
        expect(decodeSecret(encodeSecret(bytes))).toEqual(bytes)
      }),
    )
    expect(encodeSecret(secret)).toBe(text)
  })

  it('decoding forgives spaces, hyphens, case and padding', () => {
    for (const typed of [text, text.toLowerCase(), text.replace(/(.{4})/g, '$1 '), text.replace(/(.{4})/g, '$1-')]) {
      expect(decodeSecret(typed)).toEqual(secret)
    }
    expect(decodeSecret('MZXW6===')).toEqual(new TextEncoder().encode('foo'))
    expect(decodeSecret('MZXW6')).toEqual(new TextEncoder().encode('foo'))
  })

  it.each([
    '',
    ' ',
    '====',
    'GEZDGNBV=',
    'MZXW6=',
    'MZXW7',
    'A',
    'ABC',
    'GEZDGNB0',
    'GEZDGNB1',
    'GEZDGNB8',
    'GEZDGNB9',
    'GEZDGNB!',
    'GEZDGNBı',
    'GEZDGNBſ',
    'GEZD=GNB',
    'GEZDGNBV\n',
    '\u200bGEZDGNBV',
    'A'.repeat(513),
  ])('refuses %j without quoting it', (typed) => {
    expect(() => decodeSecret(typed)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: '`secret` must be Base32 text of 1 to 128 bytes.' }),
    )
  })

  it('refuses what is no text', () => {
    for (const value of [undefined, null, 5, [text], secret]) {
      expect(() => decodeSecret(value as never)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
    }
    expect(() => encodeSecret('x' as never)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})

describe('key URIs', () => {
  const anyName = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter(
      (name) =>
        name.trim() === name && name.length > 0 && !name.includes(':') && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name),
    )

  it('reading what was built gives back every field (X30)', () => {
    fc.assert(
      fc.property(
        anyName,
        anyName,
        fc.uint8Array({ minLength: 16, maxLength: 64 }),
        fc.constantFrom('SHA-1', 'SHA-256', 'SHA-512'),
        fc.constantFrom(6, 7, 8),
        fc.integer({ min: 15, max: 60 }),
        (issuer, accountName, bytes, algorithm, digits, periodSeconds) => {
          const fields = { issuer, accountName, secret: bytes, algorithm: algorithm as 'SHA-1', digits, periodSeconds }
          expect(parseKeyUri(formatKeyUri(fields))).toEqual({ ok: true, ...fields })
        },
      ),
    )
  })

  it('an independent reader finds the same, whatever is in the names (X30)', () => {
    fc.assert(
      fc.property(anyName, anyName, (issuer, accountName) => {
        const uri = formatKeyUri({ issuer, accountName, secret })
        const url = new URL(uri)
        expect([...url.searchParams.keys()]).toEqual(['secret', 'issuer', 'algorithm', 'digits', 'period'])
        expect(url.searchParams.get('secret')).toBe(text)
        expect(url.hash).toBe('')
        expect(uri).not.toMatch(/[+\s]/)
        const other = OTPAuth.URI.parse(uri)
        expect([other.issuer, other.label]).toEqual([issuer, accountName])
      }),
    )
  })

  it('what an independent writer built is read the same', () => {
    fc.assert(
      fc.property(
        anyName,
        anyName,
        fc.uint8Array({ minLength: 16, maxLength: 64 }),
        fc.constantFrom('SHA-1', 'SHA-256', 'SHA-512'),
        fc.constantFrom(6, 7, 8),
        fc.integer({ min: 15, max: 60 }),
        (issuer, label, bytes, algorithm, digits, period) => {
          const key = new OTPAuth.Secret({ buffer: bytes.slice().buffer })
          const uri = new OTPAuth.TOTP({ issuer, label, secret: key, algorithm, digits, period }).toString()
          const fields = { issuer, accountName: label, secret: bytes, algorithm, digits, periodSeconds: period }
          expect(parseKeyUri(uri)).toEqual({ ok: true, ...fields })
        },
      ),
    )
  })

  it('names that would inject parameters are plain names', () => {
    const uri = formatKeyUri({ issuer: 'A&secret=X#', accountName: 'b?issuer=C%0A', secret })
    expect(uri).toBe(
      `otpauth://totp/A%26secret%3DX%23:b%3Fissuer%3DC%250A?secret=${text}&issuer=A%26secret%3DX%23&algorithm=SHA1&digits=6&period=30`,
    )
  })

  it.each([
    ['issuer', { issuer: 'A:B' }],
    ['issuer', { issuer: '' }],
    ['issuer', { issuer: 'A\nB' }],
    ['accountName', { accountName: 'a:b' }],
    ['accountName', { accountName: '\ud800' }],
    ['accountName', { accountName: 'x'.repeat(300) }],
    ['periodSeconds', { periodSeconds: 0 }],
    ['digits', { digits: 9 }],
    ['secret', { secret: new Uint8Array(9) }],
  ])('a bad %s is invalid_argument', (argument, fields) => {
    expect(() => formatKeyUri({ issuer: 'A', accountName: 'b', secret, ...fields })).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`\`${argument}\``) }),
    )
  })

  it('reads what careful issuers write', () => {
    const ok = { ok: true, issuer: 'Acme', accountName: 'kim', algorithm: 'SHA-1', digits: 6, periodSeconds: 30 }
    for (const uri of [
      `otpauth://totp/Acme:kim?secret=${text}&issuer=Acme`,
      `otpauth://totp/Acme%3Akim?secret=${text}&issuer=Acme`,
      `otpauth://totp/Acme:%20kim?secret=${text}`,
      `OTPAUTH://TOTP/kim?issuer=Acme&secret=${text.toLowerCase()}`,
      `otpauth://totp/kim?secret=${text}&issuer=Acme&algorithm=sha-1&digits=6&period=30&image=https%3A%2F%2Fx`,
    ]) {
      expect(parseKeyUri(uri), uri).toMatchObject(ok)
    }
  })

  it.each([
    ['not_a_key_uri', ''],
    ['not_a_key_uri', 'https://totp/Acme:kim?secret=A'],
    ['not_a_key_uri', `otpauth://totp/Acme:kim?secret=${text}#frag`],
    ['not_a_key_uri', `otpauth://totp/Acme:kim?secret=${text}\u0000`],
    ['not_a_key_uri', `otpauth://totp/Äcme:kim?secret=${text}`],
    ['not_a_key_uri', `otpauth://totp/?secret=${text}`],
    ['not_a_key_uri', `otpauth://totp/a/b?secret=${text}`],
    ['not_a_key_uri', `otpauth://totp/Acme:kim?secret=${text}&x=${'y'.repeat(2048)}`],
    ['unsupported_type', `otpauth://hotp/Acme:kim?secret=${text}&counter=1`],
    ['unsupported_type', `otpauth://steam/Acme:kim?secret=${text}`],
    ['unsupported_type', `otpauth://totp/Acme:kim?secret=${text}&encoder=steam`],
    ['unsupported_type', `otpauth://totp/Acme:kim?secret=${text}&counter=-1`],
    ['duplicate_parameter', `otpauth://totp/Acme:kim?secret=${text}&secret=${text}`],
    ['duplicate_parameter', `otpauth://totp/Acme:kim?secret=${text}&issuer=Acme&ISSUER=Acme`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=%zz`],
    ['bad_label', `otpauth://totp/Acme:?secret=${text}`],
    ['bad_label', `otpauth://totp/kim?secret=${text}`],
    ['bad_label', `otpauth://totp/Acme:a:b?secret=${text}`],
    ['bad_label', `otpauth://totp/Acme:a%0Ab?secret=${text}`],
    ['bad_label', `otpauth://totp/%ff?secret=${text}`],
    ['issuer_mismatch', `otpauth://totp/Acme:kim?secret=${text}&issuer=Other`],
    ['bad_secret', 'otpauth://totp/Acme:kim?issuer=Acme'],
    ['bad_secret', 'otpauth://totp/Acme:kim?secret=A'],
    ['bad_secret', 'otpauth://totp/Acme:kim?secret=GEZDGNB%C4%B1'],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&digits=99999999`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&digits=5`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&digits=6.0`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&period=0`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&algorithm=MD5`],
  ])('answers %s for %s', (why, uri) => {
    expect(parseKeyUri(uri)).toEqual({ ok: false, why })
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (anything) => {
        expect(parseKeyUri(`otpauth://totp/${anything}`)).toHaveProperty('ok')
      }),
    )
    for (const value of [undefined, null, 5, {}, []])
      expect(parseKeyUri(value as string)).toEqual({ ok: false, why: 'not_a_key_uri' })
  })
})
