import { createMemoryStore } from '@countersign/adapters/memory'
import { createSeededRandom, createTestMfa, testKey } from '@countersign/adapters/testing'
import { type MfaStore, type SessionRef, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../packages/core/src/decision.js'
import { listFactors } from '../../packages/core/src/factor/list.js'
import { hashSessionId } from '../../packages/core/src/keys/digest.js'
import { readEntropy } from '../../packages/core/src/keys/entropy.js'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'
import { pruneExpired } from '../../packages/core/src/record/settle.js'
import { assess } from '../../packages/core/src/session/assess.js'
import { anyCalls, apply, emptyWorld, type World } from './calls.js'

function world(options: { required?: boolean; store?: MfaStore } = {}): World {
  return emptyWorld(
    createTestMfa({
      store: options.store ?? createMemoryStore(),
      ...(options.required && { enforcement: { mfa: 'required' as const } }),
    }),
  )
}

const runs = { numRuns: 300 }

describe('laws that hold whatever the order of calls', () => {
  it('no sequence of calls makes an enforced user satisfied without two independent proofs', async () => {
    let seen = 0
    await fc.assert(
      fc.asyncProperty(anyCalls, fc.boolean(), async (calls, required) => {
        const given = world({ required })
        for (const call of calls) {
          await apply(given, call)
          for (const session of given.sessions) {
            const { satisfied, enforced, proofs } = await given.mfa.sessions.assess(session)
            if (!satisfied || !enforced) continue
            seen++
            const firsts = proofs.filter(({ origin }) => origin === 'sign_in')
            const seconds = proofs.filter(({ origin, independent }) => origin !== 'sign_in' && independent)
            expect(firsts.length).toBeGreaterThan(0)
            expect(seconds.length).toBeGreaterThan(0)
            // What the model saw with its own eyes: a right code was handed in in this very session.
            expect(given.proven.get(session.sessionId)?.size ?? 0).toBeGreaterThan(0)
            const channels = new Set(firsts.map(({ channel }) => channel).filter((channel) => channel !== undefined))
            expect(seconds.some(({ channel }) => channel === undefined || !channels.has(channel))).toBe(true)
          }
        }
      }),
      runs,
    )
    // The law would hold in a world where nobody ever gets in, too.
    expect(seen).toBeGreaterThan(300)
  })

  it('a TOTP step is never accepted twice (X26)', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(anyCalls, async (calls) => {
        const given = world()
        for (const call of calls) await apply(given, call)
        expect(new Set(given.accepted).size).toBe(given.accepted.length)
        accepted += given.accepted.length
      }),
      runs,
    )
    expect(accepted).toBeGreaterThan(200)
  })

  it('attempts never exceed the budget of a challenge, whatever is resent or created between (X08)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('wrong', 'wrong', 'wrong', 'resend', 'create', 'other session'), { maxLength: 40 }),
        async (steps) => {
          const { mfa, clock, givenUser } = createTestMfa()
          const user = await givenUser({ email: true, totp: true })
          let session: SessionRef = await user.signIn()
          let id = ''
          const compared = new Map<string, number>()
          let streak = 0
          for (const step of steps) {
            if (step === 'other session') session = await user.signIn()
            if (step === 'create' || step === 'other session') {
              const created = await mfa.challenges.create(session, { factor: 'email' })
              if (created.ok) id = created.challenge.id
            }
            if (step === 'resend') {
              clock.advance(60_000)
              await mfa.challenges.resend(session, { challengeId: id })
            }
            if (step === 'wrong') {
              const answer = await mfa.challenges.complete(session, { challengeId: id, code: '000000' })
              if (!answer.ok && answer.attemptsLeft !== undefined) {
                compared.set(id, (compared.get(id) ?? 0) + 1)
                streak++
              }
            }
          }
          for (const times of compared.values()) expect(times).toBeLessThanOrEqual(5)
          const { throttles } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
          expect(throttles.email?.failures ?? 0).toBe(streak)
        },
      ),
      runs,
    )
  })

  it('an answer depends on nothing but record, command and context: the same draw gives the same answer', async () => {
    await fc.assert(
      fc.asyncProperty(anyCalls, fc.nat(), async (calls, seed) => {
        const answers = await Promise.all(
          [0, 1].map(async () => {
            const given = emptyWorld(createTestMfa({ random: createSeededRandom(seed) }))
            const seen: unknown[] = []
            for (const call of calls) seen.push(await apply(given, call))
            return JSON.stringify([seen, given.events, given.outbox.messages])
          }),
        )
        expect(answers[0]).toBe(answers[1])
      }),
      { numRuns: 60 },
    )
  })

  it('a restart changes nothing: another façade on the same store answers the same', async () => {
    await fc.assert(
      fc.asyncProperty(anyCalls, async (calls) => {
        const store = createMemoryStore()
        const given = world({ store })
        for (const call of calls) await apply(given, call)
        const elsewhere = createTestMfa({ store, clock: given.clock })
        for (const session of given.sessions) {
          expect(await elsewhere.mfa.sessions.assess(session)).toEqual(await given.mfa.sessions.assess(session))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('a call for one user changes nothing for another, nor for the same id in another tenant (X04)', async () => {
    await fc.assert(
      fc.asyncProperty(anyCalls, async (calls) => {
        const given = world()
        const [other, tenant] = [
          await given.givenUser({ email: true, totp: true }),
          await given.givenUser({ userId: 'u', tenantId: 't', totp: true }),
        ]
        const look = async (): Promise<string> =>
          JSON.stringify([
            unwrap(await given.mfa.admin.inspect({ userId: other.userId })).throttles,
            unwrap(await given.mfa.admin.inspect({ userId: 'u', tenantId: 't' })).factors,
            (await given.mfa.sessions.assess(other.session)).proofs,
            (await given.mfa.sessions.assess(tenant.session)).proofs,
          ])
        const before = await look()
        for (const call of calls) await apply(given, call)
        expect(await look()).toBe(before)
      }),
      { numRuns: 60 },
    )
  })

  it('pruning changes no answer: what has expired counts for nothing before it goes', async () => {
    let pruned = 0
    await fc.assert(
      fc.asyncProperty(anyCalls, fc.nat({ max: 7_200_000 }), async (calls, laterMs) => {
        const given = world()
        for (const call of calls) await apply(given, call)
        const before = await recordOf(given)
        fc.pre(before !== undefined)
        const ctx = contextOf(given, (before as MfaRecord).seenAtMs + laterMs)
        const after = pruneExpired(before as MfaRecord, ctx)
        if (JSON.stringify(after) !== JSON.stringify(before)) pruned++
        for (const { sessionId } of given.sessions) {
          const hash = hashSessionId(sessionId)
          expect(assess(after, hash, ctx)).toEqual(assess(before as MfaRecord, hash, ctx))
          const acting = { ...ctx, acting: hash }
          expect(listFactors(after, undefined, acting).outcome).toEqual(
            listFactors(before as MfaRecord, undefined, acting).outcome,
          )
        }
      }),
      runs,
    )
    expect(pruned).toBeGreaterThan(20)
  })
})

const owner = '0:someone'
const keys = createKeyRing([{ id: 'test', secret: testKey }])

async function recordOf(given: World): Promise<MfaRecord | undefined> {
  const stored = await given.store.load(owner)
  return stored === null ? undefined : decodeRecord(stored.data, { owner, version: stored.version }, keys)
}

function contextOf(given: World, nowMs: number): Context {
  return {
    nowMs,
    realNowMs: nowMs,
    owner,
    user: { userId: 'someone' },
    policy: given.mfa.policy,
    issuer: 'Acme',
    keys,
    entropy: readEntropy(() => new Uint8Array(512)),
    enforcement: { mfa: 'optional' },
    unknownSessions: 'refuse',
    hasMessenger: true,
    sendAllowed: true,
  }
}
