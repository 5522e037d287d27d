import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerStoreSuite, runStoreSuite, type StoreHarness } from '@countersign/adapters/conformance'
import { createMemoryStore } from '@countersign/adapters/memory'
import { createSqliteStore, type SqliteDatabase, sqliteReportViews, sqliteSchema } from '@countersign/adapters/sqlite'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'countersign-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const memory = createMemoryStore()
describe('memory store', () => {
  registerStoreSuite({ describe, it }, { open: async () => memory })
})

type Open = (file: string) => SqliteDatabase & { close(): unknown }

async function driver(name: string): Promise<Open | undefined> {
  try {
    if (name === 'libsql') {
      const { default: Database } = await import('libsql')
      return (file) => new Database(file)
    }
    if (name === 'better-sqlite3') {
      const { default: Database } = await import('better-sqlite3')
      return (file) => new Database(file)
    }
    const moduleName = 'node:sqlite'
    const { DatabaseSync } = (await import(moduleName)) as {
      DatabaseSync: new (file: string) => SqliteDatabase & { close(): unknown }
    }
    return (file) => new DatabaseSync(file)
  } catch {
    return undefined
  }
}

function harnessOn(open: Open, file: string): StoreHarness {
  const databases: { close(): unknown }[] = []
  return {
    async open() {
      const database = open(file)
      databases.push(database)
      const store = createSqliteStore(database)
      await store.setup()
      return store
    },
    async close() {
      for (const database of databases) database.close()
    },
    async rawLoad(owner) {
      const database = open(file)
      const [row] = database.prepare('select data from mfa_record where owner = ?').all(owner)
      database.close()
      return (row as { data: string } | undefined)?.data ?? null
    },
  }
}

for (const name of ['libsql', 'better-sqlite3', 'node:sqlite']) {
  const open = await driver(name)
  // node:sqlite is younger than the oldest Node that is supported.
  if (open === undefined && name === 'node:sqlite') continue
  describe(`SQLite store on ${name}`, () => {
    if (open === undefined) throw new Error(`${name} is not installed`)
    registerStoreSuite({ describe, it }, harnessOn(open, join(folder, `${name.replace(':', '-')}.db`)))

    it('keeps another table of its own, by name', async () => {
      const database = open(join(folder, `${name.replace(':', '-')}-table.db`))
      const store = createSqliteStore(database, { table: 'my_mfa' })
      await store.setup()
      await store.setup()
      expect(await store.save('0:x', 'data', 'v', null)).toBe(true)
      expect(database.prepare('select count(*) as n from my_mfa').all()).toMatchObject([{ n: 1 }])
    })

    it('answers false, not an error, while another connection holds the write lock (S4)', async () => {
      const file = join(folder, `${name.replace(':', '-')}-lock.db`)
      const [holder, waiting] = [open(file), open(file)]
      const store = createSqliteStore(waiting, { busyTimeoutMs: 10 })
      await store.setup()
      holder.exec('begin immediate')
      expect(await store.save('0:x', 'data', 'v1', null)).toBe(false)
      holder.exec('rollback')
      expect(await store.load('0:x')).toBeNull()
      expect(await store.save('0:x', 'data', 'v1', null)).toBe(true)
    })

    it('refuses to work inside a transaction of the host’s, whose rollback would undo a counted attempt (S3)', async () => {
      const database = open(join(folder, `${name.replace(':', '-')}-transaction.db`))
      const store = createSqliteStore(database)
      await store.setup()
      database.exec('begin')
      await expect(store.load('0:x')).rejects.toMatchObject({ code: 'invalid_configuration' })
      await expect(store.save('0:x', 'data', 'v1', null)).rejects.toMatchObject({ code: 'invalid_configuration' })
      database.exec('rollback')
      expect(await store.load('0:x')).toBeNull()
    })

    it('says what is wrong with a table that cannot hold records', async () => {
      const database = open(join(folder, `${name.replace(':', '-')}-faults.db`))
      const store = createSqliteStore(database)
      await expect(store.load('0:x')).rejects.toThrow(/does not exist: call `setup\(\)`/)
      database.exec('create table mfa_record (owner text, version text, data blob)')
      await expect(store.load('0:x')).rejects.toThrow(/column data must be of type text.*owner must be the primary key/)
    })
  })
}

describe('SQLite schema', () => {
  it('refuses a table name that is not a plain identifier', () => {
    for (const table of ['', 'a b', 'a"b', 'x;drop', '1a', 'ä'.repeat(3), 'x'.repeat(64)]) {
      expect(() => sqliteSchema({ table })).toThrow(/plain SQL identifier/)
      expect(() => sqliteReportViews({ table })).toThrow(/plain SQL identifier/)
    }
  })
})

describe('runStoreSuite', () => {
  it('reports every case passed for the memory store, with the seed', async () => {
    const report = await runStoreSuite({ open: async () => memory }, { seed: 4711 })
    expect(report.failed).toEqual([])
    expect(report.seed).toBe(4711)
    expect(report.passed.length).toBeGreaterThan(20)
  })
})
