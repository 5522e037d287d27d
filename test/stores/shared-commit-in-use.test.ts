import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { testKey } from '@countersign/adapters/testing'
import { createMfa } from '@countersign/core'
import Libsql from 'libsql'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { removeTemporaryFiles, temporaryFile } from './open-store.js'
import { openWatched } from './watched-sqlite.js'

const child = fileURLToPath(new URL('./shared-commit-child.ts', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const rounds = 3
const open = (file: string) => new Libsql(file)

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})
afterAll(removeTemporaryFiles)

/** The words of the lines that a child printed before it was killed, in the middle of its work. */
async function saveAndKill(file: string, round: number): Promise<readonly (readonly string[])[]> {
  const started = spawn(
    process.execPath,
    ['--conditions=@countersign/source', '--import', 'tsx', child, file, String(round)],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  started.stdout.on('data', (chunk: Buffer) => {
    text += chunk
    if (text.length > 10_000) started.kill('SIGKILL')
  })
  const signal = await new Promise((resolve) => started.on('close', (_code, by) => resolve(by)))
  expect(signal).toBe('SIGKILL')
  return text
    .slice(0, text.lastIndexOf('\n'))
    .split('\n')
    .map((line) => line.split(' '))
}

describe('a process that is killed while eight owners’ saves share commits', () => {
  it('loses no save that it acknowledged, and stores at most the one in flight besides (S3)', async () => {
    const file = temporaryFile()
    const store = createSqliteStore(open(file))
    await store.setup()
    for (let round = 0; round < rounds; round++) {
      const lines = await saveAndKill(file, round)
      const last = new Map(lines.map(([owner, version]) => [owner as string, version as string]))
      expect(last.size).toBe(8)
      for (const [owner, version] of last) {
        const turn = Number(version.split('.')[1])
        expect([version, `${round}.${turn + 1}`]).toContain((await store.load(owner))?.version)
      }
    }
  })
})

describe('the library on a SQLite store', () => {
  it('has sixteen sign-ins that come in together wait for the disk once', async () => {
    const { store, log } = await openWatched(open)
    const mfa = createMfa({ issuer: 'Acme', keys: [{ id: 'test', secret: testKey }], store })
    const users = Array.from({ length: 16 }, (_, index) => ({ userId: `user-${index}`, sessionId: 'session' }))
    const begun = await Promise.all(users.map((session) => mfa.sessions.begin(session, { method: 'password' })))
    expect(begun.map(({ ok }) => ok)).toEqual(users.map(() => true))
    expect(log.filter((statement) => !statement.startsWith('insert'))).toEqual(['begin immediate', 'commit'])
    expect(log).toHaveLength(18)
  })
})

describe('a runtime', () => {
  it('with fake timers stores all the same', async () => {
    const { createAll, stored } = await openWatched(open)
    vi.useFakeTimers()
    await createAll('a', 'b')
    expect(stored()).toEqual(['a', 'b'])
  })

  it('without `setImmediate` stores all the same', async () => {
    vi.stubGlobal('setImmediate', undefined)
    vi.resetModules()
    const { createSqliteStore: createAnew } = await import('@countersign/adapters/sqlite')
    const store = createAnew(open(temporaryFile()))
    await store.setup()
    expect(await Promise.all(['a', 'b'].map((owner) => store.save(owner, 'data', 'v', null)))).toEqual([true, true])
  })
})
