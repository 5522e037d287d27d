/** The table and report views of the PostgreSQL store, as text for people with migrations. */

import { factorKinds, factorStatuses, place, timesSinceMs } from '../sql/record-places.js'
import { defaultTable, quoteTable } from '../sql/table.js'

/**
 * The DDL; can be run always. `data` comes last: what changes often stands at its head, so an update logs little.
 * Six records of an ordinary size fill a page to 85 %; the rest keeps updates off the index (HOT).
 */
export function postgresSchema(options: { readonly table?: string } = {}): string {
  return `create table if not exists ${quoteTable(options.table ?? defaultTable)} (
  owner text collate "C" not null primary key,
  version text collate "C" not null,
  data text not null
) with (fillfactor = 85);
`
}

/** Views for reports: users by factor, sessions with a second factor, unused recovery codes. Nothing secret is in them. */
export function postgresReportViews(options: { readonly table?: string } = {}): string {
  const { table = defaultTable } = options
  const name = quoteTable(table)
  const at = (column: string): string => `to_timestamp((${timesSinceMs} + (${column})::bigint) / 1000.0)`
  const word = (words: readonly string[], column: string): string =>
    `(array[${words.map((each) => `'${each}'`).join(', ')}])[(${column})::int + 1]`
  const each = (path: string): string => `jsonb_array_elements(r.data::jsonb->${path})`
  return `create or replace view ${quoteTable(table, '"', '_factors')} as
  select r.owner, ${word(factorKinds, 'f->>0')} as kind, ${word(factorStatuses, 'f->>1')} as status,
    ${at('f->>4')} as created_at
  from ${name} r cross join lateral ${each(`${place.factors}`)} f;
create or replace view ${quoteTable(table, '"', '_sessions')} as
  select r.owner, ${at('s->>2')} as started_at,
    exists (select 1 from jsonb_array_elements(s->3) e where e->>0 <> '0') as second_factor
  from ${name} r cross join lateral ${each(`${place.sessions}`)} s;
create or replace view ${quoteTable(table, '"', '_recovery_codes')} as
  select r.owner, count(*) as unused
  from ${name} r cross join lateral jsonb_array_elements(
    case when (r.data::jsonb->>${place.bits})::int & 1 = 1 then r.data::jsonb->${place.recovery}->0 end) c
  where jsonb_typeof(c) = 'string' group by r.owner;
`
}
