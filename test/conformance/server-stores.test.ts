import { registerStoreSuite } from '@countersign/adapters/conformance'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { describeWithService } from '../services.js'
import {
  freshMysqlDatabase,
  freshName,
  type OpenStore,
  openStore,
  removeTemporaryFiles,
  type StoreKind,
  type StoreSpec,
  temporaryFile,
} from '../stores/open-store.js'
import { openRemoteStores } from '../stores/remote-store.js'
import { type OwnServer, ownRedisCluster } from '../stores/servers.js'

const limitMs = 60_000
const runner = { describe, it: (title: string, body: () => Promise<void>) => it(title, body, limitMs) }

interface SuiteOn {
  readonly durability?: 'unchecked'
  readonly over?: 'connections' | 'processes'
}

/** Registers the suite on one store, each `open` being a connection of its own, or one of four processes. */
function suiteOn(kind: StoreKind, url: () => string, { durability, over = 'connections' }: SuiteOn = {}): void {
  const opened: OpenStore[] = []
  let remote: ReturnType<typeof openRemoteStores> | undefined
  const spec = (): StoreSpec => ({ kind, url: url(), name, ...(durability && { durability }) })
  const name = freshName()
  describe(`${kind} store, over several ${over}`, () => {
    beforeAll(async () => {
      opened.push(await openStore(spec()))
      await opened[0]?.store.setup()
      if (over === 'processes') remote = openRemoteStores(spec())
    }, limitMs)
    afterAll(async () => {
      await remote?.close()
      await opened[0]?.drop()
      for (const each of opened) await each.close()
    })
    registerStoreSuite(runner, {
      async open() {
        if (remote !== undefined) return remote.next()
        const next = await openStore(spec())
        opened.push(next)
        return next.store
      },
      rawLoad: async (owner) => (await opened[0]?.rawLoad(owner)) ?? null,
    })
  })
}

suiteOn('PGlite', () => '')

const file = temporaryFile()
afterAll(removeTemporaryFiles)
suiteOn('libsql', () => file, { over: 'processes' })

await describeWithService('postgres', 'on PostgreSQL', (url) => {
  suiteOn('pg pool', () => url)
  suiteOn('pg client', () => url)
  suiteOn('pg pool', () => url, { over: 'processes' })
})

await describeWithService('mariadb', 'on MariaDB', (url) => {
  let database: Awaited<ReturnType<typeof freshMysqlDatabase>>
  beforeAll(async () => {
    database = await freshMysqlDatabase(url)
  })
  afterAll(() => database.drop())
  suiteOn('mysql2', () => database.url)
  suiteOn('mysql2', () => database.url, { over: 'processes' })
})

await describeWithService('redis', 'on Redis', (url) => {
  // A server that the tests share with others need not be durable; servers of a test's own are.
  suiteOn('node-redis', () => url, { durability: 'unchecked' })
  suiteOn('ioredis', () => url, { durability: 'unchecked' })
  suiteOn('node-redis', () => url, { durability: 'unchecked', over: 'processes' })
})

await describeWithService('redis', 'on a Redis Cluster of three', () => {
  let cluster: OwnServer
  beforeAll(async () => {
    cluster = await ownRedisCluster()
    await cluster.start()
  }, limitMs)
  afterAll(() => cluster.remove())
  suiteOn('node-redis cluster', () => cluster.url)
  suiteOn('ioredis cluster', () => cluster.url)
})
