import { createManualClock, createOutbox } from '@countersign/adapters/testing'
import { createClient } from 'redis'
import { afterAll, beforeAll } from 'vitest'
import { createServer } from '../../examples/fastify/server.js'
import { describeWithService } from '../services.js'
import { durableRedis, type OwnServer, ownRedis } from '../stores/servers.js'
import { describeHostFlow, environment } from './host-flow.js'

await describeWithService('redis', 'the example of a Fastify host', () => {
  let redis: OwnServer
  beforeAll(async () => {
    redis = await ownRedis(durableRedis)
    await redis.start()
    Object.assign(process.env, environment, { REDIS_URL: redis.url })
  })
  afterAll(() => redis.remove())

  describeHostFlow(async () => {
    const client = await createClient({ url: redis.url }).connect()
    await client.flushAll()
    await client.close()
    const [clock, outbox] = [createManualClock(), createOutbox()]
    const server = await createServer({ clock, messenger: outbox })
    const url = await server.listen({ port: 0, host: '127.0.0.1' })
    return { url, clock, outbox, stop: () => server.close() }
  })
})
