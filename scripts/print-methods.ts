/** Prints docs/methods.md from the table in the code; a test holds the two equal. */

import { writeFileSync } from 'node:fs'
import { methodsPage } from './methods-page.js'

writeFileSync(new URL('../docs/methods.md', import.meta.url), methodsPage())
