/** Prints docs/policy.md from the declarations in the code; a test holds the two equal. */

import { writeFileSync } from 'node:fs'
import { policyPage } from './policy-page.js'

writeFileSync(new URL('../docs/policy.md', import.meta.url), policyPage())
