/** The table and report views of the PostgreSQL store, as text for people with migrations. */

import { defaultTable, quoteTable } from '../sql/table.js'

/**
 * The DDL; can be run always. `data` comes last: what changes often stands at its head, so an update logs little.
 * The free fifth of each page keeps updates off the index (HOT).
 */
export function postgresSchema(options: { readonly table?: string } = {}): string {
  return `create table if not exists ${quoteTable(options.table ?? defaultTable)} (
  owner text collate "C" not null primary key,
  version text collate "C" not null,
  data text not null
) with (fillfactor = 80);
`
}

/** Views for reports: users by factor, sessions with a second factor, unused recovery codes. Nothing secret is in them. */
export function postgresReportViews(options: { readonly table?: string } = {}): string {
  const { table = defaultTable } = options
  const name = quoteTable(table)
  return `create or replace view ${quoteTable(table, '"', '_factors')} as
  select r.owner, f->>'kind' as kind, f->>'status' as status,
    to_timestamp((f->>'createdAtMs')::bigint / 1000.0) as created_at
  from ${name} r cross join lateral jsonb_array_elements(r.data::jsonb->'factors') f;
create or replace view ${quoteTable(table, '"', '_sessions')} as
  select r.owner, to_timestamp((s->>'startedAtMs')::bigint / 1000.0) as started_at,
    exists (select 1 from jsonb_array_elements(s->'entries') e where e->>'origin' <> 'sign_in') as second_factor
  from ${name} r cross join lateral jsonb_array_elements(r.data::jsonb->'sessions') s;
create or replace view ${quoteTable(table, '"', '_recovery_codes')} as
  select r.owner, count(*) as unused
  from ${name} r cross join lateral jsonb_array_elements(r.data::jsonb->'recovery'->'codes') c
  where c->'usedAtMs' is null group by r.owner;
`
}
