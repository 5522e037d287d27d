import { inspect } from 'node:util'
import { decodeSecret, encodeSecret, formatKeyUri, generateSecret, parseKeyUri } from '@countersign/core/totp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seedOf } from './vectors.js'

const secret = seedOf(20)
const text = encodeSecret(secret)
const refusedFor = (argument: string): unknown =>
  expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`\`${argument}\``) })

describe('keys made elsewhere', () => {
  const short = encodeSecret(seedOf(10))

  it('a secret of 10 to 15 bytes is read and written only on request', () => {
    const uri = `otpauth://totp/Acme:kim?secret=${short}&issuer=Acme`
    expect(parseKeyUri(uri)).toEqual({ ok: false, why: 'bad_secret' })
    expect(parseKeyUri(uri, { allowShortSecret: true })).toMatchObject({ ok: true, secret: seedOf(10) })
    const fields = { issuer: 'Acme', accountName: 'kim', secret: seedOf(10) }
    expect(() => formatKeyUri(fields)).toThrow(refusedFor('secret'))
    expect(parseKeyUri(formatKeyUri({ ...fields, allowShortSecret: true }), { allowShortSecret: true })).toMatchObject(
      fields,
    )
    const tooShort = `otpauth://totp/Acme:kim?secret=${encodeSecret(seedOf(9))}`
    expect(parseKeyUri(tooShort, { allowShortSecret: true })).toEqual({ ok: false, why: 'bad_secret' })
  })

  it.each([1, 14, 61, 3600])('a period of %i seconds is read and written only on request', (periodSeconds) => {
    const fields = { issuer: 'Acme', accountName: 'kim', secret, periodSeconds }
    expect(() => formatKeyUri(fields)).toThrow(refusedFor('periodSeconds'))
    const uri = formatKeyUri({ ...fields, allowUncommonPeriod: true })
    expect(parseKeyUri(uri)).toEqual({ ok: false, why: 'bad_parameter' })
    expect(parseKeyUri(uri, { allowUncommonPeriod: true })).toMatchObject(fields)
  })
})

describe('two readers never see two different keys in one URI (X30)', () => {
  it.each([
    ['bad_parameter', `otpauth://totp/Acme:kim?%73ecret=GEZDGNBVGY3TQOJQ&secret=${text}`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&issuer`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&=x`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&image=a%00b`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&image=%ff`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&digits=06`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&period=%2B30`],
    ['bad_parameter', `otpauth://totp/Acme:kim?secret=${text}&algorithm=${encodeURIComponent('ſha1')}`],
    ['duplicate_parameter', `otpauth://totp/Acme:kim?secret=${text}&Secret=GEZDGNBVGY3TQOJQ`],
    ['duplicate_parameter', `otpauth://totp/Acme:kim?secret=${text}&x=1&x=1`],
    ['issuer_mismatch', `otpauth://totp/Acme:kim?secret=${text}&issuer=acme`],
    ['issuer_mismatch', `otpauth://totp/Acme%20Inc:kim?secret=${text}&issuer=Acme+Inc`],
    ['bad_label', `otpauth://totp/Acme:kim?secret=${text}&issuer=`],
    ['bad_label', `otpauth://totp/Acme:%0Akim?secret=${text}`],
    ['bad_label', `otpauth://totp/Acme:kim%20?secret=${text}`],
    ['bad_label', `otpauth://totp/Acme:k%E2%80%AEim?secret=${text}`],
    ['bad_label', `otpauth://totp/Acme%3Akim%3Ax?secret=${text}`],
    ['bad_secret', `otpauth://totp/Acme:kim?secret=${text}%20%3D`],
    ['unsupported_type', `otpauth://totp/Steam:kim?secret=${text}&issuer=Steam&digits=5&encoder=steam`],
    ['not_a_key_uri', `otpauth://totp/Acme:kim?secret=${text}?issuer=Acme`],
    ['not_a_key_uri', ` otpauth://totp/Acme:kim?secret=${text}`],
    ['not_a_key_uri', `otpauth://totp/Acme:kim?secret=${text}\n`],
    ['not_a_key_uri', 'otpauth://totp/Acme:kim'],
  ])('%s: %s', (why, uri) => {
    expect(parseKeyUri(uri)).toEqual({ ok: false, why })
  })

  it.each([' Acme', 'Acme ', '\u00a0Acme', 'Ac\u202eme', 'Ac\u0000me', 'Ac\u2028me'])(
    'the name %j, which would not come back the same, is refused',
    (name) => {
      expect(() => formatKeyUri({ issuer: name, accountName: 'kim', secret })).toThrow(refusedFor('issuer'))
      expect(() => formatKeyUri({ issuer: 'Acme', accountName: name, secret })).toThrow(refusedFor('accountName'))
    },
  )

  it('names of any length and script come back the same or are refused, and no URI passes 2048 characters', () => {
    const name = fc.stringMatching(/^[a-z日🔑]{1,254}$/u).filter((each) => each.length <= 254)
    let [long, refused] = [0, 0]
    fc.assert(
      fc.property(name, name, (issuer, accountName) => {
        try {
          const uri = formatKeyUri({ issuer, accountName, secret })
          expect(uri.length).toBeLessThanOrEqual(2048)
          expect(parseKeyUri(uri)).toMatchObject({ ok: true, issuer, accountName })
          long++
        } catch (error) {
          expect(error).toEqual(refusedFor('accountName'))
          refused++
        }
      }),
      { examples: [['日'.repeat(254), 'a'.repeat(254)]] },
    )
    expect(long).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
  })
})

