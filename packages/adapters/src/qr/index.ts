/** QR codes of key URIs, made on this machine: a secret never goes to a chart service. On the `qr` package. */

import encodeQR from 'qr'

// ISO/IEC 18004, 9.1: the quiet zone is four modules wide.
const quietZone = 4
const maxTextLength = 2048

function requireText(text: string): string {
  if (typeof text !== 'string' || text.length === 0 || text.length > maxTextLength) {
    throw new RangeError(`text must have 1 to ${maxTextLength} characters`)
  }
  return text
}

/** An SVG document; scales to any size. */
export function renderQrSvg(text: string): string {
  return encodeQR(requireText(text), 'svg', { ecc: 'medium', border: quietZone })
}

/** Lines of block characters for a terminal with a dark or light background. */
export function renderQrTerminal(text: string): string {
  return encodeQR(requireText(text), 'term', { ecc: 'medium', border: quietZone })
}

/** The modules themselves, `true` for dark, with the quiet zone. */
export function renderQrMatrix(text: string): readonly (readonly boolean[])[] {
  return encodeQR(requireText(text), 'raw', { ecc: 'medium', border: quietZone })
}
