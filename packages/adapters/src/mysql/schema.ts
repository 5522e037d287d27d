/** The table and report views of the MySQL and MariaDB store, as text for people with migrations. */

import { factorKinds, factorStatuses, place, timesSinceMs } from '../sql/record-places.js'
import { defaultTable, quoteTable } from '../sql/table.js'

/** The DDL; can be run always. Binary columns compare byte for byte: text columns would ignore case or trailing spaces. */
export function mysqlSchema(options: { readonly table?: string } = {}): string {
  return `create table if not exists ${quoteTable(options.table ?? defaultTable, '`')} (
  owner varbinary(255) not null primary key,
  version varbinary(64) not null,
  data longtext character set utf8mb4 collate utf8mb4_bin not null
) engine = InnoDB;
`
}

/** Views for reports: users by factor, sessions with a second factor, unused recovery codes. Nothing secret is in them. */
export function mysqlReportViews(options: { readonly table?: string } = {}): string {
  const { table = defaultTable } = options
  const name = quoteTable(table, '`')
  const owner = 'convert(r.owner using utf8mb4) as owner'
  const at = (column: string): string => `from_unixtime((${timesSinceMs} + ${column}) / 1000.0)`
  const word = (words: readonly string[], column: string): string =>
    `elt(${column} + 1, ${words.map((each) => `'${each}'`).join(', ')})`
  return `create or replace view ${quoteTable(table, '`', '_factors')} as
  select ${owner}, ${word(factorKinds, 'f.kind')} as kind, ${word(factorStatuses, 'f.status')} as status,
    ${at('f.created_at_ms')} as created_at
  from ${name} r, json_table(r.data, '$[${place.factors}][*]' columns (
    kind int path '$[0]', status int path '$[1]', created_at_ms bigint path '$[4]')) f;
create or replace view ${quoteTable(table, '`', '_sessions')} as
  select ${owner}, ${at('s.started_at_ms')} as started_at, max(s.origin <> 0) as second_factor
  from ${name} r, json_table(r.data, '$[${place.sessions}][*]' columns (
    id varchar(64) path '$[0]', started_at_ms bigint path '$[2]',
    nested path '$[3][*]' columns (origin int path '$[0]'))) s
  group by r.owner, s.id, s.started_at_ms;
create or replace view ${quoteTable(table, '`', '_recovery_codes')} as
  select ${owner}, count(*) as unused
  from ${name} r, json_table(r.data, '$[${place.recovery}][0][*]' columns (
    used_at_ms bigint path '$[1]')) c
  where json_extract(r.data, '$[${place.bits}]') & 1 and c.used_at_ms is null group by r.owner;
`
}
