import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { having } from './having.js'
import { email, minute, phone, signedIn, support, url } from './signed-in.js'

describe('admin.inspect', () => {
  it('shows pending things, open challenges, counts and sessions of every session, none of it whole or secret', async () => {
    const { mfa, clock, outbox, session, ref, user } = await having({ totp: true, phone, recoveryCodes: true })
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
    unwrap(await mfa.contacts.set(user.session, { channel: 'email', address: email, url }))
    const view = unwrap(await mfa.admin.inspect(ref))
    expect(view).toMatchObject({
      optedIn: true,
      enforced: true,
      openChallenges: 1,
      keyIds: ['test'],
      lastSeenAtMs: clock.nowMs(),
      throttles: { totp: { failures: 1, lastAtMs: clock.nowMs() }, total: 1 },
    })
    expect(view.factors.map(({ kind, status, address }) => [kind, status, address])).toEqual([
      ['phone', 'active', '+49*********78'],
      ['totp', 'active', undefined],
      ['email', 'pending', 'k***@example.com'],
      ['recovery_code', 'active', undefined],
    ])
    expect(view.sessions.map(({ proofs }) => proofs.map(({ name }) => name))).toEqual([
      ['password', 'totp'],
      ['password'],
    ])
    const told = JSON.stringify(view)
    const hidden = [session.sessionId, email, phone, outbox.codeTo(phone), outbox.linkTo(email).secret]
    for (const secret of hidden) expect(told).not.toContain(secret)
  })

  it('changes nothing', async () => {
    const { mfa, store, ref } = await having({ totp: true })
    const before = await store.load('0:user-1')
    unwrap(await mfa.admin.inspect(ref))
    expect(await store.load('0:user-1')).toEqual(before)
  })
})

describe('admin.reset', () => {
  it('leaves no factor, code, session, challenge, lock or anything pending; a link sent before is void', async () => {
    const { mfa, outbox, session, ref, user } = await having(
      { totp: true, phone, recoveryCodes: true },
      { policy: { lockAfterFailures: 1 } },
    )
    unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
    unwrap(await mfa.contacts.set(user.session, { channel: 'email', address: email, url }))
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    unwrap(await mfa.admin.reset(ref, support))
    expect(unwrap(await mfa.admin.inspect(ref))).toMatchObject({
      optedIn: false,
      enforced: false,
      factors: [],
      throttles: { total: 0 },
      sessions: [],
      openChallenges: 0,
      keyIds: ['test'],
    })
    const code = outbox.linkTo(email).secret
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code })).toMatchObject({ reason: 'invalid_code' })
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({ satisfied: true, offers: [] })
  })

  it('opens no grace period: a user who must have MFA enrolls anew', async () => {
    const test = createTestMfa()
    const enforcement = { mfa: 'required', requiredFromMs: test.clock.nowMs() + 60 * minute } as const
    const { mfa, ref, user } = await having({ totp: true }, { clock: test.clock, enforcement })
    unwrap(await mfa.admin.reset(ref, support))
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({ satisfied: false, next: 'enroll' })
  })

  it('lets a magic-link user start over, who had proven a second factor before', async () => {
    const { mfa, ref, user, prove } = await having({ totp: true }, { enforcement: { mfa: 'required' } })
    await prove('totp')
    unwrap(await mfa.admin.reset(ref, support))
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    expect(await mfa.sessions.assess(await user.signIn({ method: 'email_link' }))).toMatchObject({
      next: 'enroll',
      missing: [{ what: 'factor', why: 'same_channel' }],
    })
  })
})

