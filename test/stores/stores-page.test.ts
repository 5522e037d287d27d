import { readFileSync } from 'node:fs'
import { storeCases } from '@countersign/adapters/conformance'
import { describe, expect, it } from 'vitest'
import { races } from './races.js'

const page = readFileSync(new URL('../../docs/stores.md', import.meta.url), 'utf8')

describe('docs/stores.md, which a run writes (npm run docs:stores)', () => {
  it('names every race', () => {
    for (const race of Object.keys(races)) expect(page).toContain(race)
  })

  it('shows every store with every case of every law, and nothing that failed', () => {
    const laws = [...new Set(storeCases.map(({ law }) => law))].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    const all = laws.map((law) => storeCases.filter((each) => each.law === law).length)
    const rows = page.split('\n').filter((line) => / of /.test(line) && line.startsWith('| '))
    expect(rows.length).toBeGreaterThanOrEqual(8)
    for (const row of rows) {
      const cells = row.split(' | ').slice(1)
      expect(cells.map((cell) => cell.replace(' |', ''))).toEqual(all.map((count) => `${count} of ${count}`))
    }
    expect(page).not.toContain('**')
  })
})
