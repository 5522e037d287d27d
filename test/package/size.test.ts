import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { measureSizes, type Size, sizesTold } from '../../scripts/sizes.js'

const told = sizesTold(readFileSync(new URL('../../docs/size.md', import.meta.url), 'utf8'))
let sizes: readonly Size[] = []

beforeAll(async () => {
  sizes = await measureSizes()
}, 120_000)

describe('the size of the core', () => {
  it('is told by docs/size.md, line by line', () => {
    expect([...told.keys()]).toEqual(sizes.map(({ title }) => title))
  })

  it('has not outgrown docs/size.md by more than 2 %', () => {
    for (const { title, gzip } of sizes) {
      expect(gzip, `${title}; npm run size -- --write renews the page`).toBeLessThan((told.get(title) ?? 0) * 1.02)
    }
  })

  it('stays below its bars: one TOTP check, and the core’s own code', () => {
    const bars = sizes.filter(({ bar }) => bar !== undefined)
    expect(bars.map(({ bar }) => bar)).toEqual([7000, 30_000])
    for (const { title, gzip, bar } of bars) expect(gzip, title).toBeLessThan(bar as number)
  })
})
