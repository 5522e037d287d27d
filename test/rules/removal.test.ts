import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

describe('the list of factors', () => {
  it('shows an unsatisfied session only the booleans and what its offers show (X36)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ email: 'kim@example.com', phone: true, totp: true, recoveryCodes: true })
    const half = await user.signIn({ method: 'phone_otp' })
    const list = unwrap(await mfa.factors.list(half))
    expect(list).toMatchObject({ totp: true, email: true, phone: true, recoveryCode: true })
    expect(list.items.map(({ kind }) => kind)).toEqual(['totp', 'email', 'recovery_code'])
    expect(JSON.stringify(list)).not.toContain('createdAtMs')
    expect(JSON.stringify(list)).not.toContain('kim@example.com')
  })

  it('shows a satisfied session times, masked addresses, codes left, and why something is not usable', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const user = await givenUser({ email: 'kim@example.com', totp: true, recoveryCodes: true })
    unwrap(await mfa.contacts.withdraw({ userId: user.userId }, { channel: 'email' }))
    const { items } = unwrap(await mfa.factors.list(user.session))
    expect(items).toEqual([
      expect.objectContaining({
        kind: 'email',
        status: 'withdrawn',
        address: 'k***@example.com',
        usable: false,
        why: 'withdrawn',
      }),
      expect.objectContaining({ kind: 'totp', status: 'active', usable: true, createdAtMs: clock.nowMs() }),
      expect.objectContaining({ kind: 'recovery_code', codesLeft: 10, usable: true }),
    ])
  })

  it('counts nothing as usable that cannot be sent', async () => {
    const { givenUser, store, clock } = createTestMfa()
    const user = await givenUser({ email: true, enabled: true })
    const mute = createMfa({ issuer: 'Acme', keys: [{ id: 'test', secret: testKey }], store, clock })
    const half = await user.signIn()
    expect(await mute.sessions.assess(half)).toMatchObject({ satisfied: false, next: 'other_sign_in_method' })
    expect(await mute.challenges.create(half, { factor: 'email' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'no_messenger',
    })
  })
})
