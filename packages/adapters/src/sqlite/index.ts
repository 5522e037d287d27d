/** A store on SQLite: better-sqlite3, libsql, node:sqlite or bun:sqlite, by the few methods they share. */

import { MfaError } from '@countersign/core'
import { hasCode, type RunSql } from '../sql/dialect.js'
import { createStoreOn, type SqlStore } from '../sql/store.js'
import { defaultTable } from '../sql/table.js'
import { refuseTransaction, type SqliteDatabase, type SqliteStatement } from './connection.js'
import { sqliteDialect } from './dialect.js'
import { createSharedCommit } from './shared-commit.js'

export type { SqlStore } from '../sql/store.js'
export type { SqliteDatabase, SqliteStatement } from './connection.js'
export { sqliteReportViews, sqliteSchema } from './schema.js'

/** Options of `createSqliteStore`. */
export interface SqliteStoreOptions {
  /** Default `mfa_record`. */
  readonly table?: string
  /** How long to wait for another process's write lock, which blocks this process too. Default 50, at most 1000. */
  readonly busyTimeoutMs?: number
}

const setupBusyTimeoutMs = 5000

/**
 * The database may be shared with the host's own tables. Give the store a connection of its own, one per process: nothing of
 * the host's, not even half a read result, may be under way on it. All saves of one turn of the event loop share one commit.
 */
export function createSqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): SqlStore {
  const { table = defaultTable, busyTimeoutMs = 50 } = options
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > 1000) {
    throw new MfaError('invalid_configuration', '`busyTimeoutMs` must be a whole number from 0 to 1000.')
  }
  if (typeof database?.prepare !== 'function' || typeof database.exec !== 'function') {
    throw new MfaError('invalid_configuration', '`database` must have the methods `exec` and `prepare`.')
  }
  const prepared = new Map<string, SqliteStatement>()
  const statementOf = (text: string): SqliteStatement => {
    if (prepared.size === 0) configure(database, busyTimeoutMs)
    const statement = prepared.get(text) ?? database.prepare(text)
    prepared.set(text, statement)
    return statement
  }
  const inSharedCommit = createSharedCommit(database)
  const run: RunSql = async ({ kind, text, values }) => {
    refuseTransaction(database)
    if (kind === 'schema') {
      // Several processes may start at once; from here on nobody waits that long.
      configure(database, setupBusyTimeoutMs)
      database.exec(text)
      configure(database, busyTimeoutMs)
      return {}
    }
    const statement = statementOf(text)
    if (kind === 'read') return { rows: statement.all(...values) }
    return { affected: await inSharedCommit(() => statement.run(...values).changes) }
  }
  return createStoreOn(sqliteDialect, run, table, 'required')
}

/** WAL lets readers go on beside a writer; FULL makes an acknowledged save survive a power cut (S3). */
function configure(database: SqliteDatabase, busyTimeoutMs: number): void {
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`)
  try {
    database.exec('pragma journal_mode = wal')
  } catch (error) {
    // Another process is switching right now; the mode is the file's, not the connection's.
    if (!hasCode(error, sqliteDialect.conflictCodes)) throw error
  }
  database.exec('pragma synchronous = full')
}
