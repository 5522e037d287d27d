/** One way to open every store under test, from a description that can travel to another process. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMysqlStore, type MysqlPool } from '@countersign/adapters/mysql'
import { createPostgresStore } from '@countersign/adapters/postgres'
import { createRedisStore, type RedisClient } from '@countersign/adapters/redis'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import type { MfaStore } from '@countersign/core'
import { PGlite } from '@electric-sql/pglite'
import BetterSqlite from 'better-sqlite3'
import { Cluster, Redis } from 'ioredis'
import Libsql from 'libsql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { createClient, createCluster } from 'redis'

export type StoreKind =
  | 'better-sqlite3'
  | 'libsql'
  | 'pg pool'
  | 'pg client'
  | 'PGlite'
  | 'mysql2'
  | 'node-redis'
  | 'ioredis'
  | 'node-redis cluster'
  | 'ioredis cluster'

/** Plain data. `name` is the table, prefix or file of this test alone. */
export interface StoreSpec {
  readonly kind: StoreKind
  readonly url: string
  readonly name: string
  readonly durability?: 'unchecked'
}

export interface OpenStore {
  readonly store: MfaStore & { setup(): Promise<void> }
  /** Reads the stored data without the store. */
  rawLoad(owner: string): Promise<string | null>
  /** Drops the table or keys of this test. */
  drop(): Promise<void>
  close(): Promise<void>
}

const folders: string[] = []

/** A file in a folder of its own. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  folders.push(folder)
  return join(folder, 'mfa.db')
}

/** Removes the folders of all temporary files of this process. */
export function removeTemporaryFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** A database of its own on a MySQL or MariaDB server. */
export async function freshMysqlDatabase(url: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = freshName()
  const connection = await mysql.createConnection(url)
  await connection.query('create database ??', [name])
  return {
    url: Object.assign(new URL(url), { pathname: `/${name}` }).href,
    async drop() {
      await connection.query('drop database ??', [name])
      await connection.end()
    },
  }
}

let names = 0
/** A name no other run uses. */
export function freshName(): string {
  return `mfa_test_${process.pid}_${++names}_${Date.now().toString(36)}`
}

/** Opens a connection of its own; call `setup` once before use. */
export async function openStore(spec: StoreSpec): Promise<OpenStore> {
  return openers[spec.kind](spec)
}

type Opener = (spec: StoreSpec) => Promise<OpenStore>

const openers: Readonly<Record<StoreKind, Opener>> = {
  'better-sqlite3': async (spec) => onSqlite(new BetterSqlite(spec.url), spec),
  libsql: async (spec) => onSqlite(new Libsql(spec.url), spec),
  'pg pool': async (spec) => {
    const pool = new pg.Pool({ connectionString: spec.url, max: 4 })
    pool.on('error', () => undefined)
    return onPostgres(pool, spec, () => pool.end())
  },
  'pg client': async (spec) => {
    const client = new pg.Client({ connectionString: spec.url })
    await client.connect()
    return onPostgres(client, spec, () => client.end())
  },
  PGlite: async (spec) => {
    const database = await sharedPglite(spec.name)
    return onPostgres(database, { ...spec, durability: 'unchecked' }, async () => undefined)
  },
  mysql2: async (spec) => {
    const pool = mysql.createPool({ uri: spec.url, connectionLimit: 4 })
    return {
      store: createMysqlStore(pool satisfies MysqlPool, { table: spec.name }),
      async rawLoad(owner) {
        const [rows] = await pool.query<mysql.RowDataPacket[]>('select data from ?? where owner = ?', [
          spec.name,
          Buffer.from(owner),
        ])
        return (rows[0]?.['data'] as string | undefined) ?? null
      },
      async drop() {
        await pool.query('drop table if exists ??', [spec.name])
      },
      close: () => pool.end(),
    }
  },
  'node-redis': async (spec) => {
    const client = createClient({ url: spec.url })
    client.on('error', () => undefined)
    await client.connect()
    return onRedis(client, spec, {
      get: (key) => client.get(key),
      drop: async (prefix) => void (await Promise.all((await client.keys(`${prefix}*`)).map((key) => client.del(key)))),
      close: async () => client.destroy(),
    })
  },
  ioredis: async (spec) => {
    const client = new Redis(spec.url)
    client.on('error', () => undefined)
    return onRedis(client, spec, {
      get: (key) => client.get(key),
      drop: async (prefix) => void (await Promise.all((await client.keys(`${prefix}*`)).map((key) => client.del(key)))),
      close: async () => client.disconnect(),
    })
  },
  'node-redis cluster': async (spec) => {
    const client = createCluster({ rootNodes: [{ url: spec.url }] })
    client.on('error', () => undefined)
    await client.connect()
    return onRedis(client, spec, { get: (key) => client.get(key), close: async () => client.destroy() })
  },
  'ioredis cluster': async (spec) => {
    const client = new Cluster([spec.url])
    client.on('error', () => undefined)
    return onRedis(client, spec, { get: (key) => client.get(key), close: async () => client.disconnect() })
  },
}

interface Sqlite {
  exec(sql: string): unknown
  prepare(sql: string): {
    all(...values: string[]): unknown[]
    run(...values: string[]): { readonly changes: number | bigint }
  }
  close(): unknown
}

function onSqlite(database: Sqlite, { name }: StoreSpec): OpenStore {
  return {
    store: createSqliteStore(database, { table: name }),
    async rawLoad(owner) {
      const [row] = database.prepare(`select data from "${name}" where owner = ?`).all(owner)
      return (row as { data: string } | undefined)?.data ?? null
    },
    async drop() {
      database.exec(`drop table if exists "${name}"`)
    },
    async close() {
      database.close()
    },
  }
}

function onPostgres(
  client: Parameters<typeof createPostgresStore>[0],
  { name, durability }: StoreSpec,
  close: () => Promise<void>,
): OpenStore {
  return {
    store: createPostgresStore(client, { table: name, ...(durability && { durability }) }),
    async rawLoad(owner) {
      const { rows } = await client.query(`select data from ${name} where owner = $1`, [owner])
      return (rows[0] as { data: string } | undefined)?.data ?? null
    },
    async drop() {
      await client.query(`drop table if exists ${name}`, [])
    },
    close,
  }
}

const pglites = new Map<string, Promise<PGlite>>()
/** PGlite is one connection inside this process. */
function sharedPglite(name: string): Promise<PGlite> {
  const database = pglites.get(name) ?? PGlite.create()
  pglites.set(name, database)
  return database
}

function onRedis(
  client: RedisClient,
  { name, durability }: StoreSpec,
  raw: { get(key: string): Promise<string | null>; drop?(prefix: string): Promise<void>; close(): Promise<void> },
): OpenStore {
  const prefix = `${name}:`
  return {
    store: createRedisStore(client, { prefix, ...(durability && { durability }) }),
    rawLoad: async (owner) => (await raw.get(prefix + owner))?.slice(22) ?? null,
    drop: async () => raw.drop?.(prefix),
    close: raw.close,
  }
}
