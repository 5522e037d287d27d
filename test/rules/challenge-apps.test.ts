import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway, hour, minute } from './halfway.js'

async function withTwoApps() {
  const test = await halfway({ totp: true })
  const { mfa, clock, user, app: first } = test
  const session = await user.signIn()
  unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: first.freshCode() }))
  const second = createAuthenticatorApp(clock)
  const { factorId: secondId, uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'second' }))
  second.scan(uri)
  unwrap(await mfa.totp.confirm(session, { code: second.freshCode() }))
  const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
  const firstId = factors.find(({ id }) => id !== secondId)?.id as string
  clock.advance(minute)
  const open = async (factorId?: string) =>
    unwrap(await mfa.challenges.create(test.session, { factor: 'totp', ...(factorId && { factorId }) })).challenge
  const complete = (challengeId: string, code: string) => mfa.challenges.complete(test.session, { challengeId, code })
  return { ...test, first, second, firstId, secondId, open, complete }
}

describe('a challenge by authenticator app', () => {
  it('without a factorId names no app, and each may answer it', async () => {
    const { first, second, firstId, secondId, open, complete } = await withTwoApps()
    for (const [app, factorId] of [
      [second, secondId],
      [first, firstId],
    ] as const) {
      const challenge = await open()
      expect(challenge).not.toHaveProperty('factorId')
      expect(await complete(challenge.id, app.freshCode())).toMatchObject({ ok: true, factorId })
    }
  })

  it('with a factorId is answered by that app only; one for the other app is another challenge', async () => {
    const { first, second, firstId, secondId, open, complete } = await withTwoApps()
    const [byFirst, bySecond, byAny] = [await open(firstId), await open(secondId), await open()]
    expect(new Set([byFirst.id, bySecond.id, byAny.id]).size).toBe(3)
    expect(await open(firstId)).toEqual(byFirst)
    expect(await complete(byFirst.id, second.freshCode())).toMatchObject({ reason: 'invalid_code' })
    expect(await complete(byFirst.id, first.freshCode())).toMatchObject({ ok: true, factorId: firstId })
    expect(await complete(bySecond.id, second.freshCode())).toMatchObject({ ok: true, factorId: secondId })
  })

  it('is made and answered in one call by the named app only, too', async () => {
    const { mfa, session, first, second, firstId } = await withTwoApps()
    const verify = (code: string) => mfa.challenges.verify(session, { factor: 'totp', factorId: firstId, code })
    expect(await verify(second.freshCode())).toMatchObject({ reason: 'invalid_code' })
    expect(await verify(first.freshCode())).toMatchObject({ ok: true, factorId: firstId })
  })

  it('takes a code once: not again in another session, for another purpose or in one call (X26)', async () => {
    const { mfa, user, session, app, create } = await halfway()
    const other = await user.signIn()
    const opened = [await create('totp', other), await create('totp', session, 'transfer')]
    const code = app.freshCode()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code }))
    for (const [at, challengeId] of [
      [other, opened[0]?.id ?? ''],
      [session, opened[1]?.id ?? ''],
    ] as const)
      expect(await mfa.challenges.complete(at, { challengeId, code })).toMatchObject({ reason: 'invalid_code' })
    expect(await mfa.challenges.verify(other, { factor: 'totp', code })).toMatchObject({ reason: 'invalid_code' })
  })

  it('of an app that does not exist, or is no app, is factor_not_available', async () => {
    const { mfa, session } = await halfway()
    const { factorId = '' } = unwrap(await mfa.challenges.create(session, { factor: 'email' })).challenge
    for (const named of [factorId, 'unknown', '', '__proto__'])
      expect(await mfa.challenges.create(session, { factor: 'totp', factorId: named })).toMatchObject({ why: 'none' })
  })

  it('whose app was locked meanwhile says locked, not invalid_code, also for the right code', async () => {
    const { mfa, clock, app, session, create, wrong } = await halfway(undefined, { policy: { lockAfterFailures: 4 } })
    const { id: challengeId } = await create('totp')
    for (let failure = 1; failure <= 4; failure++) await wrong()
    clock.advance(minute)
    expect(await mfa.challenges.complete(session, { challengeId, code: app.freshCode() })).toMatchObject({
      reason: 'locked',
      assessment: { satisfied: false },
    })
  })
})

describe('a clock that jumps back', () => {
  it('TOTP steps are computed from the real now and only ever move forward (X28)', async () => {
    const { mfa, clock, app, session, user } = await halfway()
    const startedMs = clock.nowMs()
    clock.advance(hour)
    const ahead = app.code()
    await user.signIn()
    clock.set(startedMs + 5 * minute)
    expect(await mfa.challenges.verify(session, { factor: 'totp', code: ahead })).toMatchObject({
      reason: 'invalid_code',
    })
    const code = app.code()
    expect((await mfa.challenges.verify(session, { factor: 'totp', code })).ok).toBe(true)
    clock.set(startedMs + 4 * minute)
    expect(await mfa.challenges.verify(session, { factor: 'totp', code: app.code() })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('revives no code: a challenge that has ended stays ended', async () => {
    const { mfa, clock, session, create, codeTo, user } = await halfway()
    const { id: challengeId, createdAtMs } = await create('email')
    clock.advance(10 * minute)
    await user.signIn()
    clock.set(createdAtMs + minute)
    expect(await mfa.challenges.complete(session, { challengeId, code: codeTo('email') })).toMatchObject({
      reason: 'invalid_code',
    })
  })
})
