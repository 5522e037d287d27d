/** How hosts reach their database, each as the `run` that `createSqlStore` takes. */

import type { RunSql } from '@countersign/adapters/sql'
import { type SQL, sql } from 'drizzle-orm'
import { CompiledQuery, type Kysely } from 'kysely'

/** Kysely, on every dialect it has. */
export function runOnKysely(db: Kysely<never>): RunSql {
  return async ({ text, values }) => {
    const { rows, numAffectedRows } = await db.executeQuery(CompiledQuery.raw(text, [...values]))
    return { rows, affected: numAffectedRows ?? null }
  }
}

/** A statement as Drizzle takes it: its text, with a parameter in place of each placeholder. */
export function drizzleSql(text: string, values: readonly string[]): SQL {
  const parts = text.split(/\$\d+|\?/)
  return sql.join(
    parts.flatMap((part, index) => (index < values.length ? [sql.raw(part), sql`${values[index]}`] : sql.raw(part))),
  )
}

/** Drizzle over node-postgres. */
export function runOnDrizzlePostgres(db: {
  execute(query: SQL): PromiseLike<{ rows: unknown[]; rowCount: number | null }>
}): RunSql {
  return async ({ text, values }) => {
    const { rows, rowCount } = await db.execute(drizzleSql(text, values))
    return { rows, affected: rowCount }
  }
}

/** Drizzle over mysql2. */
export function runOnDrizzleMysql(db: { execute(query: SQL): PromiseLike<unknown> }): RunSql {
  return async ({ kind, text, values }) => {
    const [answer] = (await db.execute(drizzleSql(text, values))) as [unknown]
    return kind === 'read'
      ? { rows: answer as unknown[] }
      : { affected: (answer as { affectedRows: number }).affectedRows }
  }
}

/** Drizzle over better-sqlite3. */
export function runOnDrizzleSqlite(db: { all(query: SQL): unknown[]; run(query: SQL): { changes: number } }): RunSql {
  return async ({ kind, text, values }) => {
    const query = drizzleSql(text, values)
    return kind === 'read' ? { rows: db.all(query) } : { affected: db.run(query).changes }
  }
}
