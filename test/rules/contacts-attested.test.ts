import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { normalizeAddress } from '../../packages/core/src/contact/address.js'
import { having } from './having.js'
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
  it('attest is repeatable and then saves nothing, and a changed address replaces the factor', async () => {
    const { mfa, outbox, ref, store } = await signedIn()
    const first = unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    const saved = await store.load(`0:${ref.userId}`)
    expect(unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'KIM@EXAMPLE.COM' }))).toEqual(first)
    expect(await store.load(`0:${ref.userId}`)).toEqual(saved)
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

  it('the same address again is the same factor, with its label and last use; another one keeps the label alone', async () => {
    const { mfa, ref, session, prove, idsOf } = await having({ email, phone: true })
    const openChallenges = async () => unwrap(await mfa.admin.inspect(ref)).openChallenges
    await prove('email')
    const [factorId = ''] = await idsOf('email')
    unwrap(await mfa.factors.rename(session, { factorId, label: 'Work' }))
    for (const factor of ['email', 'phone'] as const)
      unwrap(await mfa.challenges.create(session, { factor, purpose: 'transfer' }))
    unwrap(await mfa.challenges.create(session, { factor: 'phone', purpose: 'delete' }))
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    // Those for the other address stay open.
    expect(await openChallenges()).toBe(2)
    const attest = async (address: string) => unwrap(await mfa.contacts.attest(ref, { channel: 'email', address }))
    const shown = async () => unwrap(await mfa.admin.inspect(ref)).factors.find(({ kind }) => kind === 'email')
    expect((await attest(email.toUpperCase())).factorId).toBe(factorId)
    expect(await shown()).toMatchObject({ status: 'active', label: 'Work', lastUsedAtMs: expect.any(Number) })
    expect((await attest('else@example.com')).factorId).not.toBe(factorId)
    expect(await shown()).toMatchObject({ status: 'active', label: 'Work' })
    expect(await shown()).not.toHaveProperty('lastUsedAtMs')
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
    const ignored = () => events.filter(({ type }) => type === 'contact.verified_ignored')
    expect(ignored()).toMatchObject([{ channel: 'email' }])
    const { signIn } = await givenUser({ totp: true })
    await signIn({ method: 'password', verified: { phone } })
    expect(ignored()).toMatchObject([{ channel: 'email' }, { channel: 'phone' }])
    await expect(mfa.sessions.begin(after, { method: 'password', verified: { email: 'x' } })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})

describe('an address confirmed in a session that must enroll', () => {
  it.each([
    ['password', 'other_sign_in_method'],
    ['email_link', 'enroll'],
  ] as const)('signed in by %s is a second factor proven or not: by email alone it is %s', async (method, next) => {
    const { mfa, outbox, givenUser } = createTestMfa({ enforcement: { mfa: 'required' } })
    const user = await givenUser()
    const session = await user.signIn({ method })
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url: 'https://acme.example/verify' }))
    const { secret: code } = outbox.linkTo(email)
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code }))
    const byLink = await user.signIn({ method: 'email_link' })
    expect(await mfa.sessions.assess(byLink)).toMatchObject({ satisfied: false, next })
  })
})

it('a user who proved an attested address once, by a code, enrolls no more by that address alone', async () => {
  const { mfa, outbox, givenUser } = createTestMfa({ enforcement: { mfa: 'required' } })
  const user = await givenUser({ email })
  const [session, byLink] = [await user.signIn(), await user.signIn({ method: 'email_link' })]
  expect((await mfa.sessions.assess(byLink)).next).toBe('enroll')
  const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
  unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(email) }))
  expect((await mfa.sessions.assess(byLink)).next).toBe('other_sign_in_method')
})

it.each(['-acme.com', 'acme-.com', '!acme.com', 'ac!me.com', 'ac me.com', 'a<b>c.com', 'acme.c!m'])(
  'no address is at %s',
  (domain) => {
    expect(normalizeAddress('email', `kim@${domain}`)).toBeUndefined()
  },
)
