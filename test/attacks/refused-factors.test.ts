/** What a factor is good for that the host leaves out of `allowedFactors`. */

import { createTestMfa } from '@countersign/adapters/testing'
import { type HostEnforcement, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { outcomeOf, victimWith } from './scene.js'

describe('a factor that the host does not accept', () => {
  it('X20: opens no enrollment beside one that it does', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, session, prove, user } = await victimWith({ totp: true, email: true }, { enforcement: () => rule })
    rule = { mfa: 'required', allowedFactors: ['totp'] }
    const { assessment } = await prove('email')
    expect(assessment).toMatchObject({ satisfied: false, next: 'second_factor' })
    expect(outcomeOf(await mfa.totp.enroll(session, { accountName: 'x' }))).toBe('more_factors_required')
    expect(outcomeOf(await mfa.recoveryCodes.generate(session))).toBe('more_factors_required')
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true, next: 'none' })
  })

  it('X20: nor once that one is locked, which anyone with the password can do', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const options = { enforcement: () => rule, policy: { lockAfterFailures: 1 } }
    const { mfa, session, prove } = await victimWith({ totp: true, email: true }, options)
    rule = { mfa: 'required', allowedFactors: ['totp'] }
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    const { assessment } = await prove('email')
    expect(assessment).toMatchObject({ satisfied: false, next: 'other_sign_in_method', missing: [{ why: 'locked' }] })
    expect(outcomeOf(await mfa.totp.enroll(session, { accountName: 'x' }))).toBe('more_factors_required')
  })

  it('X20: makes no proof recent', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, session, prove, user, clock } = await victimWith(
      { totp: true, phone: true },
      { enforcement: () => rule },
    )
    rule = { mfa: 'required', allowedFactors: ['totp'] }
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    clock.advance(600_000)
    const { assessment } = await prove('phone')
    expect(assessment).toMatchObject({ satisfied: true })
    expect(assessment.proofs.map(({ name, notAccepted }) => [name, notAccepted])).toEqual([
      ['password', undefined],
      ['totp', undefined],
      ['phone', true],
    ])
    for (const requirement of [{ maxAgeMs: 300_000 }, { maxAgeMs: 300_000, anyOf: ['totp', 'phone'] as const }]) {
      expect(await mfa.sessions.assess(session, requirement)).toMatchObject({ satisfied: false, next: 'second_factor' })
    }
    expect(await mfa.sessions.assess(session, { purpose: 'sign_in', anyOf: ['phone'] })).toMatchObject({
      satisfied: false,
    })
  })

  it('X20: nor a change of the account, be MFA demanded or not', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, session, prove, user, clock } = await victimWith(
      { totp: true, phone: true, recoveryCodes: true },
      { enforcement: () => rule },
    )
    rule = { mfa: 'required', allowedFactors: ['totp'] }
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    clock.advance(600_000)
    await prove('phone')
    const changes = [
      await mfa.recoveryCodes.regenerate(session),
      await mfa.totp.enroll(session, { accountName: 'x' }),
      await mfa.contacts.remove(session, { channel: 'phone' }),
    ]
    for (const change of changes) {
      expect(change).toMatchObject({ ok: false, reason: 'fresh_proof_required' })
      expect('offers' in change && change.offers?.map(({ factor }) => factor)).toEqual(['totp', 'recovery_code'])
    }
    await prove('totp')
    expect(outcomeOf(await mfa.recoveryCodes.regenerate(session))).toBe('ok')
  })

  it('still manages the apps, where it is one itself', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, session, prove } = await victimWith({ totp: true, phone: true }, { enforcement: () => rule })
    rule = { mfa: 'required', allowedFactors: ['phone'] }
    await prove('phone')
    await prove('totp')
    expect(outcomeOf(await mfa.factors.remove(session, { kind: 'totp' }))).toBe('ok')
  })

  it('opens enrollment where what the host accepts is the mailbox that the sign-in came from', async () => {
    const enforcement = { mfa: 'required', allowedFactors: ['totp', 'email'] } as const
    const { mfa, outbox, givenUser } = createTestMfa({ enforcement, policy: { optIn: 'explicit' } })
    const user = await givenUser({ email: 'kim@example.com', phone: '+4915112345678' })
    const session = { userId: user.userId, sessionId: 'by link' }
    unwrap(await mfa.sessions.begin(session, { method: 'email_link' }))
    expect(await mfa.sessions.assess(session)).toMatchObject({
      next: 'second_factor',
      offers: [{ factor: 'phone', notAccepted: true }],
    })
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
    const code = outbox.codeTo('+4915112345678')
    const { assessment } = unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'enroll' })
    expect(outcomeOf(await mfa.totp.enroll(session, { accountName: 'kim' }))).toBe('ok')
  })

  it('opens enrollment where what the host accepts was withdrawn, and can never be proven', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, ref, prove } = await victimWith(
      { email: true, phone: true, enabled: true },
      { enforcement: () => rule },
    )
    rule = { mfa: 'required', allowedFactors: ['phone'] }
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'phone' }))
    const { assessment } = await prove('email')
    expect(assessment).toMatchObject({ satisfied: false, next: 'enroll', missing: [{ why: 'not_allowed' }] })
  })

  it('is offered for no demand that it could not meet', async () => {
    const { mfa, givenUser } = createTestMfa({ enforcement: { mfa: 'optional', allowedFactors: ['totp'] } })
    const user = await givenUser({ phone: '+4915112345678' })
    const session = await user.signIn()
    for (const requirement of [{ level: 'aal2' }, { anyOf: ['phone'] }] as const) {
      const assessment = await mfa.sessions.assess(session, requirement)
      expect(assessment).toMatchObject({ satisfied: false, next: 'enroll', offers: [] })
    }
  })
})
