/** `npm run size`: prints the sizes; with `--write`, also into the table of docs/size.md. */

import { readFileSync, writeFileSync } from 'node:fs'
import { measureSizes, sizeTable } from './sizes.js'

const table = sizeTable(await measureSizes())
console.log(table)
if (process.argv.includes('--write')) {
  const page = new URL('../docs/size.md', import.meta.url)
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(/^\| what [\s\S]*?\n\n/m, () => `${table}\n\n`),
  )
}
