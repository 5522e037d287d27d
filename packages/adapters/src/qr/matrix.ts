/** A QR code's modules (ISO/IEC 18004), by the `qr` package. */

import { MfaError } from '@countersign/core'
import encodeQR from 'qr'

/** Options of `renderQrMatrix`, and part of those of every image. */
export interface QrOptions {
  /** Width of the quiet zone in modules, 0 to 10. Default: 4, the standard's (ISO/IEC 18004, 9.1). */
  readonly margin?: number
}

// ISO/IEC 18004, table 7: what version 40 holds in byte mode at error correction M.
const maxTextBytes = 2331
const defaultMargin = 4
const maxMargin = 10
const maxSize = 1000

/**
 * The modules, row by row, `true` for dark, with the quiet zone; error correction M (ISO/IEC 18004). Throws
 * `invalid_argument` for a text that is not 1 to 2331 bytes of UTF-8, and for an option out of its range.
 */
export function renderQrMatrix(text: string, options: QrOptions = {}): readonly (readonly boolean[])[] {
  const { margin = defaultMargin } = options
  requireText(text)
  requireInteger('margin', margin, 0, maxMargin)
  // The package draws at least one module of quiet zone; ours replaces it.
  const symbol = encodeQR(text, 'raw', { ecc: 'medium', border: 1 })
    .slice(1, -1)
    .map((row) => row.slice(1, -1))
  const side = new Array<boolean>(margin).fill(false)
  const rows = symbol.map((row) => [...side, ...row, ...side])
  const edge = side.map(() => new Array<boolean>(symbol.length + 2 * margin).fill(false))
  return [...edge, ...rows, ...edge]
}

/** Throws `invalid_argument` unless `size` is a whole number of pixels that an image may have. */
export function requireSize(size: number): void {
  requireInteger('size', size, 1, maxSize)
}

function requireText(text: string): void {
  if (typeof text !== 'string' || text.length === 0 || Buffer.byteLength(text) > maxTextBytes) {
    throw new MfaError('invalid_argument', `\`text\` must be a string of 1 to ${maxTextBytes} bytes.`)
  }
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new MfaError('invalid_argument', `\`${name}\` must be a whole number from ${min} to ${max}.`)
  }
}
