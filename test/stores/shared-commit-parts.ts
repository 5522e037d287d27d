/** What a shared commit is made to do, and what its saves must answer. */

import { afterAll, afterEach, expect } from 'vitest'
import { removeTemporaryFiles } from './open-store.js'
import type { Connection, openWatched } from './watched-sqlite.js'

export const lost = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
export const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
export const answered = (value: unknown) => ({ status: 'fulfilled', value })
export const failed = (reason: unknown) => ({ status: 'rejected', reason })

export const fail = (error: Error) => () => {
  throw error
}
export const failAfter = (error: Error) => (run: () => unknown) => {
  run()
  throw error
}
export const unknown = failed(expect.objectContaining({ code: 'store_failed' }))

/** Connections that are closed after each test, and their files removed after all. */
export function openerFor(connect: (file: string) => Connection): (file: string) => Connection {
  const opened: Connection[] = []
  afterEach(() => {
    for (const each of opened.splice(0)) each.close()
  })
  afterAll(removeTemporaryFiles)
  return (file) => {
    const connection = connect(file)
    opened.push(connection)
    return connection
  }
}

export async function requireUsable({ createAll, store }: Awaited<ReturnType<typeof openWatched>>): Promise<void> {
  expect(await createAll('usable-1', 'usable-2')).toEqual([answered(true), answered(true)])
  expect(await store.load('usable-2')).toEqual({ data: 'data of usable-2', version: 'v-usable-2' })
}
