/** Every store beside its bare driver doing the same two statements with the same bytes: load one record, save it anew. */

import { randomBytes } from 'node:crypto'
import { createTestMfa } from '@countersign/adapters/testing'
import type { MfaStore } from '@countersign/core'
import BetterSqlite from 'better-sqlite3'
import { Redis } from 'ioredis'
import Libsql from 'libsql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'
import { openFleet } from '../test/stores/every-server.js'
import { openStore, type StoreSpec } from '../test/stores/open-store.js'
import { type AsyncOperation, measureLatencies, medianRatio, percentile } from './latencies.js'
import { printTable, reportBars } from './rounds.js'

const clients = 16

/** The same statements as the store's, without the store. */
interface BareDriver {
  load(owner: string): Promise<unknown>
  save(owner: string, data: string, version: string, expected: string): Promise<unknown>
  close(): Promise<void>
}

const redisLoad = "return redis.call('GET', KEYS[1])"
const redisSave = `if redis.call('GETRANGE', KEYS[1], 0, 21) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`

const bareDrivers: Partial<Record<StoreSpec['kind'], (spec: StoreSpec) => Promise<BareDriver>>> = {
  libsql: async ({ url, name }) => bareSqlite(new Libsql(url), name),
  'better-sqlite3': async ({ url, name }) => bareSqlite(new BetterSqlite(url), name),
  'pg pool': async ({ url, name }) => {
    const pool = new pg.Pool({ connectionString: url, max: 4 })
    return {
      load: (owner) => pool.query(`select version, data from "${name}" where owner = $1`, [owner]),
      save: (owner, data, version, expected) =>
        pool.query(`update "${name}" set version = $1, data = $2 where owner = $3 and version = $4`, [
          version,
          data,
          owner,
          expected,
        ]),
      close: () => pool.end(),
    }
  },
  mysql2: async ({ url, name }) => {
    const pool = mysql.createPool({ uri: url, connectionLimit: 4 })
    const select = `select convert(version using utf8mb4) as version, data from \`${name}\` where owner = ?`
    const update = `update \`${name}\` set version = ?, data = ? where owner = ? and version = ?`
    return {
      load: (owner) => pool.execute(select, [owner]),
      save: (owner, data, version, expected) => pool.execute(update, [version, data, owner, expected]),
      close: () => pool.end(),
    }
  },
  'node-redis': async ({ url, name }) => {
    const client = createClient({ url })
    await client.connect()
    return {
      load: (owner) => client.eval(redisLoad, { keys: [`${name}:${owner}`], arguments: [] }),
      save: (owner, data, version, expected) =>
        client.eval(redisSave, { keys: [`${name}:${owner}`], arguments: [expected, version + data] }),
      close: async () => client.destroy(),
    }
  },
  ioredis: async ({ url, name }) => {
    const client = new Redis(url)
    return {
      load: (owner) => client.eval(redisLoad, 1, `${name}:${owner}`),
      save: (owner, data, version, expected) => client.eval(redisSave, 1, `${name}:${owner}`, expected, version + data),
      close: async () => client.disconnect(),
    }
  },
}

interface Sqlite {
  exec(sql: string): unknown
  prepare(sql: string): { all(...values: string[]): unknown[]; run(...values: string[]): unknown }
  close(): unknown
}

function bareSqlite(database: Sqlite, name: string): BareDriver {
  database.exec('pragma busy_timeout = 50')
  database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = full')
  const select = database.prepare(`select version, data from "${name}" where owner = ?`)
  const update = database.prepare(`update "${name}" set version = ?, data = ? where owner = ? and version = ?`)
  return {
    load: async (owner) => select.all(owner),
    save: async (owner, data, version, expected) => update.run(version, data, owner, expected),
    close: async () => void database.close(),
  }
}

/** What a user with an app, an address and ten codes weighs. */
async function typicalRecord(): Promise<string> {
  const { store, givenUser } = createTestMfa()
  const user = await givenUser({ userId: 'kim', totp: true, email: true, recoveryCodes: true })
  for (let index = 0; index < 2; index++) await user.signIn()
  return (await store.load('0:kim'))?.data ?? ''
}

/** Load and save, each client on an owner of its own. */
function loadAndSave(target: Pick<BareDriver, 'load' | 'save'>, owners: Owners, data: string): AsyncOperation {
  return async (client) => {
    const { owner, version } = owners[client] as Owners[number]
    await target.load(owner)
    const next = randomBytes(16).toString('base64url')
    const saved = await target.save(owner, data, next, version)
    if (saved === false) throw new Error('a save without rivals was refused')
    Object.assign(owners[client] as object, { version: next })
  }
}

type Owners = readonly { readonly owner: string; readonly version: string }[]

async function createOwners(store: MfaStore, prefix: string, data: string): Promise<Owners> {
  const owners = Array.from({ length: clients }, (_, index) => {
    return { owner: `0:${prefix}-${index}`, version: randomBytes(16).toString('base64url') }
  })
  for (const { owner, version } of owners) await store.save(owner, data, version, null)
  return owners
}

const ms = (value: number): string => value.toFixed(2)
const fleet = await openFleet({
  postgres: process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mysql: process.env.MARIADB_URL ?? 'mysql://root@127.0.0.1:3306',
})
const data = await typicalRecord()
const rows: string[][] = [['store', 'ops/s', 'p50 ms', 'p99 ms', 'bare ops/s', 'bare p50', 'bare p99', 'ratio']]
const bars: { name: string; value: number; atLeast: number }[] = []
for (const { title, spec } of fleet.specs) {
  const connect = bareDrivers[spec.kind]
  if (connect === undefined) continue
  const { store, drop, close } = await openStore(spec)
  await store.setup()
  const bare = await connect(spec)
  const contenders = {
    store: loadAndSave(store, await createOwners(store, 'store', data), data),
    bare: loadAndSave(bare, await createOwners(store, 'bare', data), data),
  }
  const measured = await measureLatencies(contenders, { clients })
  const [ours, theirs] = [measured.get('store'), measured.get('bare')] as const
  if (ours === undefined || theirs === undefined) throw new Error('nothing was measured')
  const ratio = medianRatio(ours.opsPerSecond, theirs.opsPerSecond)
  const figures = [ours, theirs].flatMap(({ opsPerSecond, latenciesMs }) => [
    percentile(opsPerSecond, 50).toFixed(0),
    ms(percentile(latenciesMs, 50)),
    ms(percentile(latenciesMs, 99)),
  ])
  rows.push([title, ...figures, ratio.toFixed(2)])
  bars.push({ name: `${title} beside its bare driver`, value: ratio, atLeast: 0.85 })
  await bare.close()
  await drop()
  await close()
}
await fleet.close()
console.log(
  `One operation is a load and a save of ${data.length} characters; ${clients} clients, each on its own record.\n`,
)
printTable(rows)
console.log()
reportBars(bars)
