import { createSqliteStore } from '@countersign/adapters/sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryFile } from './open-store.js'
import { answered, fail, failed, full, lost, openerFor, requireUsable, unknown } from './shared-commit-parts.js'
import { openWatched, sqliteDrivers } from './watched-sqlite.js'

const refused = failed(expect.objectContaining({ code: 'invalid_configuration' }))
const ownersUpTo = (count: number) => Array.from({ length: count }, (_, index) => `owner-${index + 10}`)
/** All saves of this turn have been asked for by then. */
const beforeTheCommit = (work: () => unknown) => setImmediate(work)

describe.each(sqliteDrivers)('saves that are asked for in one turn of the event loop, on %s', (_name, connect) => {
  const open = openerFor(connect)

  it('share one commit, and each is answered for itself', async () => {
    const { log, createAll, stored } = await openWatched(open)
    const owners = ownersUpTo(16)
    expect(await createAll(...owners)).toEqual(owners.map(() => answered(true)))
    expect(log[0]).toBe('begin immediate')
    expect(log.slice(1, -1).every((statement) => statement.startsWith('insert'))).toBe(true)
    expect(log.at(-1)).toBe('commit')
    expect(log).toHaveLength(18)
    expect(stored()).toEqual(owners)
  })

  it('need no transaction where there is only one', async () => {
    const { log, createAll } = await openWatched(open)
    expect(await createAll('a')).toEqual([answered(true)])
    expect(await createAll('b')).toEqual([answered(true)])
    expect(log.map((statement) => statement.split(' ')[0])).toEqual(['insert', 'insert'])
  })

  it('are answered only once another connection can read them (S2)', async () => {
    const { file, store } = await openWatched(open)
    const other = open(file).prepare('select version from mfa_record where owner = ?')
    const seen = ['a', 'b', 'c'].map(async (owner) => {
      expect(await store.save(owner, 'data', `v-${owner}`, null)).toBe(true)
      return other.all(owner)
    })
    expect(await Promise.all(seen)).toEqual([[{ version: 'v-a' }], [{ version: 'v-b' }], [{ version: 'v-c' }]])
  })

  it('are compared one after the other, in the order of the calls (S5)', async () => {
    const { store } = await openWatched(open)
    const racing = ['1', '2', '3'].map((version) => store.save('a', version, version, null))
    expect(await Promise.all(racing)).toEqual([true, false, false])
    const updates = ['4', '5'].map((version) => store.save('a', version, version, '1'))
    expect(await Promise.all([...updates, store.save('a', '6', '6', '4')])).toEqual([true, false, true])
    const erased = store.erase('a')
    expect(await store.save('a', '7', '7', '6')).toBe(false)
    await erased
    expect(await store.load('a')).toBeNull()
  })

  it('wait for the lock of another process once, and are all false (S4)', async () => {
    const watched = await openWatched(open)
    const holder = open(watched.file)
    holder.exec('begin immediate')
    expect(await watched.createAll('a', 'b')).toEqual([answered(false), answered(false)])
    expect(watched.log.filter((statement) => statement !== 'rollback')).toEqual(['begin immediate'])
    holder.exec('rollback')
    expect(watched.stored()).toEqual([])
    await requireUsable(watched)
  })

  it.each([
    ['commit', true],
    ['insert b', true],
    ['commit', false],
    ['insert b', false],
  ])('are refused from then on where %s and the rollback fail (driver tells of transactions: %s)', async (step, is) => {
    const faults: Record<string, () => never> = {
      [step]() {
        faults['rollback'] = fail(full)
        throw lost
      },
    }
    const watched = await openWatched(open, { faults, tellsTransactions: is })
    expect(await watched.createAll('a', 'b')).toEqual([unknown, unknown])
    expect(await watched.createAll('c')).toEqual([refused])
    expect(await watched.createAll('d', 'e')).toEqual([refused, refused])
    await expect(watched.store.load('a')).rejects.toMatchObject({ code: 'invalid_configuration' })
    watched.connection.exec('rollback')
    expect(watched.stored()).toEqual([])
    for (const each of Object.keys(faults)) delete faults[each]
    await requireUsable(watched)
  })

  it.each([
    [1, true],
    [3, true],
    [1, false],
    [3, false],
  ])('never join a transaction the host has opened meanwhile (%i saves, driver tells: %s; S3)', async (count, is) => {
    const watched = await openWatched(open, { tellsTransactions: is })
    beforeTheCommit(() => watched.connection.exec('begin'))
    expect(await watched.createAll(...ownersUpTo(count))).toEqual(ownersUpTo(count).map(() => refused))
    watched.connection.exec('commit')
    expect(watched.stored()).toEqual([])
    await requireUsable(watched)
  })

  it.each([1, 3])('fail where the host has closed the database meanwhile (%i saves)', async (count) => {
    const connection = connect(temporaryFile())
    const store = createSqliteStore(connection)
    await store.setup()
    beforeTheCommit(() => connection.close())
    const saves = ownersUpTo(count).map((owner) => store.save(owner, 'data', 'v', null))
    expect(await Promise.allSettled(saves)).toEqual(saves.map(() => refused))
  })

  it('are answered and stored as if they had been asked for one by one', async () => {
    const call = fc.record({
      owner: fc.constantFrom('a', 'b', 'broken', 'c'),
      kind: fc.constantFrom('create', 'update', 'update', 'stale', 'erase'),
    })
    const turns = fc.array(fc.array(call, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(turns, async (calls) => {
        const faults = { 'insert broken': fail(full), 'delete broken': fail(full) }
        const { store, connection } = await openWatched(connect, { faults, file: ':memory:' })
        const model = new Map<string, string>()
        let versions = 0
        for (const turn of calls) {
          const asked = turn.map(({ owner, kind }) => {
            const version = `${++versions}`
            const current = model.get(owner)
            const isBroken = owner === 'broken'
            if (kind === 'erase') {
              model.delete(owner)
              return { expected: isBroken ? failed(full) : answered(undefined), ask: () => store.erase(owner) }
            }
            const against = kind === 'create' ? null : kind === 'stale' ? '0' : (current ?? '0')
            const isSaved = !isBroken && (current ?? null) === against
            if (isSaved) model.set(owner, version)
            return {
              expected: isBroken && against === null ? failed(full) : answered(isSaved),
              ask: () => store.save(owner, version, version, against),
            }
          })
          const answers = await Promise.allSettled<unknown>(asked.map(({ ask }) => ask()))
          expect(answers).toEqual(asked.map(({ expected }) => expected))
          const rows = connection.prepare('select owner, version, data from mfa_record order by owner').all()
          expect(rows).toEqual([...model].sort().map(([owner, version]) => ({ owner, version, data: version })))
        }
        connection.close()
      }),
      { numRuns: 200 },
    )
  })
})
