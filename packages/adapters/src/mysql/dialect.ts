/** MySQL from 8.0 and MariaDB from 10.6 on: statements, and what would make their promise void. */

import type { ReadSql, SqlDialect } from '../sql/dialect.js'
import { quoteTable, tableParts } from '../sql/table.js'
import { mysqlSchema } from './schema.js'

/** What a variable must be, and what it costs if it is not; variables that a server does not have are fine. */
const demands: readonly {
  readonly name: string
  readonly fine: RegExp
  readonly fault: string
  readonly durability?: true
}[] = [
  { name: 'autocommit', fine: /^(?:ON|1)$/, fault: 'Set `autocommit` to ON: saves would wait for a commit.' },
  { name: 'read_only', fine: /^(?:OFF|0)$/, fault: 'This server is read-only: connect to the primary.' },
  { name: 'super_read_only', fine: /^(?:OFF|0)$/, fault: 'This server is read-only: connect to the primary.' },
  { name: 'character_set_client', fine: /^utf8mb4$/, fault: 'Open connections with the character set utf8mb4.' },
  { name: 'character_set_connection', fine: /^utf8mb4$/, fault: 'Open connections with the character set utf8mb4.' },
  { name: 'character_set_results', fine: /^utf8mb4$/, fault: 'Open connections with the character set utf8mb4.' },
  {
    name: 'innodb_flush_log_at_trx_commit',
    fine: /^[13]$/,
    fault: 'Set `innodb_flush_log_at_trx_commit` to 1.',
    durability: true,
  },
]

export const mysqlDialect: SqlDialect = {
  statements(table) {
    const name = quoteTable(table, '`')
    return {
      load: `select convert(version using utf8mb4) as version, data from ${name} where owner = ?`,
      insert: `insert into ${name} (owner, version, data) values (?, ?, ?)`,
      update: `update ${name} set version = ?, data = ? where owner = ? and version = ?`,
      erase: `delete from ${name} where owner = ?`,
    }
  },
  schema: (table) => [mysqlSchema({ table })],
  // Duplicate key (of the insert), deadlock, lock wait timeout, changed since it was read: nothing was stored.
  conflictCodes: /^(?:1062|1213|1205|1020|ER_DUP_ENTRY|ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|ER_CHECKREAD)$/,
  setupRaceCodes: /^(?:1050|1213|ER_TABLE_EXISTS_ERROR|ER_LOCK_DEADLOCK)$/,
  async findFaults(read, table, durability) {
    const found = await read('show variables')
    const settingOf = (name: string): string | undefined =>
      found.find((each) => each['Variable_name'] === name)?.['Value'] as string | undefined
    const faults = demands
      .filter((each) => each.durability === undefined || durability === 'required')
      .filter(({ name, fine }) => !fine.test(settingOf(name) ?? 'absent') && settingOf(name) !== undefined)
      .map(({ fault }) => fault)
    if (settingOf('wsrep_on') === 'ON' && (Number(settingOf('wsrep_sync_wait')) & 1) === 0) {
      faults.push('This is a Galera node: set `wsrep_sync_wait` to 1 for these sessions, or loads may be stale.')
    }
    return [...new Set([...faults, ...(await findTableFaults(read, table))])]
  },
}

async function findTableFaults(read: ReadSql, table: string): Promise<readonly string[]> {
  const [name, schema] = tableParts(table).toReversed() as [string, string | undefined]
  const found = await read(
    `select c.column_name as name, c.data_type as type, c.character_maximum_length as length,
      c.character_set_name as charset, c.column_key as keyed, t.engine as engine
    from information_schema.columns c
    join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
    where c.table_schema = ${schema === undefined ? 'database()' : '?'} and c.table_name = ?`,
    ...(schema === undefined ? [name] : [schema, name]),
  )
  if (found.length === 0) return ['It does not exist: call `setup()` or run the schema in a migration.']
  const faults: string[] = []
  const column = (wanted: string): Readonly<Record<string, unknown>> =>
    found.find((each) => each['name'] === wanted) ?? {}
  const isBinary = (wanted: string, length: number): boolean =>
    column(wanted)['type'] === 'varbinary' && Number(column(wanted)['length']) >= length
  if (!isBinary('owner', 255)) faults.push('Its column owner must be varbinary(255).')
  if (column('owner')['keyed'] !== 'PRI') faults.push('Its column owner must be the primary key.')
  if (!isBinary('version', 22)) faults.push('Its column version must be varbinary(64).')
  const { type, charset } = column('data')
  if (!(type === 'longtext' || type === 'mediumtext') || charset !== 'utf8mb4') {
    faults.push('Its column data must be longtext in utf8mb4.')
  }
  if (column('owner')['engine'] !== 'InnoDB') faults.push('Its engine must be InnoDB.')
  return faults
}
