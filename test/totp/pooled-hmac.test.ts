import { createHmac } from 'node:crypto'
import { generateHotp } from '@countersign/core/totp'
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestWith, keyPool, wipe } from '../../packages/core/src/totp/pooled-hmac.js'
import { counterBytes, seedOf } from './vectors.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const hashes = { 'SHA-1': sha1, 'SHA-256': sha256, 'SHA-512': sha512 } as const
const algorithms = ['SHA-1', 'SHA-256', 'SHA-512'] as const

/** The words of a hash object's state and the bytes of its block, which noble keeps private. */
function memoryOf(hash: object): readonly number[] {
  const { buffer, get } = hash as { readonly buffer: Uint8Array; get(): readonly number[] }
  return [...get.call(hash), ...buffer]
}

describe('the pooled HMAC', () => {
  it('equals noble’s hmac for every digest, every key length from 1 to 150 and counters up to 2^53-1', () => {
    const counters = [0, 1, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER]
    for (const algorithm of algorithms) {
      for (let length = 1; length <= 150; length++) {
        const key = Uint8Array.from({ length }, (_, index) => (index * 31 + length * 7) & 0xff)
        const pool = keyPool(algorithm, key)
        for (const counter of counters) {
          const message = counterBytes(counter)
          expect(hex(digestWith(pool, message))).toBe(hex(hmac(hashes[algorithm], key, message)))
        }
        wipe(pool)
      }
    }
  })

  it('keeps nothing of a key once wiped, and serves the next key unharmed', () => {
    for (const algorithm of algorithms) {
      for (const length of [20, 150]) {
        const pool = keyPool(algorithm, seedOf(length))
        digestWith(pool, counterBytes(0))
        wipe(pool)
        expect(pool.block.every((byte) => byte === 0)).toBe(true)
        for (const hash of [pool.inner, pool.outer, pool.work]) {
          expect(memoryOf(hash).every((value) => value === 0)).toBe(true)
        }
        expect(memoryOf(pool.blank).some((value) => value !== 0)).toBe(true)
      }
    }
    expect(generateHotp(seedOf(20), 0)).toBe('755224')
  })

  it('does not mix two algorithms or keys in turn', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...algorithms), fc.uint8Array({ minLength: 16, maxLength: 64 }), fc.nat()), {
          maxLength: 8,
        }),
        (uses) => {
          for (const [algorithm, secret, counter] of uses) {
            const name = algorithm.replace('-', '').toLowerCase()
            const digest = createHmac(name, secret).update(counterBytes(counter)).digest()
            const offset = (digest.at(-1) as number) & 15
            const code = ((digest.readUInt32BE(offset) & 0x7fffffff) % 10 ** 6).toString().padStart(6, '0')
            expect(generateHotp(secret, counter, { algorithm })).toBe(code)
          }
        },
      ),
    )
  })
})
