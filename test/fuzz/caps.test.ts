import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'

const keys = createKeyRing([{ id: 'test', secret: testKey }])
const owner = '0:someone'
const longLabel = 'ラ'.repeat(64)
const longAddress = (mark: string) => `${mark}${'x'.repeat(60)}@${`${'y'.repeat(60)}.`.repeat(2)}example.com`

/** Fills a record with the longest things through the API, and checks every single row it saves. */
async function fill(maxSessions: number, rounds: number, isHeavy: boolean) {
  const inner = createMemoryStore()
  const most = { bytes: 0, sessions: 0, challenges: 0, pending: 0, entries: 0 }
  const { mfa, givenUser, clock } = createTestMfa({
    policy: { maxSessions, recoveryCodeCount: 16, sendsPerHour: 100, sendsPerDay: 100, newAddressesPerDay: 10 },
    store: {
      load: (id) => inner.load(id),
      async save(id, data, version, expected) {
        const record: MfaRecord = decodeRecord(data, { owner: id, version }, keys)
        const longest = {
          bytes: Buffer.byteLength(data),
          sessions: record.sessions.length,
          challenges: record.challenges.length,
          pending: record.pending.length,
          entries: Math.max(...record.sessions.map(({ entries }) => entries.length)),
        }
        for (const name of Object.keys(most) as (keyof typeof most)[]) most[name] = Math.max(most[name], longest[name])
        return inner.save(id, data, version, expected)
      },
      erase: (id) => inner.erase(id),
    },
  })
  const user = await givenUser({
    userId: 'someone',
    email: longAddress('a'),
    phone: true,
    totp: true,
    recoveryCodes: true,
  })
  const code = async (sessionId: string, purpose: string) =>
    mfa.challenges.verify({ userId: 'someone', sessionId }, { factor: 'totp', code: user.app.freshCode(), purpose })
  unwrap(await code(user.session.sessionId, 'manage'))
  for (let app = 0; app < 4; app++) {
    const enrolled = await mfa.totp.enroll(user.session, { accountName: 'x', label: longLabel, algorithm: 'SHA-512' })
    if (!enrolled.ok) break
    user.app.scan(enrolled.uri)
    await mfa.totp.confirm(user.session, { code: user.app.freshCode() })
    unwrap(await code(user.session.sessionId, 'manage'))
  }
  for (let round = 0; round < rounds; round++) {
    const session = { userId: 'someone', sessionId: `${round}` }
    const methods = Array.from({ length: 8 }, (_, index) => `own-${index}-${'m'.repeat(24)}`)
    unwrap(
      await mfa.sessions.begin(session, {
        method: 'oauth',
        provider: 'p'.repeat(64),
        verified: { email: longAddress('b'), phone: '+491510000000000' },
      }),
    )
    if (!isHeavy) {
      for (let purpose = 0; purpose < 3; purpose++) {
        await mfa.challenges.create(session, { factor: 'totp', purpose: `${purpose}` })
      }
    }
    for (const method of isHeavy ? methods : [])
      unwrap(await mfa.sessions.reauthenticate(session, { method, channel: 'none' }))
    for (let purpose = 0; purpose < (isHeavy ? 10 : 1); purpose++)
      await code(session.sessionId, `${purpose}-${'p'.repeat(30)}`)
    await mfa.totp.enroll(session, { accountName: 'x', label: longLabel })
    await mfa.contacts.set(session, { channel: 'email', address: longAddress(`${round % 9}`), send: false })
    await mfa.contacts.set(session, { channel: 'phone', address: `+49151${100000 + round}`, send: false })
    for (const factor of ['email', 'phone', 'totp', 'recovery_code'] as const) {
      await mfa.challenges.create(session, { factor, purpose: `c-${'p'.repeat(30)}` })
    }
    if (round % 10 === 0) clock.advance(1)
  }
  return { most, list: unwrap(await mfa.admin.inspect({ userId: 'someone' })), stored: await inner.load(owner) }
}

describe('a record at its caps', () => {
  for (const [maxSessions, rounds, isHeavy] of [
    [25, 26, true],
    [100, 60, true],
    [25, 45, false],
  ] as const) {
    it(`${maxSessions} sessions, ${isHeavy ? 'long ledgers' : 'many open things'}: never passes 64 KiB, and every row saved can be read`, {
      timeout: 60_000,
    }, async () => {
      const { most, list, stored } = await fill(maxSessions, rounds, isHeavy)
      expect(most.bytes).toBeLessThanOrEqual(64 * 1024)
      expect(most.sessions).toBeLessThanOrEqual(maxSessions)
      expect(most.challenges).toBeLessThanOrEqual(40)
      expect(most.pending).toBeLessThanOrEqual(40)
      expect(most.entries).toBeLessThanOrEqual(16)
      // It was really filled, and what never goes is still there.
      if (maxSessions > 25)
        expect([most.bytes > 65_000, most.sessions < rounds, most.entries]).toEqual([true, true, 16])
      else if (isHeavy) expect(most).toMatchObject({ sessions: 25, entries: 16 })
      else expect(most).toMatchObject({ sessions: 25, challenges: 40, pending: 40 })
      expect(list.factors.filter(({ kind }) => kind === 'totp').length).toBeGreaterThan(1)
      expect(stored).not.toBeNull()
    })
  }
})
