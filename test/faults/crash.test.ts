import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { testKey } from '@countersign/adapters/testing'
import { createMfa, unwrap } from '@countersign/core'
import Libsql from 'libsql'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'

/** `npm run test:crash` asks for ten thousand. */
const saves = Number(process.env['CRASH_SAVES'] ?? 1000)
const child = new URL('./crash-child.ts', import.meta.url).pathname
const root = new URL('../..', import.meta.url).pathname
const ring = createKeyRing([{ id: 'test', secret: testKey }])
const folder = () => mkdtempSync(join(tmpdir(), 'countersign-crash-'))

/** Runs a child until it has been killed, some milliseconds after it was ready; answers the whole lines it printed. */
async function runAndKill(file: string, round: number, afterMs: number): Promise<readonly string[]> {
  const started: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@countersign/source', '--import', 'tsx', child, file, String(round)],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  let complaint = ''
  started.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk
  })
  started.stdout?.on('data', (chunk: Buffer) => {
    const wasReady = text.includes('ready\n')
    text += chunk
    if (!wasReady && text.includes('ready\n')) setTimeout(() => started.kill('SIGKILL'), afterMs)
  })
  const signal = await new Promise<string | null>((resolve) => {
    started.on('close', (_code, by) => resolve(by))
  })
  expect(`${signal}: ${complaint}`).toBe('SIGKILL: ')
  return text.slice(0, text.lastIndexOf('\n')).split('\n')
}

async function readRecord(store: ReturnType<typeof createSqliteStore>, userId: string): Promise<MfaRecord | undefined> {
  const owner = `0:${userId}`
  const row = await store.load(owner)
  return row === null ? undefined : decodeRecord(row.data, { owner, version: row.version }, ring)
}

describe('a process that is killed while it saves', () => {
  it(`loses nothing acknowledged and leaves nothing half-applied, over ${saves} saves`, {
    timeout: saves * 60 + 60_000,
  }, async () => {
    const file = join(folder(), 'mfa.db')
    const database = new Libsql(file)
    const store = createSqliteStore(database)
    await store.setup()
    const mfa = createMfa({ issuer: 'Acme', keys: [{ id: 'test', secret: testKey }], store })
    const acknowledged = { begun: 0, used: 0, failed: 0, attested: 0 }
    let committed = 0
    let rounds = 0
    const before = new Map<string, number>()
    while (committed < saves) {
      const lines = (await runAndKill(file, rounds++, Math.random() * Math.min(1500, saves))).map((line) =>
        line.split(' '),
      )
      for (const userId of ['a', 'b', 'c']) {
        const record = await readRecord(store, userId)
        const of = (word: string) => lines.filter(([kind, user]) => kind === word && user === userId)
        const counts = { begun: of('begun'), used: of('used'), failed: of('failed'), attested: of('attested') }
        for (const word of Object.keys(counts) as (keyof typeof counts)[]) acknowledged[word] += counts[word].length
        if (record === undefined) {
          expect(lines).not.toContainEqual(expect.arrayContaining(['generated', userId]))
          continue
        }
        const grown = record.saves - (before.get(userId) ?? 0)
        before.set(userId, record.saves)
        committed += grown
        const answered = counts.begun.length + counts.used.length + counts.failed.length + counts.attested.length
        // Everything answered is there, and at most the one save in flight besides (two are the child's sign-up).
        expect(grown).toBeGreaterThanOrEqual(answered)
        expect(grown).toBeLessThanOrEqual(answered + 3)
        const used = counts.used.map(([, , , code]) => code as string)
        const spent = record.recovery?.codes.filter(({ usedAtMs }) => usedAtMs !== undefined).length ?? 0
        expect(spent).toBeGreaterThanOrEqual(used.length)
        expect(spent).toBeLessThanOrEqual(used.length + 1)
        const last = counts.begun.at(-1)?.[2]
        if (last !== undefined) {
          const session = { userId, sessionId: last }
          expect((await mfa.sessions.assess(session)).next).not.toBe('sign_in')
          const again = used.at(-1)
          // A spent code opens nothing after the crash either.
          if (again !== undefined)
            expect((await mfa.challenges.verify(session, { factor: 'recovery_code', code: again })).ok).toBe(false)
        }
        const address = counts.attested.at(-1)?.[2]
        if (address !== undefined) {
          const contact = record.factors.find(({ kind }) => kind === 'email') as { address: string } | undefined
          expect(contact?.address.split('@')[1]).toBe('example.com')
          const turn = (text: string) => Number(text.split(/[-@]/)[1])
          expect(turn(contact?.address as string)).toBeGreaterThanOrEqual(turn(address))
        }
        // A lock would end the failures: start anew, and count the record's saves from here.
        unwrap(await mfa.admin.unlock({ userId }, { actor: 'test', reason: 'next round' }))
        // Over the cap the newest session could be the only one without a second factor, and go by the rules.
        unwrap(await mfa.sessions.endAll({ userId }))
        before.set(userId, (await readRecord(store, userId))?.saves ?? 0)
      }
    }
    database.close()
    rmSync(join(file, '..'), { recursive: true, force: true })
    console.log(`${committed} saves, ${rounds} kills, acknowledged ${JSON.stringify(acknowledged)}`)
    expect(Object.values(acknowledged).every((count) => count > 0)).toBe(true)
  })
})
