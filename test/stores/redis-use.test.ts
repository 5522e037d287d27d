import { createRedisStore, type NodeRedisClient } from '@countersign/adapters/redis'
import { Redis } from 'ioredis'
import { createClient, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFaults } from '../../packages/adapters/src/redis/faults.js'
import { describeWithService } from '../services.js'
import { freshName } from './open-store.js'
import { durableRedis, eventually, type OwnServer, ownRedis } from './servers.js'

const version = 'v'.repeat(22)
const misconfigured = (words: RegExp) =>
  expect.objectContaining({ code: 'invalid_configuration', message: expect.stringMatching(words) })

/** The client's scripts, with other answers to what the store sends beside them. */
function beside(client: NodeRedisClient, answer: (command: readonly string[]) => Promise<unknown>): NodeRedisClient {
  const answering = { eval: client.eval.bind(client), sendCommand: answer }
  return answering
}

describe('what a Redis server tells', () => {
  const healthy = 'role:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\ncluster_enabled:0\r\n'

  it.each([
    ['role:master', 'role:slave', /connect to the primary/],
    ['noeviction', 'allkeys-lru', /`maxmemory-policy` to noeviction/],
    ['aof_enabled:1', 'aof_enabled:0', /`appendonly` to yes/],
    ['cluster_enabled:0', 'cluster_enabled:1', /use a cluster client/],
  ])('%s is fine and %s is not', (fine, fault, words) => {
    expect(findFaults(healthy, 'required', false)).toEqual([])
    expect(findFaults(healthy.replace(fine, fault), 'required', false).join(' ')).toMatch(words)
  })

  it('lets eviction of keys that expire pass: records never do', () => {
    expect(findFaults(healthy.replace('noeviction', 'volatile-lru'), 'required', false)).toEqual([])
  })
})

await describeWithService('redis', 'the Redis store, before its first use', () => {
  let primary: OwnServer
  let replica: OwnServer
  const clients: { destroy(): void }[] = []
  const connect = async (url: string) => {
    const client = createClient({ url })
    clients.push(client)
    return client.connect()
  }
  beforeAll(async () => {
    primary = await ownRedis(durableRedis)
    replica = await ownRedis([...durableRedis, '--replicaof', '127.0.0.1', `${primary.port}`])
    await primary.start()
    await replica.start()
    const watching = await connect(primary.url)
    await eventually(async () => (await watching.info('replication')).includes('state=online'))
  }, 60_000)
  afterAll(async () => {
    for (const client of clients) client.destroy()
    await replica.remove()
    await primary.remove()
  })

  it('accepts a durable primary and refuses its replica', async () => {
    await createRedisStore(await connect(primary.url)).setup()
    await expect(createRedisStore(await connect(replica.url)).load('0:x')).rejects.toEqual(
      misconfigured(/connect to the primary/),
    )
  })

  it.each(['a{b}', '', ' ', 'x'.repeat(65), 'ä'])('refuses the prefix %j', async (prefix) => {
    const client = await connect(primary.url)
    expect(() => createRedisStore(client, { prefix })).toThrow(/`prefix` must be/)
  })

  it('waits for the replicas it is told to wait for, on both clients', async () => {
    const io = new Redis(primary.url)
    for (const client of [await connect(primary.url), io]) {
      const store = createRedisStore(client, { prefix: freshName(), waitFor: { replicas: 1 } })
      expect(await store.save('0:x', 'data', version, null)).toBe(true)
      expect(await store.save('0:x', 'other', 'o'.repeat(22), null)).toBe(false)
      expect(await store.load('0:x')).toEqual({ version, data: 'data' })
      await store.erase('0:x')
    }
    io.disconnect()
  })

  it('neither acknowledges nor loads what too few replicas have (S3)', async () => {
    const client = await connect(primary.url)
    const prefix = freshName()
    const store = createRedisStore(client, { prefix, waitFor: { replicas: 2, timeoutMs: 20 } })
    await expect(store.save('0:x', 'data', version, null)).rejects.toMatchObject({ code: 'store_failed' })
    await expect(store.load('0:x')).rejects.toMatchObject({ code: 'store_failed' })
    expect(await store.load('0:other')).toBeNull()
    const patient = createRedisStore(client, { prefix, waitFor: { replicas: 1, timeoutMs: 5000 } })
    expect(await patient.load('0:x')).toEqual({ version, data: 'data' })
  })

  it('loads again once the replicas have caught up', async () => {
    const client = await connect(primary.url)
    const reached = [0, 1]
    const slow = beside(client, async ([name]) => (name === 'CLIENT' ? 7 : (reached.shift() ?? 1)))
    const store = createRedisStore(slow, { prefix: freshName(), waitFor: { replicas: 1 } })
    await expect(store.save('0:x', 'data', version, null)).rejects.toMatchObject({ code: 'store_failed' })
    expect(await store.load('0:x')).toEqual({ version, data: 'data' })
  })

  it('asks for the disk where the server can (WAITAOF), and counts it', async () => {
    const client = await connect(primary.url)
    const sent: unknown[] = []
    const answers = [
      [1, 1],
      [0, 1],
    ]
    const modern = beside(client, async (command) => {
      if (command[0] === 'CLIENT') return 7
      sent.push(command)
      return answers.shift()
    })
    const store = createRedisStore(modern, { prefix: freshName(), waitFor: { replicas: 1, disk: true, timeoutMs: 7 } })
    expect(await store.save('0:x', 'data', version, null)).toBe(true)
    expect(sent).toEqual([['WAITAOF', '1', '1', '7']])
    await expect(store.save('0:y', 'data', version, null)).rejects.toMatchObject({ code: 'store_failed' })
  })

  it('takes no wait for one that a client repeated on another connection, where it waits for nothing (S3)', async () => {
    const client = await connect(primary.url)
    const connections = [7, 8]
    const reconnecting = beside(client, async ([name]) => (name === 'CLIENT' ? connections.shift() : 1))
    const store = createRedisStore(reconnecting, { prefix: freshName(), waitFor: { replicas: 1 } })
    await expect(store.save('0:x', 'data', version, null)).rejects.toMatchObject({ code: 'store_failed' })
  })

  it('refuses to wait where it cannot know which connection wrote', async () => {
    const sentinel = createSentinel({ name: 'm', sentinelRootNodes: [{ host: '127.0.0.1', port: primary.port }] })
    expect(() => createRedisStore(sentinel, { waitFor: { replicas: 1 } })).toThrow(/`waitFor` does not work/)
    for (const waitFor of [{ replicas: 0 }, { replicas: 1.5 }, { replicas: 1, timeoutMs: 0 }]) {
      const client = await connect(primary.url)
      expect(() => createRedisStore(client, { waitFor })).toThrow(/`waitFor` must have/)
    }
  })

  it('takes a version for a version only whole: nothing shorter can match (S2)', async () => {
    const client = await connect(primary.url)
    const store = createRedisStore(client, { prefix: freshName() })
    expect(await store.save('0:x', 'data', version, '')).toBe(false)
    expect(await store.load('0:x')).toBeNull()
    await expect(store.save('0:x', 'data', 'short', null)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
