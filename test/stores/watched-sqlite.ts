/** A SQLite store whose database is watched: each statement that changes something is logged, and may be made to fail. */

import { createSqliteStore, type SqliteDatabase } from '@countersign/adapters/sqlite'
import type { MfaStore } from '@countersign/core'
import BetterSqlite from 'better-sqlite3'
import Libsql from 'libsql'
import { temporaryFile } from './open-store.js'

export type Connection = SqliteDatabase & { readonly inTransaction: boolean; close(): unknown }
type Fault = (run: () => unknown) => unknown

/** By the start of the statement. Statements of a store look like `insert owner-1 version data`. */
type Faults = Record<string, Fault>

export const sqliteDrivers: readonly (readonly [string, (file: string) => Connection])[] = [
  ['libsql', (file) => new Libsql(file)],
  ['better-sqlite3', (file) => new BetterSqlite(file)],
]

interface WatchedStore {
  readonly store: MfaStore
  /** The bare connection, as a host has it that uses it besides. */
  readonly connection: Connection
  readonly file: string
  readonly log: string[]
  /** One new record per owner, all asked for at once. */
  createAll(...owners: readonly string[]): Promise<readonly PromiseSettledResult<boolean>[]>
  /** The owners that have a record. */
  stored(): readonly string[]
}

/** The store is ready, and its log empty. */
export async function openWatched(
  open: (file: string) => Connection,
  options: { readonly faults?: Faults; readonly tellsTransactions?: boolean; readonly file?: string } = {},
): Promise<WatchedStore> {
  const { faults = {}, tellsTransactions = true, file = temporaryFile() } = options
  const connection = open(file)
  const log: string[] = []
  const watch = <T>(statement: string, run: () => T): T => {
    log.push(statement)
    const fault = Object.entries(faults).find(([start]) => statement.startsWith(start))?.[1]
    return fault === undefined ? run() : (fault(run) as T)
  }
  const database: SqliteDatabase = {
    exec: (sql) => watch(sql, () => connection.exec(sql)),
    prepare(sql) {
      const statement = connection.prepare(sql)
      return {
        all: (...values) => statement.all(...values),
        run: (...values) => watch([sql.split(' ')[0], ...values].join(' '), () => statement.run(...values)),
      }
    },
  }
  if (tellsTransactions) Object.defineProperty(database, 'inTransaction', { get: () => connection.inTransaction })
  const store = createSqliteStore(database, { busyTimeoutMs: 5 })
  await store.setup()
  log.length = 0
  return {
    store,
    connection,
    file,
    log,
    createAll: (...owners) =>
      Promise.allSettled(owners.map((owner) => store.save(owner, `data of ${owner}`, `v-${owner}`, null))),
    stored: () =>
      connection
        .prepare('select owner from mfa_record order by owner')
        .all()
        .map((row) => (row as { owner: string }).owner),
  }
}
