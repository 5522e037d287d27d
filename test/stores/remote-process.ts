/** A process that opens a store and does what it is told, so that the suite can race over several processes. */

import { openStore, type StoreSpec } from './open-store.js'
import type { RemoteAnswer, RemoteCall } from './remote-store.js'

const opened = openStore(JSON.parse(process.argv[2] ?? '') as StoreSpec)

process.on('message', async ({ id, method, values }: RemoteCall) => {
  const { store, close } = await opened
  if (method === 'close') return void close().then(() => process.disconnect())
  const call = store[method] as (...values: readonly unknown[]) => Promise<unknown>
  const answer: RemoteAnswer = await call(...values).then(
    (value) => ({ id, value }),
    (error: unknown) => ({ id, error: String(error) }),
  )
  process.send?.(answer)
})

// Also when the parent is gone without a word.
process.once('disconnect', () => process.exit())
