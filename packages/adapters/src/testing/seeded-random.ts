/** Repeatable "random" bytes for tests (xorshift128+). Never for anything but tests. */

import type { RandomSource } from '@countersign/core'

/** The same seed gives the same bytes in the same order. */
export function createSeededRandom(seed: number): RandomSource {
  let a = BigInt.asUintN(64, BigInt(Math.trunc(seed)) * 0x9e3779b97f4a7c15n + 1n)
  let b = BigInt.asUintN(64, a ^ 0xd1b54a32d192ed03n)
  const next = (): bigint => {
    let x = a
    a = b
    x ^= BigInt.asUintN(64, x << 23n)
    b = x ^ a ^ (x >> 17n) ^ (a >> 26n)
    return BigInt.asUintN(64, a + b)
  }
  for (let round = 0; round < 16; round++) next()
  return (length) => Uint8Array.from({ length }, () => Number((next() >> 32n) & 0xffn))
}
