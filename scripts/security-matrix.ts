/** Prints docs/security-matrix.md from the titles of the tests; a test holds the two equal. */

import { writeFileSync } from 'node:fs'
import { readTestFiles, securityMatrixPage } from './security-matrix-page.js'

writeFileSync(new URL('../docs/security-matrix.md', import.meta.url), securityMatrixPage(readTestFiles()))
