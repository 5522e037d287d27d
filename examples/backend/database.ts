/** The backend's own tables, in the SQLite file that also holds the MFA records; and connections to that file. */

import Database from 'libsql'

export type HostDatabase = Database.Database

const schema = `
  create table if not exists account (
    id text primary key,
    name text not null,
    email text unique,
    phone text unique,
    password_hash text,
    email_verified integer not null default 0,
    phone_verified integer not null default 0,
    created_at_ms integer not null,
    updated_at_ms integer not null,
    password_updated_at_ms integer,
    accessed_at_ms integer not null
  );
  create table if not exists session (
    id text primary key,
    account_id text not null references account (id),
    secret_hash text not null unique,
    channel text not null,
    created_at_ms integer not null,
    updated_at_ms integer not null,
    expires_at_ms integer not null,
    ip text not null,
    user_agent text not null
  );
  create index if not exists session_account on session (account_id, created_at_ms);
  create table if not exists sign_in_code (
    id text primary key,
    account_id text not null references account (id),
    channel text not null,
    address text not null,
    code_hash text not null,
    asked_from text not null,
    tries_left integer not null,
    others_tries_left integer not null,
    expires_at_ms integer not null
  );
  create index if not exists sign_in_code_account on sign_in_code (account_id);
  create table if not exists security_event (
    number integer primary key autoincrement,
    account_id text not null,
    at_ms integer not null,
    type text not null,
    details text not null
  );
  create index if not exists security_event_account on security_event (account_id, number);
`

/** Waits a second while another process writes. In this one no write outlasts a turn: its connections never wait. */
export function openDatabase(file: string): HostDatabase {
  const database = openConnection(file)
  database.exec('pragma busy_timeout = 1000')
  database.exec('pragma journal_mode = wal')
  database.exec(schema)
  return database
}

/** One more connection to the file, as it comes. */
export function openConnection(file: string): HostDatabase {
  return new Database(file)
}

/** All rows of a query. `all` and not `get`: libsql's `get` adds a property of its own. */
export function readRows<Row>(database: HostDatabase, sql: string, ...values: readonly unknown[]): readonly Row[] {
  return database.prepare(sql).all(...values) as Row[]
}

/** How many rows a statement changed. */
export function write(database: HostDatabase, sql: string, ...values: readonly unknown[]): number {
  return database.prepare(sql).run(...values).changes
}
