import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { testKey } from '@countersign/adapters/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestUnderCurrentKey, matchesDigest } from '../../packages/core/src/keys/digest.js'
import { frame, withFrame } from '../../packages/core/src/keys/frame.js'
import { createKeyRing, type KeyOption, type KeyPurpose } from '../../packages/core/src/keys/key-ring.js'
import { open, seal } from '../../packages/core/src/keys/seal.js'
import { equalInConstantTime, fromBase64Url } from '../../packages/core/src/keys/text.js'
import { codeOf } from '../record/parts.js'
import { refusalOf } from '../refusal-of.js'

const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => (index * 37 + 5) & 255))
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const ringOf = (...secrets: (string | undefined)[]) =>
  createKeyRing(secrets.map((secret, index) => ({ id: `k${index}`, secret })))
const ring = createKeyRing([{ id: 'test', secret: testKey }])
const purposes: readonly KeyPurpose[] = ['record', 'seal', 'code', 'recovery']

describe('a key', () => {
  it('is base64 or base64url, padded or not, with spaces or a line end around it: the same key', () => {
    for (const length of [32, 33, 34, 40]) {
      const padded = base64(bytesOf(length))
      const texts = [
        padded,
        padded.replace(/=+$/, ''),
        bytesOf(length).toString('base64url'),
        `${padded}\n`,
        ` ${padded} `,
      ]
      const [first, ...others] = texts.map((text) => base64(ringOf(text).subkey('k0', 'record') ?? new Uint8Array()))
      expect(first).toHaveLength(44)
      expect(others).toEqual(Array(others.length).fill(first))
    }
  })

  it('has 32 bytes at least, of which eight differ', () => {
    const of = (length: number, different: number) =>
      base64(Uint8Array.from({ length }, (_, index) => 100 + (index % different)))
    expect(refusalOf(() => ringOf(of(32, 8)))).toBe('nothing thrown')
    expect(refusalOf(() => ringOf(of(31, 31)))).toBe('`keys[0].secret` must be base64 of 32 random bytes or more.')
    expect(refusalOf(() => ringOf(of(32, 7)))).toBe(
      '`keys[0].secret` must be base64 of 32 random bytes or more; this one is not random.',
    )
  })

  it('is another key than one that differs in a byte, or goes on where that one ends', () => {
    const changed = bytesOf(32).map((byte, index) => (index === 31 ? byte ^ 1 : byte))
    expect(refusalOf(() => ringOf(base64(bytesOf(32)), base64(changed), base64(bytesOf(33))))).toBe('nothing thrown')
    expect(refusalOf(() => ringOf(base64(bytesOf(33)), base64(bytesOf(32))))).toBe('nothing thrown')
  })

  it.each<[readonly unknown[], string]>([
    [[], '`keys` must be a list of at least one key.'],
    [[undefined], '`keys[0].id` must be 1 to 32 characters of A-Z a-z 0-9 . _ -.'],
    [[{ secret: testKey }], '`keys[0].id` must be 1 to 32 characters of A-Z a-z 0-9 . _ -.'],
    [[{ id: 5, secret: testKey }], '`keys[0].id` must be 1 to 32 characters of A-Z a-z 0-9 . _ -.'],
    [[{ id: 'x'.repeat(33), secret: testKey }], '`keys[0].id` must be 1 to 32 characters of A-Z a-z 0-9 . _ -.'],
    [[{ id: 'a' }], '`keys[0].secret` must be base64 of 32 random bytes or more.'],
    [[{ id: 'a', secret: '*'.repeat(44) }], '`keys[0].secret` must be base64 of 32 random bytes or more.'],
    [Array(2).fill({ id: 'a', secret: testKey }), '`keys[1].id` must be different from the other ids.'],
    [['a', 'b'].map((id) => ({ id, secret: testKey })), '`keys[1].secret` must be different from the other secrets.'],
  ])('that is not one, as in %j, is refused in words that tell what is wanted', (keys, message) => {
    expect(refusalOf(() => createKeyRing(keys as readonly KeyOption[]))).toBe(message)
  })

  it('has a sub-key for each purpose, by HKDF as another library derives it, and derives it once', () => {
    for (const purpose of purposes) {
      const derived = hkdfSync('sha256', Buffer.from(testKey, 'base64'), '', `countersign/${purpose}/v1`, 32)
      expect(base64(ring.subkey('test', purpose) as Uint8Array)).toBe(base64(new Uint8Array(derived)))
      expect(ring.subkey('test', purpose)).toBe(ring.subkey('test', purpose))
      expect(ring.subkey('gone', purpose)).toBeUndefined()
    }
  })
})

