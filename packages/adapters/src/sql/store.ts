/** The store port on one table of any SQL database: compare-and-swap is one conditional statement, nothing is retried. */

import { MfaError, type MfaStore, type StoredRecord } from '@countersign/core'
import { createFirstUse, type Durability, refuseFaults } from '../first-use.js'
import { hasCode, type ReadSql, type RunSql, type SqlAnswer, type SqlDialect } from './dialect.js'

/** A store with `setup()`, which creates what is missing, can be called always, and by several processes at once. */
export interface SqlStore extends MfaStore {
  /**
   * Creates the table where it is missing and looks at the server once; throws `invalid_configuration` where it could
   * lose records.
   */
  setup(): Promise<void>
}

export function createStoreOn(dialect: SqlDialect, run: RunSql, table: string, durability: Durability): SqlStore {
  const { load, insert, update, erase } = dialect.statements(table)
  const read: ReadSql = async (text, ...values) => rowsOf(await run({ kind: 'read', text, values }))
  const write = async (text: string, ...values: string[]): Promise<number> =>
    affectedBy(await run({ kind: 'write', text, values }))

  const check = async (): Promise<void> => {
    refuseFaults(`The table ${table} cannot hold MFA records`, await dialect.findFaults(read, table, durability))
  }
  const ready = createFirstUse(check)

  return {
    async setup() {
      for (const text of dialect.schema(table)) {
        try {
          await run({ kind: 'schema', text, values: [] })
        } catch (error) {
          if (!hasCode(error, dialect.setupRaceCodes)) throw error
        }
      }
      await check()
    },
    async load(owner) {
      await ready()
      const [row] = await read(load, owner)
      if (row === undefined) return null
      const { version, data } = row as unknown as StoredRecord
      return { version, data }
    },
    async save(owner, data, version, expected) {
      await ready()
      try {
        const affected = await (expected === null
          ? write(insert, owner, version, data)
          : write(update, version, data, owner, expected))
        return affected === 1
      } catch (error) {
        if (hasCode(error, dialect.conflictCodes)) return false
        throw error
      }
    },
    async erase(owner) {
      await ready()
      await write(erase, owner)
    },
  }
}

function rowsOf({ rows }: SqlAnswer): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(rows)) throw new MfaError('store_misbehaved', 'A `read` must answer `rows`.')
  return rows
}

function affectedBy({ affected }: SqlAnswer): number {
  const count = typeof affected === 'bigint' ? Number(affected) : affected
  if (typeof count !== 'number' || !Number.isInteger(count)) {
    throw new MfaError('store_misbehaved', 'A `write` must answer `affected`, the number of rows.')
  }
  return count
}
