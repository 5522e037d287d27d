import { runStoreSuite } from '@countersign/adapters/conformance'
import { createMysqlStore, mysqlSchema } from '@countersign/adapters/mysql'
import { createPostgresStore, type PostgresClient } from '@countersign/adapters/postgres'
import mysqlCallbacks from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mysqlDialect } from '../../packages/adapters/src/mysql/dialect.js'
import { postgresDialect } from '../../packages/adapters/src/postgres/dialect.js'
import { describeWithService } from '../services.js'
import { freshMysqlDatabase, freshName } from './open-store.js'

const version = 'v'.repeat(22)
const misconfigured = (words: RegExp) =>
  expect.objectContaining({ code: 'invalid_configuration', message: expect.stringMatching(words) })

await describeWithService('postgres', 'the PostgreSQL store, before its first use', (url) => {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  const table = freshName()
  afterAll(async () => {
    await pool.query(`drop table if exists ${table}`)
    await pool.end()
  })
  const withTable = async (ddl: string): Promise<void> => {
    await pool.query(`drop table if exists ${table}`)
    await pool.query(ddl)
  }
  const load = (client: PostgresClient = pool) => createPostgresStore(client, { table }).load('0:x')

  it('asks for setup() when the table is missing, and works once it is there', async () => {
    const store = createPostgresStore(pool, { table })
    await expect(store.load('0:x')).rejects.toEqual(misconfigured(/does not exist: call `setup\(\)`/))
    await store.setup()
    expect(await store.load('0:x')).toBeNull()
  })

  it('may be set up by many processes at once, and again', async () => {
    const other = freshName()
    await Promise.all(Array.from({ length: 8 }, () => createPostgresStore(pool, { table: other }).setup()))
    await createPostgresStore(pool, { table: other }).setup()
    await pool.query(`drop table ${other}`)
  })

  it.each([
    ['(owner text primary key, version text, data jsonb)', /data must be of type text/],
    ['(owner char(255) primary key, version text, data text)', /owner must be of type text/],
    ['(owner text primary key, version varchar(10), data text)', /version must be of type text/],
    ['(owner text, version text, data text)', /owner must be the primary key/],
    ['(owner text, version text, data text, primary key (owner, version))', /owner must be the primary key/],
  ])('refuses a table of %s', async (columns, words) => {
    await withTable(`create table ${table} ${columns}`)
    await expect(load()).rejects.toEqual(misconfigured(words))
  })

  it('refuses an unlogged table, which a crash empties (S3, S9), unless nothing needs to last', async () => {
    await withTable(`create unlogged table ${table} (owner text primary key, version text, data text)`)
    await expect(load()).rejects.toEqual(misconfigured(/must not be unlogged/))
    expect(await createPostgresStore(pool, { table, durability: 'unchecked' }).load('0:x')).toBeNull()
  })

  it.each([
    ['default_transaction_read_only=on', /read-only or a standby/],
    ['synchronous_commit=off', /`synchronous_commit` to on/],
  ])('refuses a connection with %s', async (setting, words) => {
    await withTable(`create table ${table} (owner text primary key, version text, data text)`)
    const client = new pg.Client({ connectionString: url, options: `-c ${setting}` })
    await client.connect()
    await expect(load(client)).rejects.toEqual(misconfigured(words))
    await client.end()
  })

  it('works under every isolation level a host may have made the default', async () => {
    await withTable(`create table ${table} (owner text primary key, version text, data text)`)
    const strict = new pg.Pool({ connectionString: url, options: '-c default_transaction_isolation=serializable' })
    const store = createPostgresStore(strict, { table })
    const saves = Array.from({ length: 16 }, (_, index) => store.save('0:x', `${index}`, `${index}`, null))
    expect((await Promise.all(saves)).filter(Boolean)).toHaveLength(1)
    await strict.end()
  })

  it('takes no missing row count for "not saved" (S4)', async () => {
    await withTable(`create table ${table} (owner text primary key, version text, data text)`)
    const query = async (text: string, values: string[]) => ({ rows: (await pool.query(text, values)).rows })
    const store = createPostgresStore({ query }, { table })
    await expect(store.save('0:x', 'data', version, null)).rejects.toMatchObject({ code: 'store_misbehaved' })
    expect(await store.load('0:x')).toEqual({ version, data: 'data' })
  })

  it('works on a table that is partitioned by owner', async () => {
    await withTable(
      `create table ${table} (owner text collate "C" not null primary key, version text collate "C" not null,
        data text not null) partition by hash (owner)`,
    )
    for (const remainder of [0, 1]) {
      await pool.query(
        `create table ${table}_${remainder} partition of ${table}
          for values with (modulus 2, remainder ${remainder}) with (fillfactor = 80)`,
      )
    }
    const store = createPostgresStore(pool, { table })
    const { failed } = await runStoreSuite({ open: async () => store })
    expect(failed).toEqual([])
  }, 60_000)

  it('refuses a client inside a transaction of the host’s, whose rollback would undo a counted attempt (S3)', async () => {
    await withTable(`create table ${table} (owner text primary key, version text, data text)`)
    const client = await pool.connect()
    const store = createPostgresStore(client, { table })
    expect(await store.load('0:x')).toBeNull()
    await client.query('begin')
    await expect(store.load('0:x')).rejects.toEqual(misconfigured(/inside a transaction/))
    await expect(store.save('0:x', 'data', version, null)).rejects.toEqual(misconfigured(/inside a transaction/))
    expect(() => createPostgresStore(client, { table })).toThrow(/inside a transaction/)
    await client.query('rollback')
    expect(await store.save('0:x', 'data', version, null)).toBe(true)
    client.release()
    const transaction = { query: client.query.bind(client), rollback: async () => undefined }
    expect(() => createPostgresStore(transaction as unknown as PostgresClient)).toThrow(/inside a transaction/)
  })
})

