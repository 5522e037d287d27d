import { createMysqlStore, mysqlReportViews } from '@countersign/adapters/mysql'
import { createPostgresStore, postgresReportViews } from '@countersign/adapters/postgres'
import { createSqliteStore, sqliteReportViews } from '@countersign/adapters/sqlite'
import { createTestMfa } from '@countersign/adapters/testing'
import { type MfaStore, unwrap } from '@countersign/core'
import Libsql from 'libsql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import { freshMysqlDatabase, freshName, removeTemporaryFiles, temporaryFile } from './open-store.js'

type Rows = readonly Record<string, unknown>[]

const table = freshName()

/** Kim has two factors and one code used, Lou only an address; five sessions, one of them with a second factor. */
async function fill(store: MfaStore): Promise<void> {
  const { mfa, givenUser } = createTestMfa({ store })
  const kim = await givenUser({ userId: 'kim', email: true, totp: true, recoveryCodes: true })
  const session = await kim.signIn()
  unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: kim.recoveryCodes[0] as string }))
  await kim.signIn()
  const lou = await givenUser({ userId: 'lou "quoted" \\ 字', tenantId: 'acme', email: true })
  await lou.signIn()
}

function reportsOf(read: (sql: string) => Promise<Rows>): void {
  it('counts users by factor', async () => {
    const rows = await read(`select kind, count(distinct owner) as users from ${table}_factors
      where status = 'active' group by kind order by kind`)
    expect(rows.map(({ kind, users }) => [kind, Number(users)])).toEqual([
      ['email', 2],
      ['totp', 1],
    ])
  })

  it('counts sessions, and those with a second factor', async () => {
    const rows = await read(`select owner, second_factor from ${table}_sessions`)
    expect(rows).toHaveLength(5)
    // The session that enrolled the app counts, and the one that used a recovery code.
    expect(rows.filter((row) => Boolean(row['second_factor']))).toHaveLength(2)
  })

  it('counts unused recovery codes', async () => {
    const rows = await read(`select owner, unused from ${table}_recovery_codes`)
    expect(rows.map(({ owner, unused }) => [owner, Number(unused)])).toEqual([['0:kim', 9]])
  })

  it('dates what it lists', async () => {
    const rows = await read(`select * from ${table}_factors where kind = 'totp'`)
    const { created_at, created_at_ms } = rows[0] ?? {}
    const at = created_at_ms === undefined ? new Date(String(created_at)).getTime() : Number(created_at_ms)
    expect(Math.abs(at - Date.UTC(2026, 0, 1))).toBeLessThan(2 * 86_400_000)
  })

  it('shows no secret, digest or address', async () => {
    for (const view of ['factors', 'sessions', 'recovery_codes']) {
      const rows = await read(`select * from ${table}_${view}`)
      expect(Object.keys(rows[0] ?? {}).join(' ')).not.toMatch(/secret|digest|address|code\b|id\b/)
      expect(JSON.stringify(rows)).not.toContain('@')
    }
  })
}

describe('report views on SQLite', () => {
  const database = new Libsql(temporaryFile())
  beforeAll(async () => {
    const store = createSqliteStore(database, { table })
    await store.setup()
    await fill(store)
    database.exec(sqliteReportViews({ table }))
    database.exec(sqliteReportViews({ table }))
  })
  afterAll(() => {
    database.close()
    removeTemporaryFiles()
  })
  reportsOf(async (sql) => database.prepare(sql).all() as Rows)
})

await describeWithService('postgres', 'report views on PostgreSQL', (url) => {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  beforeAll(async () => {
    const store = createPostgresStore(pool, { table })
    await store.setup()
    await fill(store)
    await pool.query(postgresReportViews({ table }))
    await pool.query(postgresReportViews({ table }))
  })
  afterAll(async () => {
    await pool.query(`drop table ${table} cascade`)
    await pool.end()
  })
  reportsOf(async (sql) => (await pool.query(sql)).rows)
})

await describeWithService('mariadb', 'report views on MariaDB', (url) => {
  let database: Awaited<ReturnType<typeof freshMysqlDatabase>>
  let pool: mysql.Pool
  beforeAll(async () => {
    database = await freshMysqlDatabase(url)
    pool = mysql.createPool({ uri: database.url, multipleStatements: true })
    const store = createMysqlStore(pool, { table })
    await store.setup()
    await fill(store)
    await pool.query(mysqlReportViews({ table }))
    await pool.query(mysqlReportViews({ table }))
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  reportsOf(async (sql) => (await pool.query<mysql.RowDataPacket[]>(sql))[0])
})
