import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { email, minute, phone, signedIn, url } from './signed-in.js'

describe('verifying an address by a code', () => {
  it('an address is pending until its code is typed in the session that entered it', async () => {
    const { mfa, outbox, clock, session } = await signedIn()
    const set = unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+49 (151) 1234-5678' }))
    expect(set).toMatchObject({
      sentTo: '+49*********78',
      delivery: 'sent',
      createdAtMs: clock.nowMs(),
      expiresAtMs: clock.nowMs() + 5 * minute,
    })
    expect(outbox.last).toMatchObject({
      kind: 'code',
      channel: 'phone',
      address: phone,
      purpose: 'verify_contact',
      code: expect.stringMatching(/^\d{6}$/),
    })
    expect(unwrap(await mfa.factors.list(session)).phone).toBe(false)
    const confirmed = unwrap(await mfa.contacts.confirm(session, { channel: 'phone', code: outbox.codeTo(phone) }))
    expect(confirmed).toMatchObject({
      factorId: set.factorId,
      address: phone,
      createdAtMs: set.createdAtMs,
      expiresAtMs: set.expiresAtMs,
    })
    expect(confirmed.assessment?.proofs.at(-1)).toMatchObject({ name: 'phone', origin: 'enrollment' })
    expect(unwrap(await mfa.factors.list(session)).phone).toBe(true)
  })

  it('a short code needs a begun session of that user, and that very session (X05)', async () => {
    const { mfa, outbox, session, ref, user } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const code = outbox.codeTo(email)
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code })).toEqual({ ok: false, reason: 'invalid_code' })
    expect(await mfa.contacts.confirm({ ...ref, sessionId: 'unknown' }, { channel: 'email', code })).toMatchObject({
      reason: 'unknown_session',
    })
    expect(await mfa.contacts.confirm(await user.signIn(), { channel: 'email', code })).toMatchObject({
      reason: 'invalid_code',
    })
    expect((await mfa.contacts.confirm(session, { channel: 'email', code })).ok).toBe(true)
  })

  it('a code lives five minutes by phone and ten by email; a link an hour', async () => {
    for (const [channel, address, life, link] of [
      ['phone', phone, 5, false],
      ['email', email, 10, false],
      ['email', email, 60, true],
    ] as const) {
      const { mfa, outbox, clock, session, ref } = await signedIn({
        policy: { managementFirstFactorMaxAgeMs: 'session' },
      })
      const set = unwrap(await mfa.contacts.set(session, { channel, address, ...(link && { url }) }))
      expect(set.expiresAtMs).toBe(clock.nowMs() + life * minute)
      const secret = (): string => (link ? outbox.linkTo(address).secret : outbox.codeTo(address))
      const confirm = () => mfa.contacts.confirm(link ? ref : session, { channel, code: secret() })
      clock.advance(life * minute)
      expect(await confirm()).toMatchObject({ reason: 'invalid_code' })
      clock.advance(minute)
      unwrap(await mfa.contacts.set(session, { channel, address, ...(link && { url }) }))
      clock.advance(life * minute - 1)
      expect((await confirm()).ok).toBe(true)
    }
  })

  it('ten wrong codes end what is pending, also over resends', async () => {
    const { mfa, outbox, clock, session } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    for (let left = 9; left >= 5; left--) {
      expect(await mfa.contacts.confirm(session, { channel: 'email', code: '000000' })).toMatchObject({
        reason: 'invalid_code',
        attemptsLeft: left,
      })
    }
    clock.advance(minute)
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email' }))
    for (let left = 4; left >= 0; left--) {
      expect(await mfa.contacts.confirm(session, { channel: 'email', code: '000000' })).toMatchObject({
        attemptsLeft: left,
      })
    }
    expect(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo(email) })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('a resend replaces the code; a double click sends nothing', async () => {
    const { mfa, outbox, clock, session } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const first = outbox.codeTo(email)
    expect(unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'KIM@example.com' })).delivery).toBe(
      'none',
    )
    expect(await mfa.contacts.sendVerification(session, { channel: 'email' })).toMatchObject({
      reason: 'throttled',
      retryAtMs: clock.nowMs() + minute,
    })
    clock.advance(minute)
    expect(unwrap(await mfa.contacts.sendVerification(session, { channel: 'email' })).delivery).toBe('sent')
    expect(outbox.messages).toHaveLength(2)
    expect(await mfa.contacts.confirm(session, { channel: 'email', code: first })).toMatchObject({
      reason: 'invalid_code',
    })
    expect((await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo(email) })).ok).toBe(true)
  })

  it('send false only enters the address; sendVerification sends it later', async () => {
    const { mfa, outbox, session } = await signedIn()
    expect(unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, send: false })).delivery).toBe(
      'none',
    )
    expect(outbox.messages).toEqual([])
    expect(unwrap(await mfa.contacts.sendVerification(session, { channel: 'email', url })).delivery).toBe('sent')
    expect(outbox.last?.kind).toBe('link')
  })

  it('sendVerification answers nothing_pending, or already_verified', async () => {
    const { mfa, session, ref } = await signedIn()
    expect(await mfa.contacts.sendVerification(session, { channel: 'email' })).toMatchObject({
      reason: 'nothing_pending',
    })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    expect(await mfa.contacts.sendVerification(session, { channel: 'email' })).toMatchObject({
      reason: 'already_verified',
    })
  })

  it.each([
    '',
    'kim',
    'kim@',
    '@x.org',
    'kim@localhost',
    'a b@x.org',
    'a\nb@x.org',
    'a@x.org\r\nBcc: b@x.org',
    'a..b@x.org',
    '"a"@x.org',
    'a\u200b@x.org',
    'a@x\u202e.org',
    `${'a'.repeat(65)}@x.org`,
    `a@${'x'.repeat(250)}.org`,
    '<a@x.org>',
    'a@x.org,b@x.org',
  ])('the email address %j is invalid_address (X31, X32)', async (address) => {
    const { mfa, session, ref } = await signedIn()
    expect(await mfa.contacts.set(session, { channel: 'email', address })).toEqual({
      ok: false,
      reason: 'invalid_address',
    })
    expect(await mfa.contacts.attest(ref, { channel: 'email', address })).toEqual({
      ok: false,
      reason: 'invalid_address',
    })
  })

  it.each([
    '',
    '015112345678',
    '+0151123456',
    '+49151',
    '+491511234567890123',
    '+49 151 abc',
    '+４９１５１１２３４５６７８',
    '++4915112345678',
  ])('the phone number %j is invalid_address', async (address) => {
    const { mfa, session } = await signedIn()
    expect(await mfa.contacts.set(session, { channel: 'phone', address })).toEqual({
      ok: false,
      reason: 'invalid_address',
    })
  })
})

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
