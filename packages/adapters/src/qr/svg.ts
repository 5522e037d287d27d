/** QR codes as SVG, dark on white whatever the page's colors are. */

import { type QrOptions, renderQrMatrix, requireSize } from './matrix.js'

/** Options of `renderQrSvg`. */
export interface QrSvgOptions extends QrOptions {
  /** Width and height in pixels, 1 to 1000. Without it the image takes the size its place gives it. */
  readonly size?: number
}

/** An SVG document. Throws `invalid_argument` as `renderQrMatrix` does. */
export function renderQrSvg(text: string, options: QrSvgOptions = {}): string {
  const { size } = options
  if (size !== undefined) requireSize(size)
  const rows = renderQrMatrix(text, options)
  const dimensions = size === undefined ? '' : ` width="${size}" height="${size}"`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rows.length} ${rows.length}"${dimensions} shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${rows.length}v${rows.length}H0z"/><path d="${rows.map(runsOf).join('')}"/></svg>`
  )
}

/** One rectangle for each run of dark modules in a row. */
function runsOf(row: readonly boolean[], y: number): string {
  let path = ''
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue
    const start = x
    while (row[x + 1]) x++
    const width = x - start + 1
    path += `M${start} ${y}h${width}v1h-${width}z`
  }
  return path
}
