/** Proves the store of this example against every law, and says what failed. */

import { runStoreSuite } from '@countersign/adapters/conformance'
import { startEtagService } from './etag-service.js'
import { createHttpStore } from './http-store.js'

const service = await startEtagService()
const report = await runStoreSuite({
  open: async () => createHttpStore(service.url),
  rawLoad: async (owner) => service.valueOf(owner)?.slice(22) ?? null,
})
for (const { law, id, title, explanation, error } of report.failed) {
  console.log(`${law} ${id}: ${title}\n${explanation}\n${error}\n`)
}
console.log(`${report.passed.length} passed, ${report.failed.length} failed (seed ${report.seed})`)
await service.close()
process.exitCode = report.failed.length === 0 ? 0 : 1
