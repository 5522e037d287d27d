/** The flow in a worker that has nothing of Node. */

import { flow } from './flow.cjs'
import { modules } from './modules-without-node.mjs'

const worker = {
  async test() {
    console.log(JSON.stringify({ runtime: navigator.userAgent, ...(await flow(modules)) }))
  },
}

// biome-ignore lint/style/noDefaultExport: a worker is its default export
export default worker
