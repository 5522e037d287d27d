/** QR codes of key URIs, made on this machine: a secret never goes to a chart service. On the `qr` package. */

export { type QrOptions, renderQrMatrix } from './matrix.js'
export { type QrPngOptions, renderQrPng } from './png.js'
export { type QrSvgOptions, renderQrSvg } from './svg.js'
export { renderQrTerminal } from './terminal.js'
