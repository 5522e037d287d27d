/** Sign-ins among 10^3, 10^5 and 10^6 users on PostgreSQL and MariaDB: what size costs, in time and in bytes. */

import { createMysqlStore } from '@countersign/adapters/mysql'
import { createPostgresStore } from '@countersign/adapters/postgres'
import { createMfa, type Mfa, type MfaStore, unwrap } from '@countersign/core'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { ownMariadb, ownPostgres } from '../test/stores/servers.js'
import { percentile } from './latencies.js'
import { type Bar, printTable, reportBars } from './rounds.js'
import { benchKeys, fillUsers, knownSessionId, type Row, userIdOf } from './scale-users.js'

const clients = 16
const rounds = 12
const warmUpRounds = 2
const sliceMs = 1500
const sizes = (
  process.argv.find((each) => each.startsWith('--users='))?.slice('--users='.length) ?? '1000,100000,1000000'
)
  .split(',')
  .map(Number)
const steps = ['guard', 'start', 'create', 'complete'] as const
type Step = (typeof steps)[number]

/** A database with one table per size. */
interface Database {
  readonly title: string
  store(size: number): MfaStore
  prepare(size: number): Promise<void>
  insert(size: number, rows: readonly Row[]): Promise<unknown>
  settle(): Promise<void>
  /** Figures beyond time, as rows and bars. */
  inspect(size: number): Promise<readonly { readonly name: string; readonly value: number; readonly bar?: Bar }[]>
  close(): Promise<void>
}

const tableOf = (size: number): string => `mfa_${size}`

async function openPostgres(): Promise<Database> {
  const server = await ownPostgres(['shared_buffers=2GB', 'max_wal_size=4GB', 'max_connections=50'])
  await server.start()
  const pool = new pg.Pool({ connectionString: server.url, max: clients })
  const stores = new Map(sizes.map((size) => [size, createPostgresStore(pool, { table: tableOf(size) })]))
  const number = async (sql: string): Promise<number> => Number((await pool.query(sql)).rows[0]?.['value'])
  return {
    title: 'PostgreSQL',
    store: (size) => stores.get(size) as MfaStore,
    prepare: async (size) => stores.get(size)?.setup(),
    insert: (size, rows) =>
      pool.query(
        `insert into ${tableOf(size)} select * from unnest($1::text[], $2::text[], $3::text[])`,
        [0, 1, 2].map((column) => rows.map((row) => row[column] as string)),
      ),
    async settle() {
      for (const size of sizes) await pool.query(`vacuum analyze ${tableOf(size)}`)
      await pool.query('checkpoint')
      await pool.query("select pg_stat_reset_shared('wal')")
    },
    async inspect(size) {
      const bytes = await number(`select pg_total_relation_size('${tableOf(size)}') / ${size}.0 as value`)
      const text = await number(`select avg(octet_length(data)) as value from ${tableOf(size)}`)
      const stored = await number(`select avg(pg_column_size(data)) as value from ${tableOf(size)}`)
      const hot = await number(
        `select n_tup_hot_upd / greatest(n_tup_upd, 1)::float as value from pg_stat_user_tables where relname = '${tableOf(size)}'`,
      )
      const log = await number(
        `select (select wal_bytes from pg_stat_wal) / greatest(sum(n_tup_upd), 1) as value from pg_stat_user_tables`,
      )
      return [
        { name: 'characters of a record', value: text },
        { name: 'bytes of a record as stored', value: stored },
        {
          name: 'bytes per user, heap and index',
          value: bytes,
          bar: { name: `PostgreSQL, ${size} users: bytes per user, heap and index`, value: bytes, atMost: 1500 },
        },
        { name: 'bytes of log per save, over all tables', value: log },
        {
          name: 'share of updates that left the index alone (HOT)',
          value: hot,
          bar: { name: `PostgreSQL, ${size} users: HOT share`, value: hot, atLeast: 0.95 },
        },
      ]
    },
    async close() {
      await pool.end()
      await server.remove()
    },
  }
}

async function openMariadb(): Promise<Database> {
  const server = await ownMariadb(['--innodb-buffer-pool-size=5G', '--innodb-log-file-size=1G'])
  await server.start()
  const pool = mysql.createPool({ uri: server.url, connectionLimit: clients })
  const stores = new Map(sizes.map((size) => [size, createMysqlStore(pool, { table: tableOf(size) })]))
  return {
    title: 'MariaDB',
    store: (size) => stores.get(size) as MfaStore,
    prepare: async (size) => stores.get(size)?.setup(),
    insert: (size, rows) => pool.query(`insert into ${tableOf(size)} (owner, version, data) values ?`, [rows]),
    async settle() {
      for (const size of sizes) await pool.query(`analyze table ${tableOf(size)}`)
    },
    async inspect(size) {
      const [rows] = await pool.query<mysql.RowDataPacket[]>(
        'select data_length + index_length as value from information_schema.tables where table_name = ?',
        [tableOf(size)],
      )
      return [{ name: 'bytes per user, table', value: Number(rows[0]?.['value']) / size }]
    },
    async close() {
      await pool.end()
      await server.remove()
    },
  }
}

