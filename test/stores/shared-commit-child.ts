/** A process that saves for many owners at once until it is killed, and prints each answer only after the store gave it. */

import { writeSync } from 'node:fs'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import Libsql from 'libsql'

const [file = '', round = '0'] = process.argv.slice(2)
const store = createSqliteStore(new Libsql(file))
await store.setup()

async function saveOn(owner: string): Promise<void> {
  let expected = (await store.load(owner))?.version ?? null
  for (let turn = 0; ; turn++) {
    const version = `${round}.${turn}`
    if (!(await store.save(owner, 'x'.repeat(1000), version, expected))) throw new Error('nobody else saves here')
    expected = version
    writeSync(1, `${owner} ${version}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, index) => saveOn(`owner-${index}`)))
