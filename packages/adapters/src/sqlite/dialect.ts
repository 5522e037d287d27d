/** SQLite from 3.35 on: statements, and what would make its promise void. */

import type { SqlDialect } from '../sql/dialect.js'
import { quoteTable, tableParts } from '../sql/table.js'
import { sqliteSchema } from './schema.js'

export const sqliteDialect: SqlDialect = {
  statements(table) {
    const name = quoteTable(table)
    return {
      load: `select version, data from ${name} where owner = ?`,
      insert: `insert into ${name} (owner, version, data) values (?, ?, ?) on conflict do nothing`,
      update: `update ${name} set version = ?, data = ? where owner = ? and version = ?`,
      erase: `delete from ${name} where owner = ?`,
    }
  },
  schema: (table) => [sqliteSchema({ table })],
  // SQLITE_BUSY is 5: a lock that was not had in time. node:sqlite gives the extended number, the others the name.
  conflictCodes: /^(?:5|261|517|773|SQLITE_BUSY.*)$/,
  setupRaceCodes: /^$/,
  async findFaults(read, table) {
    const [name] = tableParts(table).slice(-1) as [string]
    const found = await read('select name, type, pk from pragma_table_info(?)', name)
    if (found.length === 0) return ['It does not exist: call `setup()` or run the schema in a migration.']
    const isText = (wanted: string): boolean =>
      found.some((each) => each['name'] === wanted && String(each['type']).toLowerCase() === 'text')
    const faults = ['owner', 'version', 'data']
      .filter((wanted) => !isText(wanted))
      .map((wanted) => `Its column ${wanted} must be of type text.`)
    const keys = found.filter((each) => Number(each['pk']) > 0)
    if (keys.length !== 1 || keys[0]?.['name'] !== 'owner') faults.push('Its column owner must be the primary key.')
    return faults
  },
}
