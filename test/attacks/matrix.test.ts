import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readTestFiles, securityMatrixPage, securityRows, testsById } from '../../scripts/security-matrix-page.js'

const root = new URL('../../', import.meta.url)
const numbered = (letter: string, last: number): readonly string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`)

describe('the security matrix', () => {
  it('is what `scripts/security-matrix.ts` prints', () => {
    const page = readFileSync(new URL('docs/security-matrix.md', root), 'utf8')
    expect(page).toBe(securityMatrixPage(readTestFiles()))
  })

  it('has a row for every attack and every demand, in order', () => {
    expect(securityRows.map(([id]) => id)).toEqual([...numbered('X', 47), ...numbered('M', 46)])
  })

  it('has for every attack a test here that performs it; what needs no test is only documented', () => {
    const tests = testsById(readTestFiles())
    const isDocumentedOnly = (id: string): boolean => id === 'X47'
    const performed = numbered('X', 47).filter((id) =>
      (tests.get(id) ?? []).some((path) => path.startsWith('test/attacks/')),
    )
    expect(performed).toEqual(numbered('X', 47).filter((id) => !isDocumentedOnly(id)))
  })

  it('names rules that exist, and attacks that have a row', () => {
    const attacks = new Set(securityRows.map(([id]) => id))
    for (const [id = '', ...columns] of securityRows) {
      const [rules = '', shownBy = ''] = id.startsWith('X') ? [columns[1], ''] : [columns[2], columns[3]]
      for (const file of rules.split(' ').filter((each) => each.endsWith('.ts'))) {
        expect(existsSync(new URL(`packages/core/src/${file}`, root)), `${id}: ${file}`).toBe(true)
      }
      if (id.startsWith('M')) for (const attack of shownBy.split(' ')) expect(attacks, id).toContain(attack)
    }
  })
})
