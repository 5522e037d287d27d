/** The part of a SQLite driver that is used, and what its connection must not be in: closed, or inside a transaction. */

import { MfaError } from '@countersign/core'

/** The part of a SQLite driver that is used; all four fit. */
export interface SqliteDatabase {
  /** Runs statements that answer nothing. */
  exec(sql: string): unknown
  /** Compiles one statement. */
  prepare(sql: string): SqliteStatement
}

/** A compiled statement. */
export interface SqliteStatement {
  /** All rows. */
  all(...values: string[]): unknown[]
  /** Runs it and answers how many rows it changed. */
  run(...values: string[]): { readonly changes: number | bigint }
}

/** What drivers tell of a connection, each by a name of its own. */
interface Told {
  readonly open?: unknown
  readonly isOpen?: unknown
  readonly inTransaction?: unknown
  readonly isTransaction?: unknown
}

/** In a transaction of the host's a rollback would undo a counted attempt (S3). */
export function refuseTransaction(database: SqliteDatabase & Told): void {
  const { open, isOpen } = database
  // libsql ends the whole process when a closed connection is asked for its transaction.
  if (open === false || isOpen === false) throw new MfaError('invalid_configuration', 'The database is closed.')
  if (!isInTransaction(database)) return
  throw new MfaError('invalid_configuration', 'The database is inside a transaction: open a connection for the store.')
}

export function isInTransaction(database: SqliteDatabase & Told): boolean {
  const { inTransaction, isTransaction } = database
  const told = inTransaction ?? isTransaction
  if (typeof told === 'boolean') return told
  // The first releases of node:sqlite do not tell. There are no transactions in transactions, and this one locks nothing.
  try {
    database.exec('begin')
  } catch {
    return true
  }
  database.exec('rollback')
  return false
}
