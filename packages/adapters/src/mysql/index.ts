/** A store on MySQL or MariaDB over a `mysql2/promise` pool. */

import { MfaError } from '@countersign/core'
import type { Durability } from '../first-use.js'
import type { RunSql } from '../sql/dialect.js'
import { createStoreOn, type SqlStore } from '../sql/store.js'
import { defaultTable } from '../sql/table.js'
import { mysqlDialect } from './dialect.js'

export type { Durability } from '../first-use.js'
export type { SqlStore } from '../sql/store.js'
export { mysqlReportViews, mysqlSchema } from './schema.js'

/** The part of a pool that is used. */
export interface MysqlPool {
  /** Prepared on the server, so that no value is ever escaped into a statement. */
  execute(text: string, values: string[]): Promise<readonly [unknown, ...unknown[]]>
  /** Runs a statement without parameters on any connection. */
  query(text: string): Promise<readonly [unknown, ...unknown[]]>
  /** Takes a connection out of the pool. */
  getConnection(): Promise<unknown>
}

/** Options of `createMysqlStore`. */
export interface MysqlStoreOptions {
  /** `table` or `schema.table`. Default `mfa_record`. */
  readonly table?: string
  /** `unchecked`: for tests and data that may be lost. */
  readonly durability?: Durability
}

/** Takes a pool and no single connection: one inside a transaction of the host's would undo a counted attempt (S3). */
export function createMysqlStore(pool: MysqlPool, options: MysqlStoreOptions = {}): SqlStore {
  const { table = defaultTable, durability = 'required' } = options
  const { execute, getConnection, promise } = (pool ?? {}) as Partial<MysqlPool> & { readonly promise?: unknown }
  if (typeof execute !== 'function' || typeof getConnection !== 'function' || typeof promise === 'function') {
    throw new MfaError('invalid_configuration', '`pool` must be a pool of mysql2/promise, not a single connection.')
  }
  const run: RunSql = async ({ kind, text, values }) => {
    const [answer] = await (values.length === 0 ? pool.query(text) : pool.execute(text, [...values]))
    return kind === 'read'
      ? { rows: answer as readonly unknown[] }
      : { affected: (answer as { readonly affectedRows?: number }).affectedRows ?? null }
  }
  return createStoreOn(mysqlDialect, run, table, durability)
}