describe('a PostgreSQL server', () => {
  it.each([
    [{ read_only: true }, /standby/],
    [{ encoding: 'LATIN1' }, /encoding UTF8/],
    [{ fsync: 'off' }, /`fsync` to on/],
  ])('that tells %j is refused', async (setting, words) => {
    const healthy = { read_only: false, encoding: 'UTF8', fsync: 'on', synchronous_commit: 'on' }
    const faults = await postgresDialect.findFaults(async () => [{ ...healthy, ...setting }], 'mfa_record', 'required')
    expect(faults.join(' ')).toMatch(words)
  })
})

await describeWithService('mariadb', 'the MySQL store, before its first use', (url) => {
  let database: Awaited<ReturnType<typeof freshMysqlDatabase>>
  let pool: mysql.Pool
  beforeAll(async () => {
    database = await freshMysqlDatabase(url)
    pool = mysql.createPool({ uri: database.url, connectionLimit: 4 })
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  const load = (over: mysql.Pool = pool) => createMysqlStore(over).load('0:x')

  it('asks for setup() when the table is missing, and works once it is there', async () => {
    const store = createMysqlStore(pool)
    await expect(store.load('0:x')).rejects.toEqual(misconfigured(/does not exist: call `setup\(\)`/))
    await Promise.all(Array.from({ length: 8 }, () => createMysqlStore(pool).setup()))
    expect(await store.load('0:x')).toBeNull()
  })

  it.each([
    [/varbinary\(255\)/g, 'varchar(255)', /owner must be varbinary/],
    [/varbinary\(64\)/g, 'char(22)', /version must be varbinary/],
    [/longtext character set utf8mb4 collate utf8mb4_bin/, 'text', /data must be longtext/],
    [/longtext character set utf8mb4 collate utf8mb4_bin/, 'longtext character set latin1', /data must be longtext/],
    [/ primary key/, '', /owner must be the primary key/],
    [/InnoDB/, 'MyISAM', /engine must be InnoDB/],
  ])('refuses a table with %s as %s', async (part, replacement, words) => {
    await pool.query('drop table if exists mfa_record')
    await pool.query(mysqlSchema().replace(part, replacement))
    await expect(load()).rejects.toEqual(misconfigured(words))
  })

  it('refuses connections whose character set loses text (S1)', async () => {
    await pool.query('drop table if exists mfa_record')
    await createMysqlStore(pool).setup()
    const narrow = mysql.createPool({ uri: database.url, charset: 'latin1' })
    await expect(load(narrow)).rejects.toEqual(misconfigured(/utf8mb4/))
    await narrow.end()
  })

  it('takes no missing row count for "not saved" (S4)', async () => {
    await createMysqlStore(pool).setup()
    const withoutCount = {
      query: (text: string) => pool.query(text),
      getConnection: () => pool.getConnection(),
      async execute(text: string, values: string[]): Promise<readonly [unknown]> {
        const [answer] = await pool.execute(text, values)
        return [Array.isArray(answer) ? answer : {}]
      },
    }
    const store = createMysqlStore(withoutCount)
    await expect(store.save('0:x', 'data', version, null)).rejects.toMatchObject({ code: 'store_misbehaved' })
    expect(await store.load('0:x')).toEqual({ version, data: 'data' })
  })

  it('refuses a single connection and a pool of callbacks', async () => {
    const connection = await mysql.createConnection(database.url)
    expect(() => createMysqlStore(connection as unknown as mysql.Pool)).toThrow(/pool of mysql2\/promise/)
    await connection.end()
    const callbacks = mysqlCallbacks.createPool(database.url)
    expect(() => createMysqlStore(callbacks as unknown as mysql.Pool)).toThrow(/pool of mysql2\/promise/)
    callbacks.end()
  })
})

describe('a MySQL server', () => {
  it.each([
    ['autocommit', 'OFF', /`autocommit` to ON/],
    ['read_only', 'ON', /read-only/],
    ['super_read_only', 'ON', /read-only/],
    ['innodb_flush_log_at_trx_commit', '2', /`innodb_flush_log_at_trx_commit` to 1/],
    ['wsrep_on', 'ON', /`wsrep_sync_wait` to 1/],
  ])('with %s %s is refused', async (Variable_name, Value, words) => {
    const faults = await mysqlDialect.findFaults(async () => [{ Variable_name, Value }], 'mfa_record', 'required')
    expect(faults.join(' ')).toMatch(words)
  })
})
