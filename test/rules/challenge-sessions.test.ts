import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { halfway } from './halfway.js'

describe('a challenge and the id of its session', () => {
  it('newSessionId moves the ledger in the same save', async () => {
    const { mfa, create, session, codeTo } = await halfway()
    const { id } = await create('phone')
    const done = unwrap(
      await mfa.challenges.complete(session, { challengeId: id, code: codeTo('phone'), newSessionId: 'moved' }),
    )
    expect(done.assessment.satisfied).toBe(true)
    expect((await mfa.sessions.assess(session)).next).toBe('sign_in')
    expect((await mfa.sessions.assess({ ...session, sessionId: 'moved' })).satisfied).toBe(true)
  })

  it('newSessionId moves nothing unless the code is right, and one that is known already is invalid_argument', async () => {
    const { mfa, create, session, codeTo, user, store, throttles } = await halfway()
    const { id: challengeId } = await create('email')
    const code = codeTo('email')
    const { sessionId: known } = await user.signIn()
    const before = await store.load(`0:${user.userId}`)
    for (const newSessionId of [known, session.sessionId]) {
      for (const call of [
        mfa.challenges.complete(session, { challengeId, code, newSessionId }),
        mfa.challenges.verify(session, { factor: 'totp', code: '000000', newSessionId }),
      ]) {
        await expect(call).rejects.toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining('`newSessionId`'),
        })
      }
    }
    expect(await store.load(`0:${user.userId}`)).toEqual(before)
    await mfa.challenges.complete(session, { challengeId, code: '000000', newSessionId: 'moved' })
    expect(await throttles()).toMatchObject({ email: { failures: 1 } })
    expect((await mfa.sessions.assess({ ...session, sessionId: 'moved' })).next).toBe('sign_in')
    expect((await mfa.challenges.complete(session, { challengeId, code, newSessionId: 'moved' })).ok).toBe(true)
  })

  it('verify takes newSessionId and purpose too, and a recovery code', async () => {
    const { mfa, user, session } = await halfway({ totp: true, recoveryCodes: true })
    const [code = ''] = user.recoveryCodes
    const done = unwrap(
      await mfa.challenges.verify(session, {
        factor: 'recovery_code',
        code,
        purpose: 'transfer',
        newSessionId: 'moved',
      }),
    )
    expect(done).not.toHaveProperty('factorId')
    expect(done.assessment.proofs.at(-1)).toMatchObject({ name: 'recovery_code', purpose: 'transfer' })
    expect((await mfa.sessions.assess(session)).next).toBe('sign_in')
  })

  it('an open challenge goes with a session that is rotated, and ends with one that is begun anew', async () => {
    const { mfa, create, session, codeTo } = await halfway()
    const { id: challengeId } = await create('email')
    const moved = { ...session, sessionId: 'moved' }
    unwrap(await mfa.sessions.rotate(session, { newSessionId: 'moved' }))
    expect(await mfa.challenges.complete(session, { challengeId, code: codeTo('email') })).toMatchObject({
      reason: 'unknown_session',
    })
    expect((await mfa.challenges.complete(moved, { challengeId, code: codeTo('email') })).ok).toBe(true)
    const { id: second } = await create('phone', moved)
    unwrap(await mfa.sessions.begin(moved, { method: 'password' }))
    expect(await mfa.challenges.complete(moved, { challengeId: second, code: codeTo('phone') })).toMatchObject({
      reason: 'invalid_code',
    })
  })
})
