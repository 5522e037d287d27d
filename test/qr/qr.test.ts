import { renderQrMatrix, renderQrPng, renderQrSvg, renderQrTerminal } from '@countersign/adapters/qr'
import { formatKeyUri } from '@countersign/core/totp'
import fc from 'fast-check'
import jsqr from 'jsqr'
import { describe, expect, it } from 'vitest'
import { type GrayImage, readPng } from './png.js'

const uri = formatKeyUri({
  issuer: 'Acme Bank',
  accountName: 'kim@example.com',
  secret: Uint8Array.from({ length: 20 }, (_, index) => index * 7 + 1),
})

/** Reads with a decoder that is not of the package that encoded. */
function decode({ width, height, pixels }: GrayImage): string | undefined {
  return jsqr(pixels, width, height)?.data
}

function imageOf(rows: readonly (readonly boolean[])[], scale = 4): GrayImage {
  const width = rows.length * scale
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255)
  rows.forEach((row, y) => {
    row.forEach((isDark, x) => {
      if (!isDark) return
      for (let inner = 0; inner < scale * scale; inner++) {
        const at = ((y * scale + Math.floor(inner / scale)) * width + x * scale + (inner % scale)) * 4
        pixels.set([0, 0, 0, 255], at)
      }
    })
  })
  return { width, height: width, pixels }
}

/** The modules that an SVG of ours paints dark: its second path, drawn run by run. */
function modulesOf(svg: string): boolean[][] {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  const rows = Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const path = /<path d="([^"]*)"/.exec(svg)?.[1] ?? ''
  expect(path.replace(/M\d+ \d+h(\d+)v1h-\1z/g, '')).toBe('')
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let at = Number(x); at < Number(x) + Number(width); at++) (rows[Number(y)] as boolean[])[at] = true
  }
  return rows
}

const blackOnWhite = '\u001b[30;107m'
const reset = '\u001b[0m'

/** The modules that a terminal shows. */
function screenOf(text: string): boolean[][] {
  return text.split('\n').flatMap((line) => {
    expect(line.startsWith(blackOnWhite) && line.endsWith(reset)).toBe(true)
    const cells = [...line.slice(blackOnWhite.length, -reset.length)]
    return ['█▀', '█▄'].map((dark) => cells.map((cell) => dark.includes(cell)))
  })
}

