/** Bytes as unpadded base64url text, and equality of two texts in constant time. */

import { base64urlnopad } from '@scure/base'

export function toBase64Url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes)
}

/** Decodes text this library encoded; throws on anything else, without quoting it. */
export function fromBase64Url(text: string): Uint8Array {
  try {
    return base64urlnopad.decode(text)
  } catch {
    throw new RangeError('not base64url')
  }
}

/** Compares two texts without stopping at the first difference; lengths are not secret (X35). */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}
