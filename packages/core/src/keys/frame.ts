/** Length-framed encoding: no two lists of fields ever meet in one byte string. */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** Encodes each field as its byte length (4 bytes, big-endian) followed by its bytes; text as UTF-8. */
export function frame(...fields: readonly (string | Uint8Array)[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const field of fields) {
    const bytes = typeof field === 'string' ? utf8ToBytes(field) : field
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, bytes.length)
    parts.push(length, bytes)
  }
  return concatBytes(...parts)
}

/** The number of bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return utf8ToBytes(text).length
}
