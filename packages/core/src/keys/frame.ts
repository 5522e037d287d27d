/** Length-framed encoding: no two lists of fields ever meet in one byte string. */

import { utf8ToBytes } from '@noble/hashes/utils.js'

declare class TextEncoder {
  encodeInto(text: string, target: Uint8Array): { readonly written: number }
}

/** Text as UTF-8, or bytes as they are. */
export type Field = string | Uint8Array

const encoder = /* @__PURE__ */ new TextEncoder()
/** What stands before each field. */
export const lengthBytes = 4
/** No character of UTF-16 takes more bytes of UTF-8. */
const mostBytesPerCharacter = 3
const scratch = /* @__PURE__ */ new Uint8Array(8192)

/** Each field as its byte length (4 bytes, big-endian) followed by its bytes. */
export function frame(...fields: readonly Field[]): Uint8Array {
  return writeFrame(fields, new Uint8Array(mostBytesOf(fields)))
}

/** As `frame`, in memory that is used again and wiped at the end: for `read` alone, at every load and every save. */
export function withFrame<T>(fields: readonly Field[], read: (framed: Uint8Array) => T): T {
  const mostBytes = mostBytesOf(fields)
  const framed = writeFrame(fields, mostBytes > scratch.length ? new Uint8Array(mostBytes) : scratch)
  try {
    return read(framed)
  } finally {
    framed.fill(0)
  }
}

function mostBytesOf(fields: readonly Field[]): number {
  let most = 0
  for (const field of fields) {
    most += lengthBytes + field.length * (typeof field === 'string' ? mostBytesPerCharacter : 1)
  }
  return most
}

function writeFrame(fields: readonly Field[], target: Uint8Array): Uint8Array {
  let at = 0
  for (const field of fields) {
    const rest = target.subarray(at + lengthBytes)
    let { length } = field
    if (typeof field === 'string') length = encoder.encodeInto(field, rest).written
    else rest.set(field)
    for (let index = 0; index < lengthBytes; index++) target[at + index] = length >>> (24 - 8 * index)
    at += lengthBytes + length
  }
  return target.subarray(0, at)
}

/** The number of bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return utf8ToBytes(text).length
}
