/** A store on SQLite: better-sqlite3, libsql, node:sqlite or bun:sqlite, by the few methods they share. */

import { MfaError, type MfaStore, type StoredRecord } from '@countersign/core'
import { quoteTable, sqliteSchema } from './schema.js'

export { sqliteReportViews, sqliteSchema } from './schema.js'

/** The part of a SQLite driver that is used; all four fit. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

export interface SqliteStatement {
  get(...values: string[]): unknown
  run(...values: string[]): { readonly changes: number | bigint }
}

export interface SqliteStoreOptions {
  /** Default `mfa_record`. */
  readonly table?: string
  /** How long to wait for another process's write lock, which blocks this process too. Default 50, at most 1000. */
  readonly busyTimeoutMs?: number
}

/** A store with `setup()`, which creates what is missing and can be called always. */
export interface SqliteStore extends MfaStore {
  setup(): Promise<void>
}

interface Statements {
  readonly load: SqliteStatement
  readonly insert: SqliteStatement
  readonly update: SqliteStatement
  readonly erase: SqliteStatement
}

/** The database may be shared with the host's own tables. Use one connection per process. */
export function createSqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): SqliteStore {
  const { table = 'mfa_record', busyTimeoutMs = 50 } = options
  const name = quoteTable(table)
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > 1000) {
    throw new MfaError('invalid_configuration', '`busyTimeoutMs` must be a whole number from 0 to 1000.')
  }
  let prepared: Statements | undefined
  const statements = (): Statements => {
    if (prepared === undefined) {
      configure(database, busyTimeoutMs)
      prepared = {
        load: database.prepare(`select version, data from ${name} where owner = ?`),
        insert: database.prepare(`insert into ${name} (owner, version, data) values (?, ?, ?) on conflict do nothing`),
        update: database.prepare(`update ${name} set version = ?, data = ? where owner = ? and version = ?`),
        erase: database.prepare(`delete from ${name} where owner = ?`),
      }
    }
    return prepared
  }
  return {
    async setup() {
      configure(database, busyTimeoutMs)
      database.exec(sqliteSchema({ table }))
      statements()
    },
    async load(owner) {
      const row = statements().load.get(owner) as StoredRecord | null | undefined
      return row ? { version: row.version, data: row.data } : null
    },
    async save(owner, data, version, expected) {
      try {
        const { insert, update } = statements()
        const { changes } =
          expected === null ? insert.run(owner, version, data) : update.run(version, data, owner, expected)
        return Number(changes) === 1
      } catch (error) {
        // A lock that was not had in time proves that nothing was stored (S4); anything else is unknown.
        if (isBusy(error)) return false
        throw error
      }
    },
    async erase(owner) {
      statements().erase.run(owner)
    },
  }
}

/** WAL lets readers go on beside a writer; FULL makes an acknowledged save survive a power cut (S3). */
function configure(database: SqliteDatabase, busyTimeoutMs: number): void {
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`)
  try {
    database.exec('pragma journal_mode = wal')
  } catch (error) {
    // Another process is switching right now; the mode is the file's, not the connection's.
    if (!isBusy(error)) throw error
  }
  database.exec('pragma synchronous = full')
}

function isBusy(error: unknown): boolean {
  const { code, message, errcode } = error as { code?: unknown; message?: unknown; errcode?: unknown }
  return (
    (typeof code === 'string' && code.startsWith('SQLITE_BUSY')) ||
    errcode === 5 ||
    (typeof message === 'string' && /database (?:table )?is locked/.test(message))
  )
}
