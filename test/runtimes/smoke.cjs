/** The flow over CommonJS; prints what was seen. */

const { flow } = require('./flow.cjs')
const { modules } = require('./modules.cjs')
const { version } = require('./version.cjs')

void (async () => console.log(JSON.stringify({ runtime: version(), ...(await flow(modules)) })))()