const texts = fc.oneof(
  fc.string({ minLength: 1, maxLength: 200 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.nat().map((number) => `${number}`),
)

describe('a key URI, decoded again by an independent decoder', () => {
  it('comes back from a PNG', () => expect(decode(readPng(renderQrPng(uri)))).toBe(uri))
  it('comes back from an SVG', () => expect(decode(imageOf(modulesOf(renderQrSvg(uri))))).toBe(uri))
  it('comes back from a terminal', () => {
    const rows = screenOf(renderQrTerminal(uri))
    expect(
      decode(imageOf(rows.map((row) => [...row, ...new Array<boolean>(rows.length - row.length).fill(false)]))),
    ).toBe(uri)
  })

  it('comes back from a PNG of every size that has room for two pixels per module', () => {
    for (const size of [150, 199, 256, 400, 401, 777, 1000])
      expect(decode(readPng(renderQrPng(uri, { size })))).toBe(uri)
  })

  it('any other text comes back too, and all three forms show the same modules', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const rows = renderQrMatrix(text)
        const bytes = jsqr(imageOf(rows).pixels, rows.length * 4, rows.length * 4)?.binaryData ?? []
        expect(Buffer.from(bytes).toString('utf8')).toBe(Buffer.from(text).toString('utf8'))
        expect(modulesOf(renderQrSvg(text))).toEqual(rows)
        expect(screenOf(renderQrTerminal(text)).slice(0, rows.length)).toEqual(rows)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the quiet zone', () => {
  const isLight = (row: readonly boolean[] | undefined): boolean => row?.includes(true) === false

  it('is four modules wide unless told otherwise (ISO/IEC 18004, 9.1)', () => {
    const rows = renderQrMatrix(uri)
    for (let at = 0; at < 4; at++) {
      expect(isLight(rows[at]) && isLight(rows.at(-1 - at))).toBe(true)
      expect(rows.every((row) => row[at] === false && row.at(-1 - at) === false)).toBe(true)
    }
    expect(isLight(rows[4])).toBe(false)
  })

  it.each([0, 1, 10])('is %i modules wide when told so, around the same symbol', (margin) => {
    const rows = renderQrMatrix(uri, { margin })
    const bare = renderQrMatrix(uri, { margin: 0 })
    expect(rows.length).toBe(bare.length + 2 * margin)
    const inner = rows.slice(margin, rows.length - margin).map((row) => row.slice(margin, row.length - margin))
    expect(inner).toEqual(bare)
    expect(bare[0]?.slice(0, 7)).toEqual(new Array(7).fill(true))
  })
})

describe('a PNG', () => {
  it.each([1, 7, 8, 9, 400, 1000])('of %i pixels has exactly that size', (size) => {
    expect(readPng(renderQrPng(uri, { size }))).toMatchObject({ width: size, height: size })
  })

  it('is small, and the same for the same text', () => {
    expect(renderQrPng(uri).length).toBeLessThan(2000)
    expect(renderQrPng(uri)).toEqual(renderQrPng(uri))
  })

  it('draws every module as the same whole number of pixels', () => {
    const bare = renderQrMatrix(uri, { margin: 0 })
    const size = bare.length * 5 + 3
    const { pixels } = readPng(renderQrPng(uri, { size, margin: 0 }))
    const isDark = (x: number, y: number): boolean => pixels[(y * size + x) * 4] === 0
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const expected = bare[Math.floor((y - 1) / 5)]?.[Math.floor((x - 1) / 5)] === true
        if (isDark(x, y) !== expected) expect.fail(`pixel ${x},${y}`)
      }
    }
  })
})

describe('an SVG', () => {
  it('is dark on white whatever the page’s colors are, and holds no part of the text', () => {
    const svg = renderQrSvg('<script>alert(1)</script>')
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h\d+v\d+H0z"\/><path d="[M\dhvz -]+"\/><\/svg>$/,
    )
  })

  it('has a size of its own only when told so', () => {
    expect(renderQrSvg(uri)).not.toMatch(/ width=| height=/)
    expect(renderQrSvg(uri, { size: 240 })).toContain(' width="240" height="240"')
  })
})

describe('what cannot be drawn is refused with the name of the argument', () => {
  const refusal = (name: string) =>
    expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`\`${name}\``) })

  it.each([0, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -1, '400' as unknown as number])(
    'a size of %s',
    (size) => {
      expect(() => renderQrPng(uri, { size })).toThrow(refusal('size'))
      expect(() => renderQrSvg(uri, { size })).toThrow(refusal('size'))
    },
  )

  it.each([-1, 11, 0.5, Number.NaN, '4' as unknown as number])('a margin of %s', (margin) => {
    for (const render of [renderQrMatrix, renderQrPng, renderQrSvg])
      expect(() => render(uri, { margin })).toThrow(refusal('margin'))
  })

  it('a text that is empty, no string, or longer than a code holds, which is counted in bytes and never shown', () => {
    for (const text of ['', 'a'.repeat(2332), 'é'.repeat(1166), 7 as unknown as string]) {
      for (const render of [renderQrMatrix, renderQrPng, renderQrSvg, renderQrTerminal]) {
        expect(() => render(text)).toThrow(refusal('text'))
      }
    }
    expect(() => renderQrMatrix(`secret${'a'.repeat(3000)}`)).not.toThrow('secret')
  })

  it('but the longest text that a code holds is drawn', () => {
    expect(renderQrMatrix('a'.repeat(2331))).toHaveLength(177 + 8)
    expect(renderQrMatrix('é'.repeat(1165))).toHaveLength(177 + 8)
  })
})
