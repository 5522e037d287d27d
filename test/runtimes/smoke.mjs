/** The flow over ES modules; prints what was seen. */

import { flow } from './flow.cjs'
import { modules } from './modules.mjs'
import { version } from './version.cjs'

console.log(JSON.stringify({ runtime: version(), ...(await flow(modules)) }))
