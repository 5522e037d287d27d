import { startTestBackend } from '../example/backend.js'
import { walkTheGuide } from './guide.js'
import { type Sdk, sdks, transports } from './sdk.js'

for (const [name, makeSdk] of Object.entries(sdks)) {
  for (const [transport, enter] of Object.entries(transports)) {
    walkTheGuide(`The product's MFA guide, walked by the unchanged ${name} with ${transport}`, async () => {
      const backend = await startTestBackend()
      const restore = enter()
      const sdk: Sdk = makeSdk(`http://localhost:${backend.port}/v1`)
      return {
        ...sdk,
        backend,
        async leave() {
          restore()
          await backend.stop()
        },
      }
    })
  }
}
