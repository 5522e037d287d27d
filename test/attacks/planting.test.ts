import { createAuthenticatorApp, createTestMfa } from '@countersign/adapters/testing'
import { type HostEnforcement, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { minute, outcomeOf, url, victimWith } from './scene.js'

describe('planting a factor with a stolen password', () => {
  it('X10: however often enrollment is begun, the active app stays until a new one is confirmed under step-up', async () => {
    const { mfa, user, session, prove, clock } = await victimWith({ totp: true })
    // The attacker's half session cannot even begin.
    const refused = await mfa.totp.enroll(session, { accountName: 'mallory' })
    expect(outcomeOf(refused)).toBe('more_factors_required')
    await prove('totp')
    const planted = createAuthenticatorApp(clock)
    for (let round = 0; round < 5; round++) {
      planted.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'mallory' })).uri)
    }
    const other = await user.signIn()
    const fromPlanted = { factor: 'totp', code: planted.freshCode() } as const
    expect(outcomeOf(await mfa.challenges.verify(other, fromPlanted))).toBe('invalid_code')
    expect(outcomeOf(await mfa.challenges.verify(other, { factor: 'totp', code: user.app.freshCode() }))).toBe('ok')
    clock.advance(5 * minute + 1)
    const late = await mfa.totp.confirm(session, { code: planted.freshCode() })
    expect(outcomeOf(late)).toBe('fresh_proof_required')
  })

  it('X10: a new address replaces the old one only once it is confirmed', async () => {
    const { mfa, user, session, prove, outbox } = await victimWith({ email: true, totp: true })
    await prove('totp')
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'mallory@example.com' }))
    outbox.clear()
    unwrap(await mfa.challenges.create(await user.signIn(), { factor: 'email' }))
    expect(outbox.messages.map(({ address }) => address)).toEqual([user.email])
  })

  it('X11: an app that the attacker began is confirmed by no other session, and dies when MFA is switched on', async () => {
    const { mfa, clock, user, prove } = await victimWith({ email: true })
    const attacker = await user.signIn()
    const victim = await user.signIn()
    const { uri, factorId } = unwrap(await mfa.totp.enroll(attacker, { accountName: 'mallory' }))
    const planted = createAuthenticatorApp(clock)
    planted.scan(uri)
    const confirm = async (session: typeof victim) =>
      outcomeOf(await mfa.totp.confirm(session, { factorId, code: planted.freshCode() }))
    expect(await confirm(victim)).toBe('nothing_pending')
    unwrap(await mfa.enable(victim))
    expect(await confirm(attacker)).toBe('more_factors_required')
    // Even if the attacker's session is proven later, what it planted before is gone.
    await prove('email', attacker)
    expect(await confirm(attacker)).toBe('nothing_pending')
  })

  it('X11: a link planted before MFA was switched on adds no address afterwards', async () => {
    const { mfa, user, ref, outbox, prove } = await victimWith({ phone: true })
    const attacker = await user.signIn()
    const planted = 'mallory@example.com'
    unwrap(await mfa.contacts.set(attacker, { channel: 'email', address: planted, url }))
    const { secret } = outbox.linkTo(planted)
    const victim = await user.signIn()
    unwrap(await mfa.enable(victim))
    for (const who of [ref, victim, attacker]) {
      expect(outcomeOf(await mfa.contacts.confirm(who, { channel: 'email', code: secret }))).not.toBe('ok')
    }
    await prove('phone', attacker)
    expect(outcomeOf(await mfa.contacts.confirm(attacker, { channel: 'email', code: secret }))).not.toBe('ok')
    expect(unwrap(await mfa.factors.list(attacker)).email).toBe(false)
  })

  it('X11: nor does a link planted before the host began to demand MFA', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const { mfa, user, ref, outbox } = await victimWith({ phone: true }, { enforcement: () => rule })
    const attacker = await user.signIn()
    const planted = 'mallory@example.com'
    unwrap(await mfa.contacts.set(attacker, { channel: 'email', address: planted, url }))
    const { secret } = outbox.linkTo(planted)
    rule = { mfa: 'required' }
    for (const who of [ref, await user.signIn(), attacker]) {
      expect(outcomeOf(await mfa.contacts.confirm(who, { channel: 'email', code: secret }))).not.toBe('ok')
    }
    expect((await mfa.sessions.assess(attacker)).offers.map(({ factor }) => factor)).toEqual(['phone'])
  })

  it('X11: what was planted is void after the password was changed, though MFA was never on', async () => {
    const { mfa, user, ref, outbox, clock } = await victimWith({})
    const attacker = await user.signIn()
    const planted = createAuthenticatorApp(clock)
    planted.scan(unwrap(await mfa.totp.enroll(attacker, { accountName: 'mallory' })).uri)
    unwrap(await mfa.contacts.set(attacker, { channel: 'email', address: 'mallory@example.com', url }))
    const { secret } = outbox.linkTo('mallory@example.com')
    unwrap(await mfa.credentials.changed(ref, { via: 'session' }))
    expect(outcomeOf(await mfa.totp.confirm(attacker, { code: planted.freshCode() }))).toBe('unknown_session')
    expect(outcomeOf(await mfa.contacts.confirm(ref, { channel: 'email', code: secret }))).toBe('invalid_code')
  })

  it('X14: a recovery code is worth nothing without the password, also to someone who knows a session id', async () => {
    const { mfa, user, ref, inspect } = await victimWith()
    const code = user.recoveryCodes[0] as string
    const unknown = { ...ref, sessionId: 'made-up' }
    const tries = [
      await mfa.challenges.verify(unknown, { factor: 'recovery_code', code }),
      await mfa.challenges.create(unknown, { factor: 'recovery_code' }),
      await mfa.recoveryCodes.regenerate(unknown),
    ]
    expect(tries.map(outcomeOf)).toEqual(['unknown_session', 'unknown_session', 'unknown_session'])
    const { factors } = await inspect()
    expect(factors.find(({ kind }) => kind === 'recovery_code')?.codesLeft).toBe(10)
    expect(await mfa.sessions.assess(unknown)).toMatchObject({ satisfied: false, next: 'sign_in', offers: [] })
  })

  it('X29: every enrollment has a secret of its own of 160 bits, and none is ever shown again', async () => {
    const { mfa, session } = await victimWith(
      {},
      { random: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    )
    const secrets = new Set<string>()
    for (let round = 0; round < 50; round++) {
      const { secret } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
      expect(secret).toMatch(/^[A-Z2-7]{32}$/)
      secrets.add(secret)
    }
    expect(secrets.size).toBe(50)
    const shown = JSON.stringify([
      await mfa.factors.list(session),
      await mfa.admin.inspect(session),
      await mfa.sessions.assess(session),
    ])
    for (const secret of secrets) expect(shown).not.toContain(secret)
    expect(() => createTestMfa({ policy: { totpSecretBytes: 15 } })).toThrow(/totpSecretBytes/)
  })
})
