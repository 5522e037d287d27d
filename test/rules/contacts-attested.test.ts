import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { email, phone, signedIn } from './signed-in.js'

describe('a changed address', () => {
  it('replaces the factor, voids its challenges and tells the old address; until then the old one stands (X18)', async () => {
    const { mfa, outbox, session, ref, user } = await signedIn()
    const { factorId: old } = unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    const half = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
    const code = outbox.codeTo(email)
    const set = unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com' }))
    expect(unwrap(await mfa.factors.list(session)).items[0]).toMatchObject({
      id: old,
      status: 'active',
      address: 'k***@example.com',
    })
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo('new@example.com') }))
    expect(unwrap(await mfa.factors.list(session)).items).toMatchObject([
      { id: set.factorId, address: 'n***@example.com' },
    ])
    expect(await mfa.challenges.complete(half, { challengeId: challenge.id, code })).toMatchObject({
      reason: 'invalid_code',
    })
    const told = outbox.notices.filter(({ notice }) => notice === 'contact_changed')
    expect(told.map(({ address }) => address).sort()).toEqual([email, 'new@example.com'])
    expect(told[0]?.details).toEqual({ channel: 'email', newAddress: 'n***@example.com' })
  })
})

describe('addresses the host verified itself', () => {
  it('attest is repeatable, and a changed address replaces the factor', async () => {
    const { mfa, outbox, ref } = await signedIn()
    const first = unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    expect(unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'KIM@EXAMPLE.COM' }))).toEqual(first)
    const second = unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'new@example.com' }))
    expect(second.factorId).not.toBe(first.factorId)
    expect(outbox.notices.map(({ notice, address }) => [notice, address])).toContainEqual(['contact_changed', email])
  })

  it('attesting lifts no lock', async () => {
    const { mfa, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ email, enabled: true })
    const half = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
    await mfa.challenges.complete(half, { challengeId: challenge.id, code: '000000' })
    unwrap(await mfa.contacts.attest({ userId: user.userId }, { channel: 'email', address: email }))
    expect(await mfa.challenges.create(half, { factor: 'email' })).toMatchObject({ reason: 'locked' })
  })

  it('withdraw never switches MFA off: the factor stays as withdrawn, unusable and existing; attesting brings it back, its old proofs not', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email, enabled: true })
    const half = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(half, { factor: 'email' }))
    unwrap(await mfa.challenges.complete(half, { challengeId: challenge.id, code: outbox.codeTo(email) }))
    expect((await mfa.sessions.assess(half)).satisfied).toBe(true)
    const ref = { userId: user.userId }
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'phone' }))
    expect(await mfa.sessions.assess(half)).toMatchObject({ satisfied: false, enforced: true, optedIn: true })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    expect(await mfa.sessions.assess(half)).toMatchObject({ satisfied: false, next: 'second_factor' })
  })

  it('begin’s verified attests in the same save; while MFA is enforced it changes nothing, and an event says so', async () => {
    const { mfa, events, givenUser } = createTestMfa()
    const plain = await givenUser()
    const before = await plain.signIn({ method: 'password', verified: { email, phone: '+49 151 12345678' } })
    expect(unwrap(await mfa.factors.list(before))).toMatchObject({ email: true, phone: true })
    unwrap(await mfa.enable(before))
    const after = await plain.signIn({ method: 'oauth', verified: { email: 'thief@example.com', phone } })
    expect((await mfa.sessions.assess(after)).offers.map(({ sentTo }) => sentTo)).toEqual([
      '+49*********78',
      'k***@example.com',
    ])
    expect(events.filter(({ type }) => type === 'contact.verified_ignored')).toMatchObject([{ channel: 'email' }])
    await expect(mfa.sessions.begin(after, { method: 'password', verified: { email: 'x' } })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})
