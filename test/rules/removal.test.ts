import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { having } from './having.js'
import { minute } from './signed-in.js'

describe('factors.rename', () => {
  it('refuses unknown_session, more_factors_required, fresh_proof_required, then not_found, in this order', async () => {
    const { mfa, clock, session, prove } = await having({ totp: true })
    const rename = (at = session) => mfa.factors.rename(at, { factorId: 'none', label: 'x' })
    expect(await rename({ ...session, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
    expect(await rename()).toMatchObject({ reason: 'more_factors_required' })
    await prove('totp')
    expect(await rename()).toMatchObject({ reason: 'not_found' })
    clock.advance(5 * minute + 1)
    expect(await rename()).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('labels what offers show, with an event; credit made before stays', async () => {
    const { mfa, events, user, session, prove, idsOf } = await having({ totp: true })
    await prove('totp')
    const [factorId = ''] = await idsOf('totp')
    expect(unwrap(await mfa.factors.rename(session, { factorId, label: 'Work' })).assessment.satisfied).toBe(true)
    expect(events.at(-1)).toMatchObject({ type: 'factor.renamed', factor: 'totp', factorId })
    expect((await mfa.sessions.assess(await user.signIn())).offers).toMatchObject([{ factor: 'totp', label: 'Work' }])
  })
})

describe('factors.remove', () => {
  it('refuses more_factors_required, fresh_proof_required, not_found, then required_by_policy, in this order', async () => {
    const { mfa, clock, session, prove, outcome } = await having({ totp: true }, { enforcement: { mfa: 'required' } })
    const remove = async (selection: Parameters<typeof mfa.factors.remove>[1]) =>
      outcome(await mfa.factors.remove(session, selection))
    expect(await remove({ kind: 'totp' })).toBe('more_factors_required')
    await prove('totp')
    clock.advance(5 * minute)
    expect([await remove({ kind: 'totp' }), await remove({ kind: 'email' })]).toEqual([
      'required_by_policy',
      'not_found',
    ])
    clock.advance(1)
    expect([await remove({ kind: 'totp' }), await remove({ kind: 'email' })]).toEqual([
      'fresh_proof_required',
      'fresh_proof_required',
    ])
  })

  it('by id takes one app only; what the other one proved still counts', async () => {
    const { mfa, session, prove, idsOf, addApp } = await having({ totp: true, recoveryCodes: true })
    await prove('totp')
    const { factorId: second } = await addApp('second')
    const [first = ''] = await idsOf('totp')
    const { assessment } = unwrap(await mfa.factors.remove(session, { factorId: second }))
    expect(assessment).toMatchObject({ satisfied: true, enforced: true, optedIn: true })
    expect(await idsOf('totp')).toEqual([first])
    expect(unwrap(await mfa.factors.list(session)).recoveryCode).toBe(true)
  })

  it('by the id of something pending drops that; what another session has pending is not_found', async () => {
    const { mfa, user, session, idsOf } = await having({})
    const { factorId } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    expect(await mfa.factors.remove(await user.signIn(), { factorId })).toMatchObject({ reason: 'not_found' })
    expect((await mfa.factors.remove(session, { factorId })).ok).toBe(true)
    expect(await idsOf('totp')).toEqual([])
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com' }))
    expect(await mfa.factors.remove(session, { kind: 'email' })).toMatchObject({ reason: 'not_found' })
  })

  // Rows: policy, what was proven, what is removed, what happens. The user has an app, an email address and codes.
  it.each([
    ['as_strong', 'totp', 'totp', 'removed'],
    ['as_strong', 'recovery_code', 'totp', 'removed'],
    ['as_strong', 'email', 'totp', 'fresh_proof_required'],
    ['as_strong', 'email', 'email', 'removed'],
    ['as_strong', 'totp', 'email', 'removed'],
    ['as_strong', 'recovery_code', 'email', 'removed'],
    ['any', 'email', 'totp', 'removed'],
    ['any', 'recovery_code', 'totp', 'removed'],
    ['any', 'recovery_code', 'email', 'removed'],
  ] as const)('with %s a proof by %s and another factor staying, %s is: %s', async (managementProof, by, kind, is) => {
    const { mfa, session, prove, outcome } = await having(
      { totp: true, email: true, recoveryCodes: true },
      { policy: { managementProof } },
    )
    await prove(by)
    expect(outcome(await mfa.factors.remove(session, { kind }))).toBe(is)
  })

  // The same with one factor only.
  it.each([
    ['as_strong', 'totp', 'totp', 'removed'],
    ['as_strong', 'recovery_code', 'totp', 'fresh_proof_required'],
    ['as_strong', 'email', 'email', 'removed'],
    ['as_strong', 'recovery_code', 'email', 'fresh_proof_required'],
    ['any', 'totp', 'totp', 'removed'],
    ['any', 'recovery_code', 'totp', 'fresh_proof_required'],
    ['any', 'recovery_code', 'email', 'fresh_proof_required'],
  ] as const)('with %s a proof by %s and nothing else staying, %s is: %s', async (managementProof, by, kind, is) => {
    const { mfa, session, prove, outcome } = await having(
      { [kind]: true, recoveryCodes: true, enabled: true },
      { policy: { managementProof } },
    )
    await prove(by)
    expect(outcome(await mfa.factors.remove(session, { kind }))).toBe(is)
  })

  it('all apps at once are the last factor, too: a recovery code is not enough', async () => {
    const { mfa, session, prove, addApp, outcome } = await having({ totp: true, recoveryCodes: true })
    await prove('recovery_code')
    const { factorId } = await addApp('second')
    expect(outcome(await mfa.factors.remove(session, { kind: 'totp' }))).toBe('fresh_proof_required')
    expect(outcome(await mfa.factors.remove(session, { factorId }))).toBe('removed')
  })

  it('of the last factor before MFA was on drops the codes without saying that MFA was switched off', async () => {
    const { mfa, events, outbox, user, ref } = await having(
      { totp: true, recoveryCodes: true },
      { policy: { optIn: 'explicit' } },
    )
    unwrap(await mfa.factors.remove(user.session, { kind: 'totp' }))
    expect(unwrap(await mfa.admin.inspect(ref)).factors).toEqual([])
    expect(events.at(-1)).toMatchObject({ type: 'factor.removed' })
    expect(outbox.notices.filter(({ notice }) => notice === 'mfa_disabled')).toEqual([])
  })

  it('of the last factor that is not locked leaves MFA on: a locked factor never means that no MFA is needed (X45)', async () => {
    const { mfa, events, user, session, prove } = await having(
      { totp: true, email: true, recoveryCodes: true },
      { policy: { lockAfterFailures: 1, managementProof: 'any' } },
    )
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await prove('email')
    expect(unwrap(await mfa.contacts.remove(session, { channel: 'email' })).assessment).toMatchObject({
      satisfied: false,
      enforced: true,
      optedIn: true,
      next: 'second_factor',
      offers: [{ factor: 'recovery_code' }],
    })
    expect(events.filter(({ type }) => type === 'mfa.disabled')).toEqual([])
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({ satisfied: false, enforced: true })
  })

  it('of the last app beside a withdrawn address switches MFA off: what was withdrawn cannot be proven', async () => {
    const { mfa, events, ref, session, prove } = await having({ totp: true, email: true })
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    await prove('totp')
    expect(unwrap(await mfa.factors.remove(session, { kind: 'totp' })).assessment).toMatchObject({ optedIn: false })
    expect(events.at(-1)).toMatchObject({ type: 'mfa.disabled', by: 'last_factor_removed' })
  })

  it('of the last app beside an address of a kind that is no factor switches MFA off', async () => {
    const { mfa, events, session, prove } = await having({ totp: true, email: true }, { policy: { factors: ['totp'] } })
    await prove('totp')
    expect(unwrap(await mfa.factors.remove(session, { kind: 'totp' })).assessment).toMatchObject({ optedIn: false })
    expect(events.at(-1)).toMatchObject({ type: 'mfa.disabled', by: 'last_factor_removed' })
  })

  it('locking an app is no way around it: what would leave only the locked one needs a proof by an app (X18)', async () => {
    const { mfa, session, prove, outcome } = await having(
      { totp: true, email: true },
      { policy: { lockAfterFailures: 1 } },
    )
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await prove('email')
    for (const answer of [
      await mfa.contacts.remove(session, { channel: 'email' }),
      await mfa.factors.remove(session, { kind: 'totp' }),
      await mfa.disable(session),
    ]) {
      expect(outcome(answer)).toBe('fresh_proof_required')
    }
  })

  it('reopens no grace and no enrolling over the sign-in’s own medium: the past is kept (secondFactorEverAtMs)', async () => {
    const rule: { mfa: 'optional' | 'required'; requiredFromMs?: number } = { mfa: 'optional' }
    const { mfa, clock, user, ref, session, prove } = await having({ totp: true }, { enforcement: () => rule })
    await prove('totp')
    unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    Object.assign(rule, { mfa: 'required', requiredFromMs: clock.nowMs() + minute })
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'enroll' })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'kim@example.com' }))
    const magic = await user.signIn({ method: 'email_link' })
    expect((await mfa.sessions.assess(magic)).next).toBe('other_sign_in_method')
  })
})
