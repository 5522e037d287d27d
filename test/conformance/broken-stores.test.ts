import { runStoreSuite } from '@countersign/adapters/conformance'
import { describe, expect, it } from 'vitest'
import { brokenStores } from './broken-stores.js'

describe('the suite catches stores that break a law', () => {
  it('knows at least fifteen of them', () => {
    expect(brokenStores.length).toBeGreaterThanOrEqual(15)
  })

  for (const { name, breaks, harness } of brokenStores) {
    it(`${breaks}: ${name}`, async () => {
      const { failed } = await runStoreSuite(harness(), { seed: 1 })
      expect(failed.map(({ law }) => law)).toContain(breaks)
      for (const { explanation } of failed) expect(explanation.split('\n')).toHaveLength(2)
    })
  }
})
