/** The flow in a worker with `nodejs_compat`, QR codes included. */

import { flow } from './flow.cjs'
import { modules } from './modules.mjs'

const worker = {
  async test() {
    console.log(JSON.stringify({ runtime: navigator.userAgent, ...(await flow(modules)) }))
  },
}

// biome-ignore lint/style/noDefaultExport: a worker is its default export
export default worker
