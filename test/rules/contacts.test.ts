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
