import { createTestMfa } from '@countersign/adapters/testing'
import { isMfaError, type MfaStore, unwrap } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import { freshName, type OpenStore, openStore, type StoreSpec } from './open-store.js'
import { durableRedis, eventually, type OwnServer, ownMariadb, ownPostgres, ownRedis } from './servers.js'

const limitMs = 120_000
const writers = 8
const crashAfter = 200

/** One owner's saves: the version acknowledged last, and those sent since, of which one may have been stored. */
interface Trail {
  readonly owner: string
  acknowledged: string | null
  unknown: string[]
}

function versionOf(writer: number, turn: number): string {
  return `w${writer}t${turn}`.padEnd(22, '_')
}

/** Saves again and again until told to stop; after a throw it looks what is there, as the core does. */
async function write(store: MfaStore, trail: Trail, writer: number, isOver: () => boolean, onSaved: () => void) {
  for (let turn = 0; !isOver(); turn++) {
    const version = versionOf(writer, turn)
    trail.unknown.push(version)
    try {
      if (await store.save(trail.owner, `turn ${turn}`, version, trail.acknowledged)) {
        Object.assign(trail, { acknowledged: version, unknown: [] })
        onSaved()
      }
    } catch {
      return
    }
  }
}

function crashesOn(kind: StoreSpec['kind'], own: () => Promise<OwnServer>): void {
  describe(`${kind}, whose server is killed and started again`, () => {
    let server: OwnServer
    let spec: StoreSpec
    const opened: OpenStore[] = []
    const open = async (): Promise<OpenStore['store']> => {
      const next = await openStore(spec)
      opened.push(next)
      return next.store
    }
    beforeAll(async () => {
      server = await own()
      await server.start()
      spec = { kind, url: server.url, name: freshName() }
      await (await open()).setup()
    }, limitMs)
    afterAll(async () => {
      for (const each of opened) await each.close().catch(() => undefined)
      await server.remove()
    }, limitMs)

    it(
      'has every save it acknowledged, and no save twice (S3)',
      async () => {
        const trails = Array.from({ length: writers }, (_, writer): Trail => {
          return { owner: `0:writer-${writer}`, acknowledged: null, unknown: [] }
        })
        let saved = 0
        let isOver = false
        let reachedCrash: () => void = () => undefined
        const crash = new Promise<void>((resolve) => {
          reachedCrash = resolve
        })
        const store = await open()
        const writing = trails.map((trail, writer) =>
          write(
            store,
            trail,
            writer,
            () => isOver,
            () => ++saved === crashAfter && reachedCrash(),
          ),
        )
        await crash
        await server.kill()
        await server.start()
        isOver = true
        await Promise.all(writing)
        expect(saved).toBeGreaterThanOrEqual(crashAfter)
        const reader = await open()
        for (const { owner, acknowledged, unknown } of trails) {
          expect([acknowledged, ...unknown]).toContain((await reader.load(owner))?.version ?? null)
        }
        await eventually(async () => (await store.load('0:writer-0').catch(() => undefined)) !== undefined)
      },
      limitMs,
    )

    it(
      'has every session that a sign-in was told of, counts no attempt twice and forgets none (X01)',
      async () => {
        const { mfa, givenUser } = createTestMfa({ store: await open(), policy: { maxSessions: 100 } })
        const user = await givenUser({ userId: 'kim', totp: true })
        const session = await user.signIn()
        const code = user.app.freshCode().replace(/^./, (digit) => String((Number(digit) + 1) % 10))
        const begun: string[] = []
        let refused = 0
        let unanswered = 0
        const attempt = async (index: number): Promise<void> => {
          try {
            if (index % 8 === 0) {
              const answer = await mfa.challenges.verify(session, { factor: 'totp', code })
              if (!answer.ok && answer.reason === 'invalid_code') refused++
            } else {
              const { ok } = await mfa.sessions.begin({ userId: 'kim', sessionId: `${index}` }, { method: 'password' })
              if (ok) begun.push(`${index}`)
            }
          } catch (error) {
            if (!isMfaError(error)) throw error
            unanswered++
          }
        }
        const calls = Array.from({ length: 40 }, (_, index) => attempt(index))
        await eventually(async () => begun.length >= 8)
        await server.kill()
        await server.start()
        await Promise.all(calls)
        const { sessions, throttles } = unwrap(await mfa.admin.inspect({ userId: 'kim' }))
        expect(begun.length + refused + unanswered).toBe(40)
        expect(throttles.total).toBeGreaterThanOrEqual(refused)
        expect(throttles.total).toBeLessThanOrEqual(refused + unanswered)
        expect(sessions.length).toBeGreaterThanOrEqual(2 + begun.length)
        for (const sessionId of begun) {
          expect((await mfa.sessions.assess({ userId: 'kim', sessionId })).next).toBe('second_factor')
        }
      },
      limitMs,
    )
  })
}

await describeWithService('postgres', 'PostgreSQL', () => crashesOn('pg pool', () => ownPostgres()))
await describeWithService('mariadb', 'MariaDB', () => crashesOn('mysql2', ownMariadb))
await describeWithService('redis', 'Redis with an append-only file', () => {
  crashesOn('node-redis', () => ownRedis(durableRedis))
  crashesOn('ioredis', () => ownRedis(durableRedis))
})
