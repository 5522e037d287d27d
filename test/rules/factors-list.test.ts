import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { having } from './having.js'

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

describe('factors.list', () => {
  it('is open to any begun session, and to no other', async () => {
    const { mfa, session } = await having({ totp: true })
    expect((await mfa.factors.list(session)).ok).toBe(true)
    expect(await mfa.factors.list({ ...session, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
  })

  it('tells locked and used-up recovery codes and locked apps from usable ones', async () => {
    const { mfa, user, session, prove } = await having(
      { totp: true, recoveryCodes: true, email: true },
      { policy: { lockAfterFailures: 1 } },
    )
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await prove('email')
    for (const code of user.recoveryCodes)
      unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code }))
    const list = unwrap(await mfa.factors.list(session))
    expect(list).toMatchObject({ totp: false, email: true, recoveryCode: false })
    expect(list.items).toMatchObject([
      { kind: 'email', usable: true },
      { kind: 'totp', status: 'locked', usable: false, why: 'locked' },
      { kind: 'recovery_code', status: 'active', codesLeft: 0, usable: false, why: 'none_left' },
    ])
    unwrap(await mfa.recoveryCodes.regenerate(session))
    await mfa.challenges.verify(session, { factor: 'recovery_code', code: '0'.repeat(24) })
    expect(unwrap(await mfa.factors.list(session)).items.at(-1)).toMatchObject({
      status: 'locked',
      codesLeft: 10,
      why: 'locked',
    })
  })

  it('shows each item’s id, label, masked address and times, and what is pending until it ends', async () => {
    const { mfa, clock, session, prove, addApp, idsOf } = await having({
      email: 'kim@example.com',
      recoveryCodes: true,
    })
    await prove('email')
    const usedAtMs = clock.nowMs()
    const { factorId } = await addApp('Tablet')
    const [id] = await idsOf('email')
    clock.advance(1000)
    const { factorId: pendingId, expiresAtMs } = unwrap(
      await mfa.totp.enroll(session, { accountName: 'kim', label: 'Watch' }),
    )
    const address = '+4915112345678'
    unwrap(await mfa.contacts.set(session, { channel: 'phone', address, send: false }))
    const createdAtMs = expect.any(Number)
    const known = [
      {
        id,
        kind: 'email',
        status: 'active',
        address: 'k***@example.com',
        createdAtMs,
        lastUsedAtMs: usedAtMs,
        usable: true,
      },
      { id: factorId, kind: 'totp', label: 'Tablet', status: 'active', createdAtMs, usable: true },
    ]
    const codes = { kind: 'recovery_code', status: 'active', createdAtMs, codesLeft: 10, usable: true }
    const watch = { id: pendingId, kind: 'totp', label: 'Watch', status: 'pending', createdAtMs: usedAtMs + 1000 }
    const pending = { ...watch, expiresAtMs, usable: false, why: 'pending' }
    const phone = {
      id: expect.any(String),
      kind: 'phone',
      status: 'pending',
      address: '+49*********78',
      createdAtMs: usedAtMs + 1000,
      expiresAtMs: usedAtMs + 1000 + 3_600_000,
      usable: false,
      why: 'pending',
    }
    const items = async () => unwrap(await mfa.factors.list(session)).items
    clock.set(expiresAtMs - 1)
    expect(await items()).toStrictEqual([...known, pending, phone, codes])
    clock.advance(1)
    expect(await items()).toStrictEqual([...known, phone, codes])
  })

  it('shows a session that is not satisfied the ids, labels and masked addresses of its offers', async () => {
    const { mfa, user, prove, addApp, idsOf } = await having({ email: 'kim@example.com', recoveryCodes: true })
    await prove('email')
    const { factorId } = await addApp('Tablet')
    const [id] = await idsOf('email')
    const offered = { status: 'active', usable: true }
    expect(unwrap(await mfa.factors.list(await user.signIn())).items).toStrictEqual([
      { kind: 'totp', id: factorId, label: 'Tablet', ...offered },
      { kind: 'email', id, address: 'k***@example.com', ...offered },
      { kind: 'recovery_code', ...offered },
    ])
  })
})
