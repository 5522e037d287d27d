/** Reads a PNG of one gray bit per pixel, checking all that such a file must have. */

import { inflateSync } from 'node:zlib'

export interface GrayImage {
  readonly width: number
  readonly height: number
  /** RGBA, as decoders take it. */
  readonly pixels: Uint8ClampedArray
}

export function readPng(file: Uint8Array): GrayImage {
  const bytes = Buffer.from(file)
  demand(bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n', 'signature')
  const chunks = readChunks(bytes.subarray(8))
  demand(chunks.map(({ type }) => type).join() === 'IHDR,IDAT,IEND', 'chunks')
  const header = chunks[0]?.data as Buffer
  const width = header.readUInt32BE(0)
  const height = header.readUInt32BE(4)
  demand([...header.subarray(8)].join() === '1,0,0,0,0', 'one gray bit, not interlaced')
  const stride = 1 + Math.ceil(width / 8)
  const lines = inflateSync(chunks[1]?.data as Buffer)
  demand(lines.length === stride * height, 'length of the image data')
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    demand(lines[y * stride] === 0, 'filter')
    for (let x = 0; x < width; x++) {
      const isWhite = ((lines[y * stride + 1 + (x >> 3)] as number) & (0x80 >> (x & 7))) !== 0
      pixels.set(isWhite ? [255, 255, 255, 255] : [0, 0, 0, 255], (y * width + x) * 4)
    }
  }
  return { width, height, pixels }
}

function readChunks(bytes: Buffer): readonly { type: string; data: Buffer }[] {
  if (bytes.length === 0) return []
  const length = bytes.readUInt32BE(0)
  const type = bytes.subarray(4, 8).toString('latin1')
  demand(checksumOf(bytes.subarray(4, 8 + length)) === bytes.readUInt32BE(8 + length), `checksum of ${type}`)
  return [{ type, data: bytes.subarray(8, 8 + length) }, ...readChunks(bytes.subarray(12 + length))]
}

/** CRC-32 by the bit, from its definition (PNG specification, annex D). */
function checksumOf(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not the PNG that was promised: ${what}`)
}
