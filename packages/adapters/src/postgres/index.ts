/** A store on PostgreSQL: a `pg` pool or client, PGlite, or anything else with `query(text, values)`. */

import { MfaError } from '@countersign/core'
import type { Durability } from '../first-use.js'
import type { RunSql } from '../sql/dialect.js'
import { createStoreOn, type SqlStore } from '../sql/store.js'
import { defaultTable } from '../sql/table.js'
import { postgresDialect } from './dialect.js'

export type { Durability } from '../first-use.js'
export type { SqlStore } from '../sql/store.js'
export { postgresReportViews, postgresSchema } from './schema.js'

/** The part of a client that is used. */
export interface PostgresClient {
  /** Runs one statement with its parameters; rejects when it failed. */
  query(
    text: string,
    values: string[],
  ): Promise<{
    readonly rows: readonly unknown[]
    readonly rowCount?: number | null
    readonly affectedRows?: number
  }>
}

/** Options of `createPostgresStore`. */
export interface PostgresStoreOptions {
  /** `table` or `schema.table`. Default `mfa_record`. */
  readonly table?: string
  /** `unchecked`: for tests and data that may be lost. */
  readonly durability?: Durability
}

/**
 * Give it a pool, or a client that does nothing else. A client inside a transaction of the host's would undo a counted
 * attempt at the host's rollback and read an old record under its snapshot (S1, S3): it is refused where it shows.
 */
export function createPostgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): SqlStore {
  const { table = defaultTable, durability = 'required' } = options
  if (typeof client?.query !== 'function') {
    throw new MfaError('invalid_configuration', '`client` must have a method `query(text, values)`.')
  }
  const inTurn = 'getTransactionStatus' in client ? createTurns() : <T>(work: () => Promise<T>): Promise<T> => work()
  const run: RunSql = async ({ text, values }) => {
    const { rows, rowCount, affectedRows } = await inTurn(() => {
      refuseTransaction(client)
      return client.query(text, [...values])
    })
    return { rows, affected: rowCount ?? affectedRows ?? null }
  }
  refuseTransaction(client)
  return createStoreOn(postgresDialect, run, table, durability)
}

/** `pg` clients tell their status; the transaction object of PGlite and others can roll back. */
function refuseTransaction(client: PostgresClient): void {
  const { getTransactionStatus, rollback } = client as {
    readonly getTransactionStatus?: () => unknown
    readonly rollback?: unknown
  }
  const status = getTransactionStatus?.call(client)
  if (status === 'T' || status === 'E' || typeof rollback === 'function') {
    throw new MfaError('invalid_configuration', 'The client is inside a transaction: give the store a pool of its own.')
  }
}

/** A single `pg` client takes one query at a time. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
