/** Drawn randomness as a value: a decision takes from it in order, so the same draw gives the same decision. */

import { invalidConfiguration } from '../errors.js'
import type { RandomSource } from '../ports/clock.js'
import { toBase64Url } from './text.js'

/** How many bytes one command may use: ten recovery codes, or five seeds sealed anew, with room to spare. */
export const entropyLength = 512

/** A reader over one draw. */
export interface Entropy {
  take(length: number): Uint8Array
}

/** Starts at the first byte of the draw. Taking more than was drawn is a fault of this library. */
export function readEntropy(draw: () => Uint8Array): Entropy {
  let position = 0
  return {
    take(length) {
      const drawn = draw()
      if (position + length > drawn.length) throw new RangeError('more randomness taken than drawn')
      position += length
      return drawn.slice(position - length, position)
    },
  }
}

/** Draws from the host's or the system's source and checks what came: a copy, whatever the source does with its own. */
export function drawEntropy(random: RandomSource, length: number = entropyLength): Uint8Array {
  const drawn = random(length)
  if (!(drawn instanceof Uint8Array) || drawn.length !== length) {
    throw invalidConfiguration('random', `a source that answers ${length} bytes`)
  }
  return Uint8Array.from(drawn)
}

/** One draw, made when first asked for and the same ever after: most commands need none, and it is a call to the system. */
export function drawOnce(random: RandomSource): () => Uint8Array {
  let drawn: Uint8Array | undefined
  return () => {
    drawn ??= drawEntropy(random)
    return drawn
  }
}

const idBytes = 16

/** Ids like those of `takeId`, many to a draw. */
export function createIdSource(random: RandomSource): () => string {
  let entropy = readEntropy(() => new Uint8Array(0))
  let left = 0
  return () => {
    if (left === 0) {
      const drawn = drawEntropy(random)
      entropy = readEntropy(() => drawn)
      left = entropyLength / idBytes
    }
    left--
    return takeId(entropy)
  }
}

/** An opaque id of 128 random bits as 22 characters of base64url: for what must differ over all users and times. */
export function takeId(entropy: Entropy): string {
  return toBase64Url(entropy.take(idBytes))
}

/** A name for something within one user's record, never a secret: 72 random bits as 12 characters of base64url. */
export function takeRef(entropy: Entropy): string {
  return toBase64Url(entropy.take(9))
}

/**
 * A uniform decimal code. 128 bits reduced modulo at most 10^10: the bias is below 2^-94, so no rejection loop
 * is needed (FIPS 186-5, A.2.1 "extra random bits").
 */
export function takeDecimalCode(entropy: Entropy, digits: number): string {
  let value = 0n
  for (const byte of entropy.take(16)) value = (value << 8n) | BigInt(byte)
  return (value % 10n ** BigInt(digits)).toString().padStart(digits, '0')
}
