/** QR codes for a terminal. */

import { renderQrMatrix } from './matrix.js'

/**
 * Two modules per character, black on white by escape codes, so that any terminal theme can be scanned. Throws
 * `invalid_argument` as `renderQrMatrix` does.
 */
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
