/** HMAC (RFC 2104) over noble's hashes with pooled hash objects: nothing is allocated per code, key states are wiped. */

import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'

export type TotpAlgorithm = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** The part of noble's public `Hash` that is used. */
interface PooledHash {
  readonly blockLen: number
  readonly outputLen: number
  update(bytes: Uint8Array): unknown
  digestInto(target: Uint8Array): void
  destroy(): void
  _cloneInto(target: PooledHash): unknown
}

/** The hash objects of one algorithm. Everything here is synchronous, so one keyed pool is in use at a time. */
export interface HmacPool {
  readonly outputLength: number
  readonly blank: PooledHash
  readonly inner: PooledHash
  readonly outer: PooledHash
  readonly work: PooledHash
  readonly block: Uint8Array
  readonly digest: Uint8Array
}

function createPool(create: () => unknown): HmacPool {
  const hash = (): PooledHash => create() as PooledHash
  const blank = hash()
  return {
    outputLength: blank.outputLen,
    blank,
    inner: hash(),
    outer: hash(),
    work: hash(),
    block: new Uint8Array(blank.blockLen),
    digest: new Uint8Array(blank.outputLen),
  }
}

const pools: Readonly<Record<TotpAlgorithm, HmacPool>> = {
  'SHA-1': /* @__PURE__ */ createPool(() => sha1.create()),
  'SHA-256': /* @__PURE__ */ createPool(() => sha256.create()),
  'SHA-512': /* @__PURE__ */ createPool(() => sha512.create()),
}

/** Absorbs the key into the algorithm's pool. Call `wipe` when done. */
export function keyPool(algorithm: TotpAlgorithm, key: Uint8Array): HmacPool {
  const pool = pools[algorithm]
  const { blank, inner, outer, work, block, digest } = pool
  block.fill(0)
  if (key.length > block.length) {
    blank._cloneInto(work)
    work.update(key)
    work.digestInto(digest)
    block.set(digest)
  } else {
    block.set(key)
  }
  for (let index = 0; index < block.length; index++) block[index] = (block[index] as number) ^ 0x36
  blank._cloneInto(inner)
  inner.update(block)
  for (let index = 0; index < block.length; index++) block[index] = (block[index] as number) ^ (0x36 ^ 0x5c)
  blank._cloneInto(outer)
  outer.update(block)
  return pool
}

/** The HMAC of a message under the pool's key. The result is the pool's own buffer: read it before the next call. */
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
