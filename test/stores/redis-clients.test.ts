import { type AddressInfo, connect, createServer } from 'node:net'
import { createRedisStore, type IoredisClient, type NodeRedisClient } from '@countersign/adapters/redis'
import { createTestMfa } from '@countersign/adapters/testing'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { describeWithService } from '../services.js'
import { freshName } from './open-store.js'
import { durableRedis, type OwnServer, ownRedis, ownRedisCluster } from './servers.js'

const version = 'v'.repeat(22)
const stored = { version, data: 'data' }
const failed = expect.objectContaining({ code: 'store_failed' })
const forgetful = expect.objectContaining({
  code: 'invalid_configuration',
  message: expect.stringMatching(/`appendonly` to yes/),
})

/** A server by its INFO, as ioredis sees it. */
function serverTelling(info: string): IoredisClient {
  return { eval: async () => info, defineCommand: () => undefined }
}

/** ioredis's `Cluster`, which learns of the primaries by its first command with a key. */
function clusterOf(primaries: readonly IoredisClient[]): IoredisClient & { readonly isCluster: true } {
  let known: readonly IoredisClient[] = []
  const cluster = {
    isCluster: true as const,
    async eval(_script: string, keyCount: number) {
      if (keyCount > 0) known = primaries
      return 'role:master\r\naof_enabled:1\r\n'
    },
    defineCommand: () => undefined,
    nodes: () => known,
  }
  return cluster
}

describe('the check of a cluster', () => {
  const durable = serverTelling('role:master\r\naof_enabled:1\r\n')

  it('asks every primary, though ioredis knows none before its first command', async () => {
    await createRedisStore(clusterOf([durable, durable])).setup()
    const store = createRedisStore(clusterOf([durable, serverTelling('role:master\r\naof_enabled:0\r\n')]))
    await expect(store.setup()).rejects.toEqual(forgetful)
  })

  it('does not pass where nobody could be asked, and is made again at the next use', async () => {
    const primaries: IoredisClient[] = []
    const store = createRedisStore(clusterOf(primaries))
    await expect(store.setup()).rejects.toEqual(failed)
    await expect(store.save('0:x', 'data', version, null)).rejects.toEqual(failed)
    primaries.push(serverTelling('role:master\r\naof_enabled:0\r\n'))
    await expect(store.load('0:x')).rejects.toEqual(forgetful)
    const notConnected = createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })
    await expect(createRedisStore(notConnected).setup()).rejects.toEqual(failed)
  })
})

await describeWithService('redis', 'the Redis store, on a cluster with one forgetful primary', () => {
  let server: OwnServer
  beforeAll(async () => {
    server = await ownRedisCluster()
    await server.start()
    const last = createClient({ url: server.url })
    await last.connect()
    await last.configSet('appendonly', 'no')
    last.destroy()
  }, 60_000)
  afterAll(() => server.remove())

  it('refuses it by an ioredis client that was made this very moment', async () => {
    const client = new Cluster([server.url])
    onTestFinished(() => client.disconnect())
    await expect(createRedisStore(client).setup()).rejects.toEqual(forgetful)
  })

  it('refuses it by a node-redis client', async () => {
    const client = await createCluster({ rootNodes: [{ url: server.url }] }).connect()
    await expect(createRedisStore(client).setup()).rejects.toEqual(forgetful)
    client.destroy()
  })
})

/** Between a client and a server; `cutNext` swallows the server's next answer and hangs up on both. */
async function openCuttingProxy(port: number) {
  let isCutting = false
  const proxy = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const hangUp = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', hangUp).on('close', hangUp)
    client.pipe(upstream)
    upstream.on('data', (answer) => {
      if (isCutting) hangUp()
      else client.write(answer)
      isCutting = false
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => proxy.once('listening', resolve))
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cutNext() {
      isCutting = true
    },
    close: () => new Promise((resolve) => proxy.close(resolve)),
  }
}

await describeWithService('redis', 'the Redis store, whose client sends a save again', () => {
  let server: OwnServer
  let client: ReturnType<typeof createClient>
  beforeAll(async () => {
    server = await ownRedis(durableRedis)
    await server.start()
    client = createClient({ url: server.url })
    await client.connect()
  }, 60_000)
  afterAll(async () => {
    client.destroy()
    await server.remove()
  })

  /** Every script runs twice, and the answer of its second run is told. */
  const sendingTwice = (): NodeRedisClient => ({
    async eval(script, options) {
      await client.eval(script, options)
      return client.eval(script, options)
    },
  })

  it('says that it cannot tell, never false for what it stored (S4)', async () => {
    const store = createRedisStore(sendingTwice(), { prefix: freshName() })
    await expect(store.save('0:x', 'data', version, null)).rejects.toEqual(failed)
    expect(await store.load('0:x')).toEqual(stored)
    expect(await store.save('0:x', 'stale', 's'.repeat(22), null)).toBe(false)
    expect(await store.load('0:x')).toEqual(stored)
  })

  it('lets the library find its own save, which it made once', async () => {
    const { mfa } = createTestMfa({ store: createRedisStore(sendingTwice(), { prefix: freshName() }) })
    const ref = { userId: 'kim', sessionId: 'a session of kim' }
    expect(await mfa.sessions.begin(ref, { method: 'password' })).toMatchObject({ ok: true })
    expect(await mfa.recoveryCodes.generate(ref)).toMatchObject({ ok: true })
    expect(await mfa.recoveryCodes.generate(ref)).toMatchObject({ ok: false, reason: 'already_generated' })
  })

  it('takes no wait behind the second run for one that a replica answered (S3)', async () => {
    const waits: string[] = []
    const beside = {
      ...sendingTwice(),
      async sendCommand([name = '']: readonly string[]) {
        if (name === 'WAIT') waits.push(name)
        return name === 'CLIENT' ? 7 : 1
      },
    }
    const store = createRedisStore(beside, { prefix: freshName(), waitFor: { replicas: 1 } })
    await expect(store.save('0:x', 'data', version, null)).rejects.toEqual(failed)
    expect(waits).toHaveLength(1)
    expect(await store.load('0:x')).toEqual(stored)
    expect(waits, 'the load wrote it again, and waited').toHaveLength(2)
  })

  it('does so with ioredis, over a line that is cut before the answer', async () => {
    const proxy = await openCuttingProxy(server.port)
    const io = new Redis(proxy.url)
    onTestFinished(async () => {
      io.disconnect()
      await proxy.close()
    })
    const store = createRedisStore(io, { prefix: freshName() })
    await store.setup()
    expect(await store.load('0:x')).toBeNull()
    proxy.cutNext()
    await expect(store.save('0:x', 'data', version, null)).rejects.toEqual(failed)
    expect(await store.load('0:x')).toEqual(stored)
  })
})