describe('admin.removeFactor', () => {
  it('leaves MFA on while another factor stays; the codes too', async () => {
    const { mfa, events, ref, session, idsOf, user } = await having({ totp: true, email: true, recoveryCodes: true })
    const [factorId = ''] = await idsOf('totp')
    unwrap(await mfa.admin.removeFactor(ref, { factorId, ...support }))
    expect(events.slice(-2)).toMatchObject([
      { type: 'admin.factor_removed', factorId, ...support },
      { type: 'factor.removed', factor: 'totp', factorId },
    ])
    expect(await mfa.sessions.assess(session)).toMatchObject({ enforced: true, optedIn: true })
    expect((await mfa.sessions.assess(user.session)).satisfied).toBe(false)
    expect((await idsOf('recovery_code')).length).toBe(1)
  })

  it('of one of two locked apps leaves MFA on: a locked factor never means that no MFA is needed (X45)', async () => {
    const { mfa, ref, session, prove, addApp } = await having({ totp: true }, { policy: { lockAfterFailures: 1 } })
    await prove('totp')
    const { factorId } = await addApp('second')
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    unwrap(await mfa.admin.removeFactor(ref, { factorId, ...support }))
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      enforced: true,
      next: 'other_sign_in_method',
      missing: [{ what: 'second_factor', why: 'locked' }],
    })
  })

  it('refuses not_found before required_by_policy, and needs actor and reason', async () => {
    const { mfa, ref, idsOf } = await having({ totp: true }, { enforcement: { mfa: 'required' } })
    const [factorId = ''] = await idsOf('totp')
    expect(await mfa.admin.removeFactor(ref, { factorId: 'x', ...support })).toMatchObject({ reason: 'not_found' })
    expect(await mfa.admin.removeFactor(ref, { factorId, ...support })).toMatchObject({ reason: 'required_by_policy' })
    await expect(mfa.admin.removeFactor(ref, { factorId } as never)).rejects.toMatchObject({ code: 'invalid_argument' })
    unwrap(await mfa.admin.reset(ref, support))
    expect(await idsOf('totp')).toEqual([])
  })
})

describe('admin.unlock', () => {
  it('of one factor leaves the counts of other kinds, and says who and why', async () => {
    const { mfa, events, ref, session, idsOf } = await having({ totp: true, recoveryCodes: true })
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await mfa.challenges.verify(session, { factor: 'recovery_code', code: '0'.repeat(24) })
    const [factorId = ''] = await idsOf('totp')
    unwrap(await mfa.admin.unlock(ref, { factorId, ...support }))
    expect(events.at(-1)).toMatchObject({ type: 'factor.unlocked', factorId, ...support })
    const { throttles } = unwrap(await mfa.admin.inspect(ref))
    expect(throttles).toMatchObject({ total: 0, recovery_code: { failures: 1 } })
    expect(throttles).not.toHaveProperty('totp')
    unwrap(await mfa.admin.unlock(ref, support))
    expect(unwrap(await mfa.admin.inspect(ref)).throttles).toEqual({ total: 0 })
    expect(events.at(-1)).not.toHaveProperty('factorId')
  })

  it('gives no session credit, and brings no withdrawn address back', async () => {
    const { mfa, ref, session } = await having({ email: true, enabled: true })
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    unwrap(await mfa.admin.unlock(ref, support))
    expect(unwrap(await mfa.admin.inspect(ref)).factors).toMatchObject([{ kind: 'email', status: 'withdrawn' }])
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'other_sign_in_method' })
  })
})

describe('users.erase', () => {
  it('forgets one user of one tenant only', async () => {
    const { mfa, store, givenUser } = createTestMfa()
    const erased = await givenUser({ userId: 'kim', tenantId: 'a', totp: true })
    const same = await givenUser({ userId: 'kim', tenantId: 'b', totp: true })
    const none = await givenUser({ userId: 'kim', totp: true })
    unwrap(await mfa.users.erase({ userId: 'kim', tenantId: 'a' }))
    expect(await store.load('1:akim')).toBeNull()
    expect((await mfa.sessions.assess(erased.session)).next).toBe('sign_in')
    for (const { session } of [same, none]) expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
  })

  it('works for a user nobody knows, and whoever comes back starts with nothing', async () => {
    const { mfa, session, ref, user } = await signedIn()
    unwrap(await mfa.users.erase({ userId: 'nobody' }))
    unwrap(await mfa.recoveryCodes.generate(session))
    unwrap(await mfa.users.erase(ref))
    expect(unwrap(await mfa.factors.list(await user.signIn())).items).toEqual([])
    expect(unwrap(await mfa.admin.inspect(ref)).sessions).toHaveLength(1)
  })
})