describe('a sealed secret', () => {
  const place = { owner: '0:kim', factorId: 'app', field: 'secret' }
  const plain = bytesOf(20)
  const sealed = seal(ring, place, plain, bytesOf(16))
  const box = Buffer.from(sealed.box, 'base64url')

  it('is AES-256-GCM as another library opens it, its nonce made of randomness, place and content', () => {
    const subkey = ring.subkey('test', 'seal') as Uint8Array
    const place = frame('countersign/seal/v1', '0:kim', 'app', 'secret')
    const nonce = createHmac('sha256', subkey)
      .update(frame('nonce', bytesOf(16), place, plain))
      .digest()
      .subarray(0, 12)
    expect(box.subarray(0, 12)).toEqual(nonce)
    const decipher = createDecipheriv('aes-256-gcm', subkey, nonce).setAAD(place).setAuthTag(box.subarray(-16))
    expect(Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()])).toEqual(plain)
  })

  it('opens in its place alone, whole, and under its own key (X39)', () => {
    expect(open(ring, place, sealed)).toEqual(Uint8Array.from(plain))
    for (const other of [{ owner: '0:sam' }, { factorId: 'other' }, { field: 'other' }]) {
      expect(open(ring, { ...place, ...other }, sealed)).toBeUndefined()
    }
    for (let index = 0; index < box.length; index++) {
      const edited = box.map((byte, at) => (at === index ? byte ^ 1 : byte))
      expect(open(ring, place, { ...sealed, box: Buffer.from(edited).toString('base64url') })).toBeUndefined()
    }
    for (const other of ['', '*', sealed.box.slice(0, 20)]) {
      expect(open(ring, place, { ...sealed, box: other })).toBeUndefined()
    }
    expect(open(ring, place, { ...sealed, key: 'gone' })).toBeUndefined()
  })
})

describe('a keyed digest', () => {
  it('fits its fields and its purpose alone, and nothing once its key is gone', () => {
    const made = digestUnderCurrentKey(ring, 'code', ['a', 'b'])
    expect(matchesDigest(ring, made, 'code', ['a', 'b'])).toBe(true)
    for (const fields of [['ab'], ['a', 'b', ''], ['b', 'a']])
      expect(matchesDigest(ring, made, 'code', fields)).toBe(false)
    expect(matchesDigest(ring, made, 'recovery', ['a', 'b'])).toBe(false)
    expect(matchesDigest(ring, { ...made, key: 'gone' }, 'code', ['a', 'b'])).toBe(false)
  })

  it('is compared whole: a text is not equal to its beginning', () => {
    expect(equalInConstantTime('abc', 'abc')).toBe(true)
    for (const [a, b] of [
      ['abc', 'ab'],
      ['ab', 'abc'],
      ['', 'a'],
      ['abc', 'abd'],
      ['abc', 'xbc'],
    ] as const) {
      expect(equalInConstantTime(a, b)).toBe(false)
    }
  })

  it('that is not base64url is refused without being quoted', () => {
    expect(refusalOf(() => fromBase64Url('SECRET!'))).toBe('not base64url')
    expect(codeOf(() => fromBase64Url('QUJD'))).toBe('nothing thrown')
  })
})

const fields = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.uint8Array({ maxLength: 40 })), {
  maxLength: 6,
})

describe('a frame', () => {
  it('holds the length of each field in bytes of UTF-8, and then the field', () => {
    expect([...frame('é', Uint8Array.of(7, 8), '')]).toEqual([0, 0, 0, 2, 0xc3, 0xa9, 0, 0, 0, 2, 7, 8, 0, 0, 0, 0])
    const long = frame('x'.repeat(0x12345))
    expect([...long.subarray(0, 4)]).toEqual([0, 1, 0x23, 0x45])
    expect(long).toHaveLength(4 + 0x12345)
  })

  it('can be read back, so that no two lists of fields have the same', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const framed = Buffer.from(frame(...list))
        let at = 0
        for (const field of list) {
          const bytes = Buffer.from(field as Uint8Array)
          expect(framed.readUInt32BE(at)).toBe(bytes.length)
          expect(framed.subarray(at + 4, at + 4 + bytes.length)).toEqual(bytes)
          at += 4 + bytes.length
        }
        expect(at).toBe(framed.length)
      }),
    )
  })

  it('in the memory that is used again is the same, short or long, and wiped afterwards', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(0, 2000, 2800, 9000), (list, padding) => {
        const all = [...list, 'x'.repeat(padding)]
        let kept: Uint8Array = Uint8Array.of(1)
        const seen = withFrame(all, (framed) => {
          kept = framed
          return Uint8Array.from(framed)
        })
        expect(seen).toEqual(frame(...all))
        expect(kept.every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  it('under the MAC of a key is what node:crypto makes of the same bytes', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const subkey = ring.subkey('test', 'code') as Uint8Array
        const expected = createHmac('sha256', subkey)
          .update(frame(...list))
          .digest('hex')
        expect(Buffer.from(ring.mac('test', 'code', ...list) as Uint8Array).toString('hex')).toBe(expected)
        expect(ring.mac('gone', 'code', ...list)).toBeUndefined()
      }),
    )
  })
})
