import { registerStoreSuite } from '@countersign/adapters/conformance'
import { createSqlStore, type RunSql, type SqlDialectName } from '@countersign/adapters/sql'
import BetterSqlite from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { Kysely, MysqlDialect, PostgresDialect, SqliteDialect } from 'kysely'
import mysqlCallbacks from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mysqlDialect } from '../../packages/adapters/src/mysql/dialect.js'
import { postgresDialect } from '../../packages/adapters/src/postgres/dialect.js'
import { hasCode, type SqlDialect } from '../../packages/adapters/src/sql/dialect.js'
import { sqliteDialect } from '../../packages/adapters/src/sqlite/dialect.js'
import { describeWithService } from '../services.js'
import { freshMysqlDatabase, freshName, removeTemporaryFiles, temporaryFile } from '../stores/open-store.js'
import { runOnDrizzleMysql, runOnDrizzlePostgres, runOnDrizzleSqlite, runOnKysely } from '../stores/sql-wrappers.js'

const limitMs = 60_000
const runner = { describe, it: (title: string, body: () => Promise<void>) => it(title, body, limitMs) }

function suiteOn(title: string, dialect: SqlDialectName, connect: () => RunSql): void {
  describe(title, () => {
    const table = freshName()
    let run: RunSql
    beforeAll(async () => {
      run = connect()
      await createSqlStore({ dialect, run, table }).setup()
    }, limitMs)
    afterAll(() => run({ kind: 'schema', text: `drop table ${table}`, values: [] }))
    registerStoreSuite(runner, { open: async () => createSqlStore({ dialect, run, table }) })
  })
}

describe('createSqlStore on SQLite', () => {
  const database = new BetterSqlite(temporaryFile())
  afterAll(() => {
    database.close()
    removeTemporaryFiles()
  })
  suiteOn('under Kysely', 'sqlite', () => runOnKysely(new Kysely({ dialect: new SqliteDialect({ database }) })))
  suiteOn('under Drizzle', 'sqlite', () => runOnDrizzleSqlite(drizzleSqlite(database)))
  suiteOn('under a wrapper written by hand', 'sqlite', () => async ({ kind, text, values }) => {
    const statement = database.prepare(text)
    return kind === 'read' ? { rows: statement.all(...values) } : { affected: statement.run(...values).changes }
  })
})

await describeWithService('postgres', 'createSqlStore on PostgreSQL', (url) => {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  afterAll(() => pool.end())
  suiteOn('under Kysely', 'postgres', () => runOnKysely(new Kysely({ dialect: new PostgresDialect({ pool }) })))
  suiteOn('under Drizzle', 'postgres', () => runOnDrizzlePostgres(drizzlePostgres(pool)))
  suiteOn('under a wrapper written by hand', 'postgres', () => async ({ text, values }) => {
    const { rows, rowCount } = await pool.query(text, [...values])
    return { rows, affected: rowCount }
  })
})

await describeWithService('mariadb', 'createSqlStore on MariaDB', (url) => {
  let database: Awaited<ReturnType<typeof freshMysqlDatabase>>
  const opened: { end(...values: never[]): unknown }[] = []
  beforeAll(async () => {
    database = await freshMysqlDatabase(url)
  })
  afterAll(async () => {
    for (const each of opened) await each.end()
    await database.drop()
  })
  suiteOn('under Kysely', 'mysql', () => {
    const pool = mysqlCallbacks.createPool({ uri: database.url, connectionLimit: 4 })
    opened.push(pool)
    return runOnKysely(new Kysely({ dialect: new MysqlDialect({ pool }) }))
  })
  const promisePool = (): mysql.Pool => {
    const pool = mysql.createPool({ uri: database.url, connectionLimit: 4 })
    opened.push(pool)
    return pool
  }
  suiteOn('under Drizzle', 'mysql', () => runOnDrizzleMysql(drizzleMysql({ client: promisePool() })))
  suiteOn('under a wrapper written by hand', 'mysql', () => {
    const pool = promisePool()
    return async ({ kind, text, values }) => {
      const [answer] = await pool.query(text, [...values])
      return kind === 'read'
        ? { rows: answer as unknown[] }
        : { affected: (answer as { affectedRows: number }).affectedRows }
    }
  })
})

describe('createSqlStore', () => {
  const run: RunSql = async () => ({ rows: [] })

  it('refuses an unknown dialect, a missing `run` and a hostile table name', () => {
    expect(() => createSqlStore({ dialect: 'oracle' as SqlDialectName, run })).toThrow(/`dialect` must be/)
    expect(() => createSqlStore({ dialect: 'postgres', run: undefined as never })).toThrow(/`run` must be/)
    for (const table of ['', 'a b', 'a"b', 'a`b', 'x;drop table y', '1a', 'a.b.c', 'x'.repeat(49)]) {
      expect(() => createSqlStore({ dialect: 'postgres', run, table })).toThrow(/`table` must be/)
    }
  })

  const table = [
    { name: 'owner', type: 'text', pk: 1 },
    { name: 'version', type: 'text', pk: 0 },
    { name: 'data', type: 'text', pk: 0 },
  ]
  const answering =
    (write: () => object): RunSql =>
    async ({ kind, text }) =>
      kind === 'write' ? write() : { rows: text.includes('pragma') ? table : [] }

  it('takes a wrapper that does not tell the number of rows for broken, not for "no rows" (S4)', async () => {
    const store = createSqlStore({ dialect: 'sqlite', run: answering(() => ({})) })
    await expect(store.save('0:x', 'data', 'v', null)).rejects.toMatchObject({ code: 'store_misbehaved' })
  })

  it('answers false for a lost race, also when the wrapper has wrapped the error (S4)', async () => {
    for (const code of ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT']) {
      const broken = answering(() => {
        throw new Error('query failed', { cause: Object.assign(new Error('lost'), { code }) })
      })
      expect(await createSqlStore({ dialect: 'sqlite', run: broken }).save('0:x', 'data', 'v', null)).toBe(false)
    }
  })

  it('knows for each dialect which codes prove that nothing was stored, and no others (S4)', () => {
    const proofs: readonly (readonly [SqlDialect, readonly (string | number)[]])[] = [
      [postgresDialect, ['40001', '40P01', '55P03']],
      [mysqlDialect, [1062, 1213, 1205, 1020, 'ER_DUP_ENTRY', 'ER_LOCK_DEADLOCK']],
      [sqliteDialect, [5, 517, 'SQLITE_BUSY']],
    ]
    const others = [
      '08006',
      '57P01',
      '23514',
      '53100',
      'ECONNRESET',
      'PROTOCOL_CONNECTION_LOST',
      1040,
      2013,
      'SQLITE_FULL',
      13,
    ]
    for (const [{ conflictCodes }, codes] of proofs) {
      for (const code of codes) expect(hasCode({ cause: { meta: { code } } }, conflictCodes), `${code}`).toBe(true)
      for (const code of others) expect(hasCode({ code, errno: code }, conflictCodes), `${code}`).toBe(false)
    }
  })

  it('passes every other error on: what it does not know may have been stored (S4)', async () => {
    const lost = Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
    const broken = answering(() => {
      throw lost
    })
    const store = createSqlStore({ dialect: 'sqlite', run: broken })
    await expect(store.save('0:x', 'data', 'v', null)).rejects.toBe(lost)
  })
})
