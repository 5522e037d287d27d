/** A store over whatever the host reaches its SQL database with: Kysely, Drizzle, Prisma, or a wrapper of its own. */

import { MfaError } from '@countersign/core'
import type { Durability } from '../first-use.js'
import { mysqlDialect } from '../mysql/dialect.js'
import { postgresDialect } from '../postgres/dialect.js'
import { sqliteDialect } from '../sqlite/dialect.js'
import type { RunSql, SqlDialect } from './dialect.js'
import { createStoreOn, type SqlStore } from './store.js'
import { defaultTable } from './table.js'

export type { Durability } from '../first-use.js'
export type { RunSql, SqlAnswer, SqlStatement } from './dialect.js'
export type { SqlStore } from './store.js'

/** `mysql` is MariaDB too. */
export type SqlDialectName = 'postgres' | 'mysql' | 'sqlite'

/** Options of `createSqlStore`. */
export interface SqlStoreOptions {
  /** The database behind the client. */
  readonly dialect: SqlDialectName
  /** Placeholders are `$1`, `$2` ... on PostgreSQL and `?` elsewhere, always in the order of the values. */
  readonly run: RunSql
  /** Default `mfa_record`. */
  readonly table?: string
  /** `unchecked`: for tests and data that may be lost. */
  readonly durability?: Durability
}

const dialects: Readonly<Record<SqlDialectName, SqlDialect>> = {
  postgres: postgresDialect,
  mysql: mysqlDialect,
  sqlite: sqliteDialect,
}

/** Every call is one statement, which `run` MUST commit before it resolves. */
export function createSqlStore(options: SqlStoreOptions): SqlStore {
  const { dialect, run, table = defaultTable, durability = 'required' } = options
  if (!Object.hasOwn(dialects, dialect)) {
    throw new MfaError('invalid_configuration', "`dialect` must be 'postgres', 'mysql' or 'sqlite'.")
  }
  if (typeof run !== 'function') throw new MfaError('invalid_configuration', '`run` must be a function.')
  return createStoreOn(dialects[dialect], run, table, durability)
}