/** A library whose messenger keeps the codes, and whose users keep four sessions, so that records stay alike. */
function libraryOn(store: MfaStore): { readonly mfa: Mfa; readonly codes: Map<string, string> } {
  const codes = new Map<string, string>()
  const mfa = createMfa({
    issuer: 'Acme',
    keys: benchKeys,
    store,
    messenger: {
      async send(message) {
        if (message.kind === 'code') codes.set(message.userId, message.code)
      },
    },
    policy: { maxSessions: 4, sendsPerHour: 100, sendsPerDay: 100 },
  })
  return { mfa, codes }
}

let flows = 0
/** People take seconds between the steps: each client has this many sign-ins under way and takes their steps in turn. */
const signInsUnderWay = 8

/** Sign-ins of random users, timed step by step. */
async function signIn(
  { mfa, codes }: ReturnType<typeof libraryOn>,
  size: number,
  took: (step: Step, ms: number) => void,
): Promise<void> {
  const timed = async <T>(step: Step, work: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now()
    const answer = await work()
    took(step, performance.now() - startedMs)
    return answer
  }
  const sessions = Array.from({ length: signInsUnderWay }, () => ({
    userId: userIdOf(Math.floor(Math.random() * size)),
    sessionId: `flow-${process.pid}-${++flows}`,
  }))
  for (const { userId } of sessions)
    await timed('guard', () => mfa.sessions.assess({ userId, sessionId: knownSessionId }))
  for (const session of sessions)
    unwrap(await timed('start', () => mfa.sessions.begin(session, { method: 'password' })))
  const challenges = new Map<(typeof sessions)[number], string>()
  for (const session of sessions) {
    const created = await timed('create', () => mfa.challenges.create(session, { factor: 'email' }))
    if (created.ok) challenges.set(session, created.challenge.id)
  }
  for (const [session, challengeId] of challenges) {
    const code = codes.get(session.userId) ?? ''
    await timed('complete', () => mfa.challenges.complete(session, { challengeId, code }))
  }
}

type StepFigures = Record<Step, number[]>
const noFigures = (): StepFigures => ({ guard: [], start: [], create: [], complete: [] })

async function measure(database: Database): Promise<ReadonlyMap<number, readonly StepFigures[]>> {
  const libraries = new Map(sizes.map((size) => [size, libraryOn(database.store(size))]))
  const measured = new Map(sizes.map((size) => [size, [] as StepFigures[]]))
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const size of round % 2 === 0 ? sizes : sizes.toReversed()) {
      const figures = noFigures()
      const library = libraries.get(size) as ReturnType<typeof libraryOn>
      const startedMs = performance.now()
      const work = async (): Promise<void> => {
        while (performance.now() - startedMs < sliceMs)
          await signIn(library, size, (step, ms) => figures[step].push(ms))
      }
      await Promise.all(Array.from({ length: clients }, work))
      if (round >= 0) measured.get(size)?.push(figures)
    }
  }
  return measured
}

/** The median over the rounds of how much longer the median call takes than in the smallest table. */
function slowdownOf(step: Step, ours: readonly StepFigures[], smallest: readonly StepFigures[]): number {
  return percentile(
    ours.map((each, round) => percentile(each[step], 50) / percentile(smallest[round]?.[step] ?? [], 50)),
    50,
  )
}

async function benchmark(database: Database): Promise<readonly Bar[]> {
  const bars: Bar[] = []
  for (const size of sizes) {
    await database.prepare(size)
    await fillUsers(size, 500, (rows) => database.insert(size, rows))
    console.log(`${database.title}: ${size} users are there`)
  }
  await database.settle()
  const before = new Map<number, Awaited<ReturnType<Database['inspect']>>>()
  for (const size of sizes) before.set(size, await database.inspect(size))
  const measured = await measure(database)
  const smallest = measured.get(sizes[0] as number) ?? []
  const rows = [['users', ...steps.flatMap((step) => [`${step} p50`, 'p99', 'times'])]]
  for (const size of sizes) {
    const figures = measured.get(size) ?? []
    const cells = steps.flatMap((step) => {
      const all = figures.flatMap((each) => each[step])
      const slowdown = slowdownOf(step, figures, smallest)
      if (size === sizes.at(-1)) {
        bars.push({
          name: `${database.title}: ${step} among ${size} beside ${sizes[0]} users`,
          value: slowdown,
          atMost: 1.2,
        })
      }
      return [percentile(all, 50).toFixed(2), percentile(all, 99).toFixed(1), slowdown.toFixed(2)]
    })
    rows.push([String(size), ...cells])
  }
  console.log(`\n${database.title}, ${clients} clients, milliseconds; "times" is beside the smallest table\n`)
  printTable(rows)
  console.log()
  // Statistics of the server arrive a moment later.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  for (const size of sizes) {
    const loaded = before.get(size) ?? []
    const after = await database.inspect(size)
    for (const [index, { name, value, bar }] of after.entries()) {
      console.log(
        `${size} users: ${name}: ${Number((loaded[index]?.value ?? 0).toFixed(2))} as loaded, ${Number(value.toFixed(3))} after`,
      )
      if (size !== sizes.at(-1)) continue
      if (bar !== undefined) bars.push('atMost' in bar ? (loaded[index]?.bar ?? bar) : bar)
    }
  }
  console.log()
  await database.close()
  return bars
}

const bars: Bar[] = []
for (const open of [openPostgres, openMariadb]) bars.push(...(await benchmark(await open())))
reportBars(bars)
