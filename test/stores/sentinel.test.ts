import { runStoreSuite, storeCases } from '@countersign/adapters/conformance'
import { createRedisStore, type RedisClient, type RedisStore } from '@countersign/adapters/redis'
import { Redis } from 'ioredis'
import { createClient, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import { freshName } from './open-store.js'
import { durableRedis, eventually, type OwnServer, ownRedis, ownSentinel } from './servers.js'

const name = 'mfa-set'
const settings = [...durableRedis, '--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0']
const versionOf = (owner: string): string => owner.padEnd(22, '-')
const ignoreError = (): void => undefined

interface SentinelClient {
  readonly client: RedisClient
  close(): unknown
}

const openers: Readonly<Record<string, (port: number) => Promise<SentinelClient>>> = {
  async ioredis(port) {
    const client = new Redis({ sentinels: [{ host: '127.0.0.1', port }], name })
    client.on('error', ignoreError)
    return { client, close: () => client.disconnect() }
  },
  async 'node-redis'(port) {
    const client = createSentinel({ name, sentinelRootNodes: [{ host: '127.0.0.1', port }] })
    client.on('error', ignoreError)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

await describeWithService('redis', 'the Redis store, through Sentinel', () => {
  let servers: OwnServer[]
  let sentinel: OwnServer
  const opened: SentinelClient[] = []
  const open = async (library: string): Promise<RedisClient> => {
    const next = await (openers[library] as (typeof openers)[string])(sentinel.port)
    opened.push(next)
    return next.client
  }

  /** Asks one server, on a connection of its own. */
  const ask = async (server: OwnServer, ...command: string[]): Promise<unknown> => {
    const client = createClient({ url: server.url, socket: { reconnectStrategy: false } })
    client.on('error', ignoreError)
    await client.connect()
    try {
      return await client.sendCommand(command)
    } finally {
      client.destroy()
    }
  }
  const isPrimary = async (server: OwnServer): Promise<boolean> => {
    const [, port] = (await ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) as string[]
    return Number(port) === server.port && String(await ask(server, 'ROLE')).startsWith('master')
  }
  const rolesNow = async (): Promise<{ readonly primary: OwnServer; readonly replica: OwnServer }> => {
    const [one, other] = servers as [OwnServer, OwnServer]
    return (await isPrimary(one)) ? { primary: one, replica: other } : { primary: other, replica: one }
  }
  /** Sentinel promotes only a replica that it knows and that is connected. */
  const isReplicated = async (): Promise<boolean> => {
    const { primary } = await rolesNow()
    const known = String(await ask(sentinel, 'SENTINEL', 'REPLICAS', name))
    const isHealthy = /,flags,slave,/.test(known) && known.includes('master-link-status,ok')
    return isHealthy && String(await ask(primary, 'INFO', 'replication')).includes('state=online')
  }

  beforeAll(async () => {
    const primary = await ownRedis(settings)
    const replica = await ownRedis([...settings, '--replicaof', '127.0.0.1', `${primary.port}`])
    servers = [primary, replica]
    sentinel = await ownSentinel(name, primary)
    for (const server of [primary, replica, sentinel]) await server.start()
    await eventually(isReplicated)
  }, 60_000)
  afterAll(async () => {
    for (const each of opened) await each.close()
    for (const server of [sentinel, ...servers]) await server.remove()
  })

  describe.each(['ioredis', 'node-redis'])('with %s', (library) => {
    // node-redis does not tell which connection wrote, so its store cannot wait: the test looks at the replica.
    const canWait = library === 'ioredis'
    // A connection's waits go one after the other, so a short one: all of them fail while the new primary is alone.
    const waitFor = { replicas: 1, timeoutMs: 800 }
    const openOn = async (client: RedisClient, prefix: string): Promise<RedisStore> =>
      createRedisStore(client, { prefix, ...(canWait && { waitFor }) })

    it('keeps every law', async () => {
      const prefix = freshName()
      const report = await runStoreSuite({
        open: async () => openOn(await open(library), prefix),
        rawLoad: async (owner) => {
          const value = await ask((await rolesNow()).primary, 'GET', prefix + owner)
          return value === null ? null : String(value).slice(22)
        },
      })
      expect(report.failed).toEqual([])
      expect(report.passed).toHaveLength(storeCases.length)
    })

    it('goes on after a failover through the same client, and forgets no save that the replica had (S3)', async () => {
      const prefix = freshName()
      const { primary, replica } = await rolesNow()
      const store = await openOn(await open(library), prefix)
      const kept: string[] = []
      const ended: unknown[] = []
      const save = async (owner: string): Promise<boolean> =>
        store.save(owner, `data of ${owner}`, versionOf(owner), null)
      const hasReplica = async (owner: string): Promise<boolean> =>
        canWait || (await ask(replica, 'EXISTS', prefix + owner)) === 1

      for (const owner of Array.from({ length: 20 }, (_, index) => `0:before.${index}`)) {
        expect(await save(owner)).toBe(true)
        await eventually(() => hasReplica(owner))
        kept.push(owner)
      }
      // These are under way, or just begun, when the primary dies.
      const racing = Array.from({ length: 10 }, (_, index) => `0:during.${index}`)
      const saves = racing.map((owner) =>
        save(owner).then(
          (answer) => {
            ended.push(answer)
            if (answer && canWait) kept.push(owner)
          },
          (error: unknown) => ended.push(error),
        ),
      )
      await Promise.race(saves)
      await primary.kill()
      await eventually(() => isPrimary(replica))
      await Promise.all(saves)
      expect(ended).toHaveLength(racing.length)
      for (const each of ended) expect(each === true || each instanceof Error, String(each)).toBe(true)

      for (const owner of kept) {
        expect(await store.load(owner)).toEqual({ version: versionOf(owner), data: `data of ${owner}` })
      }
      if (canWait) await expect(save('0:alone')).rejects.toMatchObject({ code: 'store_failed' })
      await primary.start()
      await ask(primary, 'REPLICAOF', '127.0.0.1', `${replica.port}`)
      await eventually(isReplicated)
      for (const owner of kept) expect(await store.save(owner, 'stale', versionOf('0:stale'), null)).toBe(false)
      expect(await save('0:after')).toBe(true)
      expect(await store.load('0:after')).toMatchObject({ data: 'data of 0:after' })
    })
  })
})
