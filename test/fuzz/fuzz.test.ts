import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { isMfaError, type StoredRecord, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashSessionId } from '../../packages/core/src/keys/digest.js'
import { decodeRecord } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'
import { keys } from '../record/parts.js'
import { anyHostileCall, callHostile, callNames, cpuMs, fuzzRuns, type HostileCall } from './hostile.js'

const owner = '0:someone'

interface World extends TestMfa {
  readonly rows: Map<string, StoredRecord>
}

/** A user with everything, and two sessions: one satisfied, one not. */
async function world(): Promise<World> {
  const rows = new Map<string, StoredRecord>()
  const test = createTestMfa({
    store: {
      load: async (id) => rows.get(id) ?? null,
      async save(id, data, version, expected) {
        if ((rows.get(id)?.version ?? null) !== expected) return false
        rows.set(id, { version, data })
        return true
      },
      async erase(id) {
        rows.delete(id)
      },
    },
  })
  const { mfa, app } = await grow(test)
  return { ...test, mfa, app, rows }
}

async function grow(test: TestMfa): Promise<TestMfa> {
  const user = await test.givenUser({ userId: 'someone', email: true, phone: true, totp: true, recoveryCodes: true })
  for (const sessionId of ['satisfied', 'half']) {
    unwrap(await test.mfa.sessions.begin({ userId: 'someone', sessionId }, { method: 'password' }))
  }
  const satisfied = { userId: 'someone', sessionId: 'satisfied' }
  unwrap(await test.mfa.challenges.verify(satisfied, { factor: 'totp', code: user.app.freshCode() }))
  return test
}

function recordOf(given: World): MfaRecord | undefined {
  const row = given.rows.get(owner)
  return row && decodeRecord(row.data, { owner, version: row.version }, keys)
}

function failuresIn(record: MfaRecord | undefined): number {
  if (record === undefined) return 0
  const { total, ...kinds } = record.throttles
  return total + Object.values(kinds).reduce((sum, { failures }) => sum + failures, 0)
}

function isBegun(record: MfaRecord | undefined, { ref }: HostileCall): boolean {
  const { userId, sessionId } = Object(ref) as { userId?: unknown; sessionId?: unknown }
  if (userId !== 'someone' || typeof sessionId !== 'string') return false
  return record?.sessions.some(({ id }) => id === hashSessionId(sessionId)) ?? false
}

describe('hostile arguments of every call', () => {
  it('only Result refusals or MfaError, nothing saved by an error, no counter moved without a begun session', {
    timeout: 60_000 + fuzzRuns * 20,
  }, async () => {
    let given = await world()
    let cases = 0
    const outcomes = new Map<string, number>()
    const slow: string[] = []
    await fc.assert(
      fc.asyncProperty(anyHostileCall, async (call) => {
        // Errors leave no trace, and what succeeds changes the user: start anew now and then.
        if (cases++ % 20 === 0) given = await world()
        const before = recordOf(given)
        const rows = JSON.stringify([...given.rows])
        const cpuBeforeMs = cpuMs()
        const outcome = await callHostile(given.mfa, call).then(
          (answer) => {
            const { ok, reason, satisfied } = answer as { ok?: unknown; reason?: unknown; satisfied?: unknown }
            expect(typeof (ok ?? satisfied)).toBe('boolean')
            if (ok === false) expect(typeof reason).toBe('string')
            return ok === false ? String(reason) : 'ok'
          },
          (error: unknown) => {
            if (!isMfaError(error)) throw error
            expect(JSON.stringify([...given.rows])).toBe(rows)
            return error.code
          },
        )
        if (cpuMs() - cpuBeforeMs > 1000) slow.push(call.name)
        outcomes.set(`${call.name} ${outcome}`, (outcomes.get(`${call.name} ${outcome}`) ?? 0) + 1)
        if (!isBegun(before, call) && call.name !== 'users.erase') {
          expect(failuresIn(recordOf(given))).toBeLessThanOrEqual(failuresIn(before))
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
      }),
      { numRuns: Math.floor(fuzzRuns / 2), endOnFailure: true },
    )
    // A fuzzer that never gets past the first check would prove little.
    for (const name of callNames) {
      expect([name, [...outcomes.keys()].filter((key) => key.startsWith(`${name} `)).length > 1]).toEqual([name, true])
    }
    expect([...outcomes].filter(([key]) => key.endsWith(' ok')).length).toBeGreaterThan(15)
    expect(slow).toEqual([])
  })
})
