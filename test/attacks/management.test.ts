import { type HostEnforcement, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { hour, minute, outcomeOf, victimWith } from './scene.js'

const support = { actor: 'support:7', reason: 'called in, identity checked' }

describe('switching the protection off, or walking around it', () => {
  const changes = (mfa: Awaited<ReturnType<typeof victimWith>>['mfa'], session: SessionRef) => [
    mfa.disable(session),
    mfa.factors.remove(session, { kind: 'totp' }),
    mfa.contacts.remove(session, { channel: 'email' }),
    mfa.contacts.set(session, { channel: 'phone', address: '+4915199999999' }),
    mfa.totp.enroll(session, { accountName: 'mallory' }),
    mfa.recoveryCodes.regenerate(session),
  ]

  it('X12: no factor is changed with the password alone, in a stale session, or by another session’s proof', async () => {
    const { mfa, clock, user, session, prove, ref } = await victimWith()
    const before = unwrap(await mfa.admin.inspect(ref)).factors
    const half = await Promise.all(changes(mfa, session))
    expect(new Set(half.map(outcomeOf))).toEqual(new Set(['more_factors_required']))
    const proven = await user.signIn()
    await prove('totp', proven)
    const other = await Promise.all(changes(mfa, session))
    expect(new Set(other.map(outcomeOf))).toEqual(new Set(['more_factors_required']))
    clock.advance(5 * minute + 1)
    // A password typed again is no second factor typed again.
    unwrap(await mfa.sessions.reauthenticate(proven, { method: 'password' }))
    const stale = await Promise.all(changes(mfa, proven))
    expect(new Set(stale.map(outcomeOf))).toEqual(new Set(['fresh_proof_required']))
    const ids = (factors: typeof before) => factors.map(({ id, kind, status }) => [id, kind, status])
    expect(ids(unwrap(await mfa.admin.inspect(ref)).factors)).toEqual(ids(before))
  })

  it('X12: a recovery code, though it completes the sign-in, by itself neither disables MFA nor removes the last factor', async () => {
    const { mfa, session, prove } = await victimWith({ totp: true, recoveryCodes: true })
    await prove('recovery_code')
    expect(outcomeOf(await mfa.disable(session))).toBe('fresh_proof_required')
    expect(outcomeOf(await mfa.factors.remove(session, { kind: 'totp' }))).toBe('fresh_proof_required')
    expect((await mfa.sessions.assess(session)).enforced).toBe(true)
  })

  it('X20: asking for a weaker factor gives no more than that factor is worth', async () => {
    const { mfa, session, prove, user } = await victimWith()
    await prove('email')
    expect((await mfa.sessions.assess(session, { level: 'aal2' })).satisfied).toBe(false)
    expect((await mfa.sessions.assess(session, { anyOf: ['totp'] })).satisfied).toBe(false)
    expect(outcomeOf(await mfa.factors.remove(session, { kind: 'totp' }))).toBe('fresh_proof_required')
    await prove('totp')
    expect((await mfa.sessions.assess(session, { level: 'aal2' })).satisfied).toBe(true)
    expect((await mfa.sessions.assess(await user.signIn(), { level: 'none' })).satisfied).toBe(false)
  })

  it('X20: a factor the host forbids is not made enough by choosing it', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, session, prove } = await victimWith({ totp: true, phone: true }, { enforcement: () => rule })
    rule = { mfa: 'required', allowedFactors: ['totp'] }
    const { assessment } = await prove('phone')
    expect(assessment.satisfied).toBe(false)
    await expect(mfa.sessions.require(session)).rejects.toMatchObject({ code: 'mfa_required' })
  })

  it('X21: no step can be left out or taken out of turn', async () => {
    const { mfa, session, send, user, ref } = await victimWith()
    const unknown = { ...ref, sessionId: 'never-begun' }
    const sent = await send('email')
    const code = user.app.freshCode()
    const tries = [
      await mfa.challenges.verify(unknown, { factor: 'totp', code }),
      await mfa.challenges.complete(unknown, sent),
      await mfa.challenges.create(unknown, { factor: 'email' }),
      await mfa.sessions.rotate(unknown, { newSessionId: 'other' }),
      await mfa.sessions.extend(unknown, { expiresAtMs: Date.UTC(2030, 0, 1) }),
      await mfa.sessions.reauthenticate(unknown, { method: 'password' }),
      await mfa.enable(unknown),
    ]
    expect(new Set(tries.map(outcomeOf))).toEqual(new Set(['unknown_session']))
    expect(outcomeOf(await mfa.challenges.complete(session, { challengeId: '', code }))).toBe('invalid_code')
    unwrap(await mfa.challenges.cancel(session, { challengeId: sent.challengeId }))
    expect(outcomeOf(await mfa.challenges.complete(session, sent))).toBe('invalid_code')
    const other = await victimWith({})
    expect(outcomeOf(await other.mfa.totp.confirm(other.session, { code: '123456' }))).toBe('nothing_pending')
    expect((await mfa.sessions.assess(session)).satisfied).toBe(false)
  })

  it('X22: a session id planted before sign-in holds no credit after it', async () => {
    const { mfa, session, user, ref } = await victimWith()
    const planted = session
    const fresh = { ...ref, sessionId: 'fresh-after-second-factor' }
    const answer = await mfa.challenges.verify(planted, {
      factor: 'totp',
      code: user.app.freshCode(),
      newSessionId: fresh.sessionId,
    })
    expect(unwrap(answer).assessment.satisfied).toBe(true)
    expect((await mfa.sessions.assess(fresh)).satisfied).toBe(true)
    expect(await mfa.sessions.assess(planted)).toMatchObject({ satisfied: false, level: 'none', proofs: [] })
    // Nor can an id that someone else already knows be made to take the credit over.
    const known = await user.signIn()
    await expect(mfa.sessions.rotate(fresh, { newSessionId: known.sessionId })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  it('X23: credit ends with the session, with its factor, and with the password', async () => {
    const { mfa, session, user, ref, prove, clock } = await victimWith()
    const satisfied = async (at: SessionRef) => (await mfa.sessions.assess(at)).satisfied
    await prove('totp')
    expect(await satisfied(session)).toBe(true)
    unwrap(await mfa.sessions.end(session))
    expect(await satisfied(session)).toBe(false)
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(await satisfied(session)).toBe(false)

    const byPhone = await user.signIn()
    await prove('phone', byPhone)
    const byApp = await user.signIn()
    await prove('totp', byApp)
    unwrap(await mfa.contacts.remove(byApp, { channel: 'phone' }))
    expect([await satisfied(byPhone), await satisfied(byApp)]).toEqual([false, true])
    // The same number again is another factor: the old proof does not come back with it.
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: user.phone as string }))
    expect(await satisfied(byPhone)).toBe(false)
    clock.advance(1)
    unwrap(await mfa.credentials.changed(ref, { via: 'session', except: byPhone.sessionId }))
    expect([await satisfied(byPhone), await satisfied(byApp)]).toEqual([false, false])
  })

  it('X43: support can reset but not choose: no secret, address or code is set, and all sessions end', async () => {
    const { mfa, session, user, ref, prove, outbox, events } = await victimWith()
    await prove('totp')
    for (const anonymous of [{}, { actor: 'x' }, { reason: 'y' }, { actor: '', reason: 'y' }]) {
      const reset = mfa.admin.reset(ref, anonymous as typeof support)
      await expect(reset).rejects.toMatchObject({ code: 'invalid_argument' })
    }
    const wished = { ...support, secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', code: '123456', address: 'm@example.com' }
    unwrap(await mfa.admin.reset(ref, wished))
    expect(unwrap(await mfa.admin.inspect(ref))).toMatchObject({ factors: [], sessions: [], optedIn: false })
    expect((await mfa.sessions.assess(session)).next).toBe('sign_in')
    const code = user.app.freshCode()
    const after = await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code })
    expect(after).toMatchObject({ reason: 'factor_not_available' })
    expect(events.find(({ type }) => type === 'admin.reset')).toMatchObject(support)
    expect(
      outbox.notices
        .filter(({ notice }) => notice === 'mfa_reset')
        .map(({ address }) => address)
        .sort(),
    ).toEqual([user.phone, user.email].sort())
    expect(Object.keys(mfa.admin).sort()).toEqual(['inspect', 'removeFactor', 'reset', 'unlock'])
  })

  it('X45: locking every factor by failures does not switch MFA off', async () => {
    const { mfa, clock, user, events } = await victimWith({ totp: true })
    for (let tries = 0; tries < 30; tries++) {
      await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: '000000' })
      clock.advance(hour)
    }
    expect(events.some(({ type }) => type === 'factor.locked')).toBe(true)
    const session = await user.signIn()
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      enforced: true,
      next: 'other_sign_in_method',
      missing: [{ why: 'locked' }],
    })
    expect(outcomeOf(await mfa.totp.enroll(session, { accountName: 'mallory' }))).toBe('more_factors_required')
    expect(outcomeOf(await mfa.disable(session))).toBe('more_factors_required')
  })

  it('X45: opting in without any factor protects nothing, and says so', async () => {
    const { mfa, session } = await victimWith({})
    const answer = await mfa.enable(session)
    expect(answer).toMatchObject({ ok: true, enforced: false, warnings: expect.arrayContaining(['no_factor']) })
  })

  it('X46: a session stolen before MFA was switched on has no credit afterwards', async () => {
    const { mfa, user, clock } = await victimWith({})
    const stolen = await user.signIn()
    expect((await mfa.sessions.assess(stolen)).satisfied).toBe(true)
    const victim = await user.signIn()
    user.app.scan(unwrap(await mfa.totp.enroll(victim, { accountName: 'kim' })).uri)
    unwrap(await mfa.totp.confirm(victim, { code: user.app.freshCode() }))
    expect(await mfa.sessions.assess(stolen)).toMatchObject({ satisfied: false, next: 'second_factor' })
    expect((await mfa.sessions.assess(victim)).satisfied).toBe(true)
    clock.advance(minute)
    unwrap(await mfa.sessions.endOthers(victim))
    expect((await mfa.sessions.assess(stolen)).next).toBe('sign_in')
  })
})
