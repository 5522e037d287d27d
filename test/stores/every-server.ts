/** The servers of a full run over all stores: the machine's databases, and Redis servers of the run's own. */

import { freshMysqlDatabase, freshName, removeTemporaryFiles, type StoreSpec, temporaryFile } from './open-store.js'
import { durableRedis, type OwnServer, ownRedis, ownRedisCluster } from './servers.js'

/** A store that several processes can open, by the name a table gives it. */
export interface NamedSpec {
  readonly title: string
  readonly spec: StoreSpec
}

export interface Fleet {
  readonly specs: readonly NamedSpec[]
  close(): Promise<void>
}

/** @param urls of PostgreSQL and of MySQL or MariaDB */
export async function openFleet(urls: { readonly postgres: string; readonly mysql: string }): Promise<Fleet> {
  const database = await freshMysqlDatabase(urls.mysql)
  const servers: readonly OwnServer[] = [await ownRedis(durableRedis), await ownRedisCluster()]
  for (const server of servers) await server.start()
  const [single, cluster] = servers.map(({ url }) => url) as [string, string]
  return {
    specs: [
      { title: 'SQLite (libsql)', spec: { kind: 'libsql', url: temporaryFile(), name: freshName() } },
      { title: 'SQLite (better-sqlite3)', spec: { kind: 'better-sqlite3', url: temporaryFile(), name: freshName() } },
      { title: 'PostgreSQL (pg pool)', spec: { kind: 'pg pool', url: urls.postgres, name: freshName() } },
      { title: 'MariaDB (mysql2)', spec: { kind: 'mysql2', url: database.url, name: freshName() } },
      { title: 'Redis (node-redis)', spec: { kind: 'node-redis', url: single, name: freshName() } },
      { title: 'Redis (ioredis)', spec: { kind: 'ioredis', url: single, name: freshName() } },
      { title: 'Redis Cluster (node-redis)', spec: { kind: 'node-redis cluster', url: cluster, name: freshName() } },
      { title: 'Redis Cluster (ioredis)', spec: { kind: 'ioredis cluster', url: cluster, name: freshName() } },
    ],
    async close() {
      removeTemporaryFiles()
      await database.drop()
      for (const server of servers) await server.remove()
    },
  }
}
