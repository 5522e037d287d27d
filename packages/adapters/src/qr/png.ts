/** QR codes as PNG with one bit per pixel (PNG specification, third edition). */

import { crc32, deflateSync } from 'node:zlib'
import { type QrOptions, renderQrMatrix, requireSize } from './matrix.js'

/** Options of `renderQrPng`. */
export interface QrPngOptions extends QrOptions {
  /** Width and height in pixels, 1 to 1000. Default: 400. Under one pixel per module no camera can read it. */
  readonly size?: number
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * The bytes of a PNG file. Modules are whole pixels; what is left over of `size` widens the quiet zone. Throws
 * `invalid_argument` as `renderQrMatrix` does.
 */
export function renderQrPng(text: string, options: QrPngOptions = {}): Uint8Array {
  const { size = 400 } = options
  requireSize(size)
  const rows = renderQrMatrix(text, options)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // One bit deep and gray; compression, filter and interlace as the only or plainest kind.
  header.set([1, 0, 0, 0, 0], 8)
  return Uint8Array.from(
    Buffer.concat([
      signature,
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(scanlinesOf(rows, size), { level: 9 })),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  )
}

/** Each line: a filter byte of 0, then the pixels, most significant bit first, 1 for white. */
function scanlinesOf(rows: readonly (readonly boolean[])[], size: number): Buffer {
  const moduleAt = moduleMap(rows.length, size)
  const stride = 1 + Math.ceil(size / 8)
  const lines = Buffer.alloc(stride * size)
  for (let y = 0; y < size; y++) {
    const row = rows[moduleAt(y)]
    for (let x = 0; x < size; x++) {
      if (row?.[moduleAt(x)] === true) continue
      const at = y * stride + 1 + (x >> 3)
      lines[at] = (lines[at] as number) | (0x80 >> (x & 7))
    }
  }
  return lines
}

/** Which module a pixel shows; outside of the modules lies white. */
function moduleMap(modules: number, size: number): (pixel: number) => number {
  const scale = Math.floor(size / modules)
  if (scale === 0) return (pixel) => Math.floor((pixel * modules) / size)
  const offset = (size - scale * modules) >> 1
  return (pixel) => Math.floor((pixel - offset) / scale)
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
