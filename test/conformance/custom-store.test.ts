import { readFileSync } from 'node:fs'
import { registerStoreSuite, runStoreSuite } from '@countersign/adapters/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EtagService, startEtagService } from '../../examples/custom-store/etag-service.js'
import { createHttpStore } from '../../examples/custom-store/http-store.js'

let service: EtagService
beforeAll(async () => {
  service = await startEtagService()
})
afterAll(() => service.close())

describe('the store of the example, over HTTP', () => {
  registerStoreSuite(
    { describe, it },
    {
      open: async () => createHttpStore(service.url),
      rawLoad: async (owner) => service.valueOf(owner)?.slice(22) ?? null,
    },
  )

  it('has at most forty lines', () => {
    const path = new URL('../../examples/custom-store/http-store.ts', import.meta.url)
    expect(readFileSync(path, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })

  it('is caught by S5 once it leaves the comparison to itself', async () => {
    const careless = createHttpStore(service.url)
    const unconditional: typeof careless = {
      ...careless,
      async save(owner, data, version, expected) {
        if (((await careless.load(owner))?.version ?? null) !== expected) return false
        await fetch(service.url + encodeURIComponent(owner), { method: 'PUT', body: version + data })
        return true
      },
    }
    const { failed } = await runStoreSuite({ open: async () => unconditional })
    expect(failed.map(({ law }) => law)).toContain('S5')
  })
})