describe('secrets', () => {
  it.each([0, 129])('of %i bytes have no text form', (length) => {
    expect(() => encodeSecret(new Uint8Array(length))).toThrow(refusedFor('secret'))
  })

  it('of more than 128 bytes are not read', () => {
    expect(decodeSecret('A'.repeat(205))).toHaveLength(128)
    expect(() => decodeSecret('A'.repeat(207))).toThrow(refusedFor('secret'))
  })

  it('padding is whole or absent, and stands at the end', () => {
    expect(decodeSecret('mzxw 6== =')).toEqual(new TextEncoder().encode('foo'))
    for (const typed of ['MZXW6==', 'MZXW6====', 'MZXW6YTB========', 'MZ=XW6==', 'MZXW6-===-', '=']) {
      expect(() => decodeSecret(typed), typed).toThrow(refusedFor('secret'))
    }
  })

  it('never appear in an error, whatever is wrong beside them or in them (X37)', () => {
    const canary = 'CANARYCANARYCANARYCANARYCANARY23'
    const bytes = decodeSecret(canary)
    const errors = [
      () => decodeSecret(`${canary}!`),
      () => decodeSecret(`${canary}A`),
      () => formatKeyUri({ issuer: 'A:B', accountName: 'kim', secret: bytes }),
      () => formatKeyUri({ issuer: 'A', accountName: 'kim', secret: canary as never }),
      () => formatKeyUri({ issuer: '日'.repeat(250), accountName: 'kim', secret: bytes }),
    ].map((call) => {
      try {
        return call()
      } catch (error) {
        return inspect(error, { depth: 9, showHidden: true })
      }
    })
    expect(errors).toHaveLength(5)
    for (const error of errors) {
      expect(error).toMatch(/invalid_argument/)
      expect(error).not.toMatch(/CANARY|Uint8Array\(/)
    }
    expect(parseKeyUri(`otpauth://totp/Acme:kim?secret=${canary}A`)).toEqual({ ok: false, why: 'bad_secret' })
  })

  it.each([
    ['too few bytes', () => new Uint8Array(19)],
    ['too many bytes', () => new Uint8Array(21)],
    ['a list', () => Array.from({ length: 20 }, () => 7)],
    ['nothing', () => undefined],
  ])('are not made from a random source that gives %s', (_what, random) => {
    expect(() => generateSecret({ random: random as never })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration', message: expect.stringContaining('`random`') }),
    )
  })

  it.each([15, 129, 20.5, '20', Number.NaN])('are not made %j bytes long', (byteLength) => {
    expect(() => generateSecret({ byteLength: byteLength as number })).toThrow(refusedFor('byteLength'))
  })
})
