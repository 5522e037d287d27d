/** The table and report views of the SQLite store, as text for people with migrations. */

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
  return `create view if not exists ${quoteTable(table, '"', '_factors')} as
  select r.owner, f.value->>'kind' as kind, f.value->>'status' as status, f.value->>'createdAtMs' as created_at_ms
  from ${name} r, json_each(r.data, '$.factors') f;
create view if not exists ${quoteTable(table, '"', '_sessions')} as
  select r.owner, s.value->>'startedAtMs' as started_at_ms,
    exists (select 1 from json_each(s.value, '$.entries') e where e.value->>'origin' <> 'sign_in') as second_factor
  from ${name} r, json_each(r.data, '$.sessions') s;
create view if not exists ${quoteTable(table, '"', '_recovery_codes')} as
  select r.owner, count(*) as unused
  from ${name} r, json_each(r.data, '$.recovery.codes') c where c.value->>'usedAtMs' is null group by r.owner;
`
}
