/** Counts HMACs: the same number for every answer, so that its time tells nothing (X35). */

import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { minute, outcomeOf, victimWith, wrongOf } from './scene.js'

const spied = vi.hoisted(() => ({ digests: 0, steps: 0 }))

vi.mock('../../packages/core/src/keys/digest.js', async (original) => {
  const real = await original<typeof import('../../packages/core/src/keys/digest.js')>()
  const counted =
    <A extends readonly unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      spied.digests++
      return call(...args)
    }
  return {
    ...real,
    digestUnder: counted(real.digestUnder),
    digestUnderCurrentKey: counted(real.digestUnderCurrentKey),
    matchesDigest: counted(real.matchesDigest),
  }
})

vi.mock('../../packages/core/src/totp/hotp.js', async (original) => {
  const real = await original<typeof import('../../packages/core/src/totp/hotp.js')>()
  return {
    ...real,
    hotpValue: (...args: Parameters<typeof real.hotpValue>) => {
      spied.steps++
      return real.hotpValue(...args)
    },
  }
})

/** What one call computes. */
async function costOf(call: () => Promise<{ readonly ok: boolean; readonly reason?: string }>) {
  spied.digests = 0
  spied.steps = 0
  const outcome = outcomeOf(await call())
  return { outcome, digests: spied.digests, steps: spied.steps }
}

beforeEach(() => {
  spied.digests = 0
  spied.steps = 0
})

describe('the work of one comparison', () => {
  it('X35: a right, wrong, replayed, early, late and foreign TOTP code cost three HMACs per app', async () => {
    const { mfa, clock, user, session, givenUser } = await victimWith({ totp: true })
    const mallory = await givenUser({ totp: true })
    const verify = (code: string) => costOf(() => mfa.challenges.verify(session, { factor: 'totp', code }))
    const late = user.app.freshCode()
    clock.advance(5 * minute)
    const right = user.app.freshCode()
    const costs = [
      await verify(right),
      await verify(right),
      await verify(wrongOf(right)),
      await verify(late),
      await verify(mallory.app.code()),
    ]
    expect(costs.map(({ outcome }) => outcome)).toEqual(['ok', ...Array(4).fill('invalid_code')])
    for (const cost of costs) expect(cost).toMatchObject({ steps: 3, digests: 0 })
  })

  it('X35: with two apps the first one’s right code costs as much as none’s', async () => {
    const { mfa, user, session, prove, clock } = await victimWith({ totp: true })
    await prove('totp')
    const second = createAuthenticatorApp(clock)
    second.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: second.freshCode() }))
    clock.advance(5 * minute)
    for (const code of [user.app.freshCode(), second.code(), '000000']) {
      expect((await costOf(() => mfa.challenges.verify(session, { factor: 'totp', code }))).steps).toBe(6)
    }
  })

  it('X35: a right, wrong, expired, used, superseded and foreign sent code, and an unknown id, cost one HMAC', async () => {
    const { mfa, clock, user, session, send } = await victimWith({ email: true, totp: true })
    const complete = (given: { challengeId: string; code: string; purpose?: string }) =>
      costOf(() => mfa.challenges.complete(session, given))
    const superseded = await send('email')
    clock.advance(minute)
    const expired = await send('email', session)
    clock.advance(10 * minute)
    const foreign = await send('email', await user.signIn())
    const live = await send('email')
    const costs = [
      await complete({ ...live, code: wrongOf(live.code) }),
      await complete({ ...live, purpose: 'manage' }),
      await complete(superseded),
      await complete(expired),
      await complete(foreign),
      await complete({ challengeId: 'AAAAAAAAAAAAAAAAAAAAAA', code: live.code }),
      await complete(live),
      await complete(live),
    ]
    expect(costs.map(({ outcome }) => outcome)).toEqual([...Array(6).fill('invalid_code'), 'ok', 'invalid_code'])
    for (const cost of costs) expect(cost).toMatchObject({ digests: 1, steps: 0 })
  })

  it('X35: a right, wrong, used and foreign recovery code cost one HMAC, whichever of the set it is', async () => {
    const { mfa, user, session, givenUser } = await victimWith({ totp: true, recoveryCodes: true })
    const mallory = await givenUser({ totp: true, recoveryCodes: true })
    const verify = (code: string) => costOf(() => mfa.challenges.verify(session, { factor: 'recovery_code', code }))
    const [first, last] = [user.recoveryCodes[0] as string, user.recoveryCodes.at(-1) as string]
    const costs = [
      await verify(first),
      await verify(last),
      await verify(first),
      await verify(mallory.recoveryCodes[0] as string),
      await verify('0'.repeat(24)),
    ]
    expect(costs.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', ...Array(3).fill('invalid_code')])
    for (const cost of costs) expect(cost).toMatchObject({ digests: 1, steps: 0 })
  })

  it('X35: a code of another length throws nothing and compares nothing', async () => {
    const { mfa, session } = await victimWith({ totp: true, recoveryCodes: true })
    for (const code of ['', '1', '12345', '1234567', '1'.repeat(64)]) {
      const cost = await costOf(() => mfa.challenges.verify(session, { factor: 'totp', code }))
      expect(cost).toEqual({ outcome: 'invalid_code', digests: 0, steps: 0 })
    }
  })
})
