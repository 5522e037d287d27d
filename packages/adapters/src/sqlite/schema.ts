/** The table and report views of the SQLite store, as text for people with migrations. */

import { factorKinds, factorStatuses, place, timesSinceMs } from '../sql/record-places.js'
import { defaultTable, quoteTable } from '../sql/table.js'

/**
 * The DDL; can be run always. `data` comes last and the table has a rowid: rows this long overflow otherwise, which
 * halves the speed of writes.
 */
export function sqliteSchema(options: { readonly table?: string } = {}): string {
  return `create table if not exists ${quoteTable(options.table ?? defaultTable)} (
  owner text not null primary key collate binary,
  version text not null collate binary,
  data text not null
);
`
}

/** Views for reports: users by factor, sessions with a second factor, unused recovery codes. Nothing secret is in them. */
export function sqliteReportViews(options: { readonly table?: string } = {}): string {
  const { table = defaultTable } = options
  const name = quoteTable(table)
  const at = (column: string): string => `${timesSinceMs} + (${column})`
  const word = (words: readonly string[], column: string): string =>
    `case ${column} ${words.map((each, index) => `when ${index} then '${each}'`).join(' ')} end`
  return `create view if not exists ${quoteTable(table, '"', '_factors')} as
  select r.owner, ${word(factorKinds, "f.value->>'$[0]'")} as kind,
    ${word(factorStatuses, "f.value->>'$[1]'")} as status, ${at("f.value->>'$[4]'")} as created_at_ms
  from ${name} r, json_each(r.data, '$[${place.factors}]') f;
create view if not exists ${quoteTable(table, '"', '_sessions')} as
  select r.owner, ${at("s.value->>'$[2]'")} as started_at_ms,
    exists (select 1 from json_each(s.value, '$[3]') e where e.value->>'$[0]' <> 0) as second_factor
  from ${name} r, json_each(r.data, '$[${place.sessions}]') s;
create view if not exists ${quoteTable(table, '"', '_recovery_codes')} as
  select r.owner, count(*) as unused
  from ${name} r, json_each(r.data, '$[${place.recovery}][0]') c
  where r.data->>'$[${place.bits}]' & 1 and c.type = 'text' group by r.owner;
`
}
