/** HMAC (RFC 2104) over noble's hashes with pooled hash objects: none is made per code, and key states are wiped. */

import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { TotpAlgorithm } from './parameters.js'

/** The part of noble's public `Hash` that is used. */
interface PooledHash {
  readonly blockLen: number
  readonly outputLen: number
  update(bytes: Uint8Array): unknown
  digestInto(target: Uint8Array): void
  destroy(): void
  _cloneInto(target: PooledHash): unknown
}

/** The hash objects of one algorithm. Nothing between `keyPool` and `wipe` calls out, so one key is in use at a time. */
export interface HmacPool {
  readonly blank: PooledHash
  readonly inner: PooledHash
  readonly outer: PooledHash
  readonly work: PooledHash
  /** The padded key, as bytes and as words over the same memory. */
  readonly block: Uint8Array
  readonly blockWords: Uint32Array
  readonly digest: Uint8Array
  readonly digestView: DataView
}

function createPool(create: () => unknown): HmacPool {
  const createHash = (): PooledHash => create() as PooledHash
  const blank = createHash()
  const block = new Uint8Array(blank.blockLen)
  const digest = new Uint8Array(blank.outputLen)
  return {
    blank,
    inner: createHash(),
    outer: createHash(),
    work: createHash(),
    block,
    blockWords: new Uint32Array(block.buffer),
    digest,
    digestView: new DataView(digest.buffer),
  }
}

const pools: Readonly<Record<TotpAlgorithm, HmacPool>> = {
  'SHA-1': /* @__PURE__ */ createPool(() => sha1.create()),
  'SHA-256': /* @__PURE__ */ createPool(() => sha256.create()),
  'SHA-512': /* @__PURE__ */ createPool(() => sha512.create()),
}

const innerPad = 0x36363636
const outerPad = 0x5c5c5c5c

/** Absorbs the key into the algorithm's pool. The caller must `wipe` the pool when done. */
export function keyPool(algorithm: TotpAlgorithm, key: Uint8Array): HmacPool {
  const pool = pools[algorithm]
  const { blank, inner, outer, work, block, blockWords, digest } = pool
  block.fill(0)
  if (key.length > block.length) {
    blank._cloneInto(work)
    work.update(key)
    work.digestInto(digest)
    block.set(digest)
  } else {
    block.set(key)
  }
  mask(blockWords, innerPad)
  blank._cloneInto(inner)
  inner.update(block)
  mask(blockWords, innerPad ^ outerPad)
  blank._cloneInto(outer)
  outer.update(block)
  return pool
}

function mask(words: Uint32Array, pad: number): void {
  for (let index = 0; index < words.length; index++) words[index] = (words[index] as number) ^ pad
}

/** The HMAC of a message under the pool's key. The result is the pool's own `digest`: read it before the next call. */
export function digestWith(pool: HmacPool, message: Uint8Array): Uint8Array {
  const { inner, outer, work, digest } = pool
  inner._cloneInto(work)
  work.update(message)
  work.digestInto(digest)
  outer._cloneInto(work)
  work.update(digest)
  work.digestInto(digest)
  return digest
}

/** Wipes what depends on the key. */
export function wipe(pool: HmacPool): void {
  pool.inner.destroy()
  pool.outer.destroy()
  pool.work.destroy()
  pool.block.fill(0)
  pool.digest.fill(0)
}
