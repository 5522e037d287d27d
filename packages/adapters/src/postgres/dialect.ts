/** PostgreSQL, from 12 on: statements, and what would make its promise void. */

import type { ReadSql, SqlDialect } from '../sql/dialect.js'
import { quoteTable } from '../sql/table.js'
import { postgresSchema } from './schema.js'

const settings = `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
  current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
  current_setting('synchronous_commit') as synchronous_commit`

const columns = `select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
  coalesce(o.collisdeterministic, true) as exact, c.relpersistence = 'p' as logged,
  exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid
    and i.indpred is null and i.indnkeyatts = 1 and i.indkey[0] = a.attnum) as is_unique
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_collation o on o.oid = a.attcollation
where c.oid = to_regclass($1::text)`

export const postgresDialect: SqlDialect = {
  statements(table) {
    const name = quoteTable(table)
    return {
      load: `select version, data from ${name} where owner = $1`,
      insert: `insert into ${name} (owner, version, data) values ($1, $2, $3) on conflict do nothing`,
      update: `update ${name} set version = $1, data = $2 where owner = $3 and version = $4`,
      erase: `delete from ${name} where owner = $1`,
    }
  },
  schema: (table) => [postgresSchema({ table })],
  // Serialization failure, deadlock, lock not available: each rolls the statement back.
  conflictCodes: /^(?:40001|40P01|55P03)$/,
  // `if not exists` looks before another session's table is visible.
  setupRaceCodes: /^(?:23505|42P07|42710)$/,
  async findFaults(read, table, durability) {
    const [server] = await read(settings)
    const faults: string[] = []
    if (server?.['read_only']) faults.push('This connection is read-only or a standby: connect to the primary.')
    if (server?.['encoding'] !== 'UTF8') faults.push('The database must have the encoding UTF8.')
    if (durability === 'required' && server?.['fsync'] !== 'on') faults.push('Set `fsync` to on.')
    if (durability === 'required' && server?.['synchronous_commit'] === 'off') {
      faults.push('Set `synchronous_commit` to on for this role or database.')
    }
    return [...faults, ...(await findTableFaults(read, table, durability === 'required'))]
  },
}

async function findTableFaults(read: ReadSql, table: string, mustBeLogged: boolean): Promise<readonly string[]> {
  const found = await read(columns, quoteTable(table))
  if (found.length === 0) return ['It does not exist: call `setup()` or run the schema in a migration.']
  const faults: string[] = []
  for (const name of ['owner', 'version', 'data']) {
    const column = found.find((each) => each['name'] === name)
    if (column?.['type'] !== 'text') faults.push(`Its column ${name} must be of type text.`)
    if (column?.['exact'] === false) faults.push(`Its column ${name} must have a deterministic collation.`)
    if (name === 'owner' && column?.['is_unique'] !== true) faults.push('Its column owner must be the primary key.')
  }
  if (mustBeLogged && found.some((each) => each['logged'] !== true))
    faults.push('It must not be unlogged or temporary.')
  return faults
}
