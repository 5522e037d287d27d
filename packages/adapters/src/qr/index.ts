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

/** Two modules per character, black on white by escape codes, so that any terminal theme can be scanned. */
export function renderQrTerminal(text: string): string {
  const rows = renderQrMatrix(text)
  const isDark = (row: number, column: number): boolean => rows[row]?.[column] === true
  const lines: string[] = []
  for (let row = 0; row < rows.length; row += 2) {
    const characters = (rows[row] ?? []).map((_, column) => halfBlock(isDark(row, column), isDark(row + 1, column)))
    lines.push(`\u001b[30;107m${characters.join('')}\u001b[0m`)
  }
  return lines.join('\n')
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀'
  return lower ? '▄' : ' '
}

/** The modules themselves, `true` for dark, with the quiet zone. */
export function renderQrMatrix(text: string): readonly (readonly boolean[])[] {
  return encodeQR(requireText(text), 'raw', { ecc: 'medium', border: quietZone })
}
