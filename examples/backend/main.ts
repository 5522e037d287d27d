/** The example backend as a program: reads its flags, starts, says where to look, and stops cleanly. */

import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { startBackend } from './server.js'
import { readSettings } from './settings.js'

const settings = readSettings(process.env)
const isFresh = !process.env['DATABASE']
const cleanUp = (): void => {
  if (isFresh) rmSync(dirname(settings.databaseFile), { recursive: true, force: true })
}

const backend = await startBackend(settings).catch((error: NodeJS.ErrnoException) => {
  cleanUp()
  if (error.code !== 'EADDRINUSE') throw error
  console.error(`Port ${settings.port} is taken. Stop what runs there, or take another: PORT=8081 npm run example`)
  process.exit(1)
})
console.log(`listening on ${backend.url}`)
console.log(`  the page:     ${backend.url}/`)
if (settings.demo) console.log(`  its messages: ${backend.url}/__outbox  (this is the demo: nothing is really sent)`)
else
  console.log(
    '  its messages: printed here, codes and links too. A real host sends them, and keeps them out of its logs.',
  )
console.log(`  the database: ${settings.databaseFile}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await backend.stop()
    cleanUp()
    process.exit(0)
  })
}
