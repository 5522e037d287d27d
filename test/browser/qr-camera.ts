/** Reads the QR code that the page shows, from the pixels of the picture. */

import jsqr from 'jsqr'
import type { Page } from 'playwright-core'

interface Picture {
  readonly width: number
  readonly height: number
  /** One character a pixel, row by row: 1 is bright. */
  readonly bits: string
}

/** Runs in the page: the picture as a camera would see it. */
const pictureOfQrCode = `(async () => {
  const image = document.querySelector('img.qr')
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: image.naturalWidth, height: image.naturalHeight })
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height)
  const bits = Array.from({ length: width * height }, (_, pixel) => (data[pixel * 4] > 127 ? '1' : '0')).join('')
  return { width, height, bits }
})()`

/** What a camera reads off the page's QR code. */
export async function scanQrCode(page: Page): Promise<string> {
  const { width, height, bits } = (await page.evaluate(pictureOfQrCode)) as Picture
  const pixels = Uint8ClampedArray.from([...bits].flatMap((bit) => [...Array(3).fill(Number(bit) * 255), 255]))
  return jsqr(pixels, width, height)?.data ?? ''
}
