/** HMAC (RFC 2104) over noble's hashes with pooled hash objects: none is made per code, and key states are wiped. */

import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { TotpAlgorithm } from './parameters.js'

/** The part of noble's public `Hash` that is used. */
interface PooledHash {
  readonly blockLen: number
  readonly outputLen: number
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
  digestInto(target: Uint8Array): void
  destroy(): void
  _cloneInto(target: PooledHash): unknown
}

/** Views for keys of one length, kept because making them anew would cost as much as hashing what they show. */
interface KeyViews {
  /** The start of the pool's `block`, as long as the key. */
  readonly masked: Uint8Array
  /** What fills the block after the masked key. */
  readonly innerPadding: Uint8Array
  readonly outerPadding: Uint8Array
}

/** The hash objects of one algorithm. Nothing between `keyPool` and `wipe` calls out, so one key is in use at a time. */
export interface HmacPool {
  readonly blank: PooledHash
  readonly inner: PooledHash
  readonly outer: PooledHash
  readonly work: PooledHash
  readonly block: Uint8Array
  readonly viewsByKeyLength: KeyViews[]
}

const innerPad = 0x36
const outerPad = 0x5c

function createPool(create: () => unknown): HmacPool {
  const createHash = (): PooledHash => create() as PooledHash
  const blank = createHash()
  return {
    blank,
    inner: createHash(),
    outer: createHash(),
    work: createHash(),
    block: new Uint8Array(blank.blockLen),
    viewsByKeyLength: [],
  }
}

function viewsFor({ block, viewsByKeyLength }: HmacPool, keyLength: number): KeyViews {
  const known = viewsByKeyLength[keyLength]
  if (known !== undefined) return known
  const rest = block.length - keyLength
  const views = {
    masked: block.subarray(0, keyLength),
    innerPadding: new Uint8Array(rest).fill(innerPad),
    outerPadding: new Uint8Array(rest).fill(outerPad),
  }
  viewsByKeyLength[keyLength] = views
  return views
}

const pools: Readonly<Record<TotpAlgorithm, HmacPool>> = {
  'SHA-1': /* @__PURE__ */ createPool(() => sha1.create()),
  'SHA-256': /* @__PURE__ */ createPool(() => sha256.create()),
  'SHA-512': /* @__PURE__ */ createPool(() => sha512.create()),
}

/** Absorbs the key into the algorithm's pool. The caller must `wipe` the pool when done. */
export function keyPool(algorithm: TotpAlgorithm, key: Uint8Array): HmacPool {
  const pool = pools[algorithm]
  const { blank, inner, outer, block } = pool
  const material = key.length > block.length ? digestKey(pool, key) : key
  const { length } = material
  const { masked, innerPadding, outerPadding } = viewsFor(pool, length)
  for (let index = 0; index < length; index++) masked[index] = (material[index] as number) ^ innerPad
  blank._cloneInto(inner)
  inner.update(masked)
  inner.update(innerPadding)
  for (let index = 0; index < length; index++) masked[index] = (masked[index] as number) ^ (innerPad ^ outerPad)
  blank._cloneInto(outer)
  outer.update(masked)
  outer.update(outerPadding)
  return pool
}

/** The digest of a key longer than a block, where it is masked next. */
function digestKey(pool: HmacPool, key: Uint8Array): Uint8Array {
  const { blank, work } = pool
  const { masked } = viewsFor(pool, blank.outputLen)
  blank._cloneInto(work)
  work.update(key)
  work.digestInto(masked)
  return masked
}

/**
 * The HMAC of a message under the pool's key, in bytes of its own that the caller wipes.
 *
 * `digest` is faster here than `digestInto`, which makes a `DataView` for every target.
 */
export function digestWith({ inner, outer, work }: HmacPool, message: Uint8Array): Uint8Array {
  inner._cloneInto(work)
  work.update(message)
  const innerDigest = work.digest()
  outer._cloneInto(work)
  work.update(innerDigest)
  innerDigest.fill(0)
  return work.digest()
}

/** Wipes what depends on the key. */
export function wipe({ inner, outer, work, block }: HmacPool): void {
  inner.destroy()
  outer.destroy()
  work.destroy()
  block.fill(0)
}
