import { describe, expect, it } from 'vitest'
import {
  answered,
  fail,
  failAfter,
  failed,
  full,
  lost,
  openerFor,
  requireUsable,
  unknown,
} from './shared-commit-parts.js'
import { openWatched, sqliteDrivers } from './watched-sqlite.js'

describe.each(sqliteDrivers)('saves that share a commit which fails, on %s', (_name, connect) => {
  const open = openerFor(connect)

  it.each([false, true])(
    'share no failure: the others are stored by themselves (SQLite rolled back: %s)',
    async (is) => {
      const watched = await openWatched(open, {
        faults: {
          'insert b': () => {
            if (is && watched.connection.inTransaction) watched.connection.exec('rollback')
            throw full
          },
        },
      })
      expect(await watched.createAll('a', 'b', 'c')).toEqual([answered(true), failed(full), answered(true)])
      expect(watched.stored()).toEqual(['a', 'c'])
      await requireUsable(watched)
    },
  )

  it('are none of them stored where the commit loses its lock (S4)', async () => {
    const faults: Record<string, () => never> = { commit: fail(lost) }
    const watched = await openWatched(open, { faults })
    expect(await watched.createAll('a', 'b')).toEqual([answered(false), answered(false)])
    expect(watched.stored()).toEqual([])
    delete faults['commit']
    await requireUsable(watched)
  })

  it('are stored one by one where the commit fails and was rolled back', async () => {
    const faults: Record<string, () => never> = { commit: fail(full) }
    const watched = await openWatched(open, { faults })
    expect(await watched.createAll('a', 'b')).toEqual([answered(true), answered(true)])
    expect(watched.stored()).toEqual(['a', 'b'])
    await requireUsable(watched)
  })

  it('do not fail because another breaks a constraint of the host’s that is checked at the commit', async () => {
    const { connection, store, createAll, stored } = await openWatched(open)
    await createAll('a', 'b')
    connection.exec(`create table profile (owner text references mfa_record (owner) deferrable initially deferred)`)
    connection.exec(`insert into profile values ('a')`)
    connection.exec('pragma foreign_keys = on')
    const erasing = store.erase('a').then(
      () => 'erased',
      (error: { readonly code?: unknown }) => error.code,
    )
    expect(await store.save('c', 'data', 'v-c', null)).toBe(true)
    expect(await erasing).toBe('SQLITE_CONSTRAINT_FOREIGNKEY')
    expect(stored()).toEqual(['a', 'b', 'c'])
  })

  it('wait for no second lock where each runs by itself', async () => {
    const errors = [full, lost]
    const faults = {
      'insert a': () => {
        throw errors.shift()
      },
    }
    const watched = await openWatched(open, { faults })
    expect(await watched.createAll('a', 'b')).toEqual([answered(false), answered(false)])
    expect(watched.log.map((statement) => statement.slice(0, 8))).toEqual([
      'begin im',
      'insert a',
      'rollback',
      'insert a',
    ])
    expect(watched.stored()).toEqual([])
  })

  it.each([
    [lost, unknown],
    [full, failed(full)],
  ])('are never false where a commit took effect and failed then: %s (S4)', async (error, answer) => {
    const faults: Record<string, (run: () => unknown) => never> = { commit: failAfter(error) }
    const watched = await openWatched(open, { faults })
    expect(await watched.createAll('a', 'b')).toEqual([answer, answer])
    expect(watched.stored()).toEqual(['a', 'b'])
    delete faults['commit']
    await requireUsable(watched)
  })

  it('leave no transaction open that began although beginning it failed', async () => {
    const faults: Record<string, (run: () => unknown) => never> = { 'begin immediate': failAfter(lost) }
    const watched = await openWatched(open, { faults })
    expect(await watched.createAll('a', 'b')).toEqual([answered(false), answered(false)])
    expect(watched.stored()).toEqual([])
    delete faults['begin immediate']
    await requireUsable(watched)
  })
})
