import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { isSameAddress, normalizeAddress } from '../../packages/core/src/contact/address.js'
import { isLinkSecret, isVerificationCode, prepareVerification } from '../../packages/core/src/contact/verification.js'
import type { Context } from '../../packages/core/src/decision.js'
import { readEntropy } from '../../packages/core/src/keys/entropy.js'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { initialRecord } from '../../packages/core/src/record/record.js'
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
        ok: false,
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

describe('what is kept of a code or link', () => {
  const ctx = {
    keys: createKeyRing([{ id: 'test', secret: testKey }]),
    policy: createTestMfa().mfa.policy,
    nowMs: 0,
    owner: '0:kim',
    user: { userId: 'kim' },
    issuer: 'Acme',
    sendAllowed: true,
    entropy: readEntropy(() => new Uint8Array(64)),
  } as unknown as Context
  const times = { createdAtMs: 0, expiresAtMs: 1000, attempts: 0 }
  const entered = { ...times, id: 'p', kind: 'email', startedBy: 's', address: 'kim@example.com' } as const
  const prepared = (url?: string) => {
    const outcome = prepareVerification(initialRecord(), entered, url, false, ctx)
    if (!outcome.ok) throw new Error('throttled')
    return outcome
  }

  it('is a digest of one owner, session, entry, channel and address with the code: exchanged, it fits nothing', () => {
    const { pending, message } = prepared()
    const { code } = message as { readonly code: string }
    const fits = (other: object, at: object = {}) =>
      isVerificationCode({ ...pending, ...other }, code, { ...ctx, ...at })
    expect(fits({})).toBe(true)
    for (const other of [{ id: 'x' }, { startedBy: 'x' }, { kind: 'phone' }, { address: 'x@example.com' }] as const)
      expect(fits(other), JSON.stringify(other)).toBe(false)
    expect(fits({}, { owner: '0:lee' })).toBe(false)
    expect(isLinkSecret(pending, code, ctx)).toBe(false)
  })

  it('is a digest of one owner and channel with the secret of the link', () => {
    const { pending, message } = prepared('https://acme.example/verify')
    const { secret } = message as { readonly secret: string }
    expect(isLinkSecret(pending, secret, ctx)).toBe(true)
    expect(isLinkSecret({ ...pending, kind: 'phone' }, secret, ctx)).toBe(false)
    expect(isLinkSecret(pending, secret, { ...ctx, owner: '0:lee' })).toBe(false)
    expect(isVerificationCode(pending, secret, ctx)).toBe(false)
  })
})

describe('an address', () => {
  const long = `@${[...Array(3).fill('b'.repeat(63)), 'c'].join('.')}`

  it.each<[string, string | undefined]>([
    [' kim@Example.com ', 'kim@example.com'],
    [`${'a'.repeat(60)}${long}`, `${'a'.repeat(60)}${long}`],
    [`${'a'.repeat(61)}${long}`, undefined],
    [`${' '.repeat(61)}${long}`, undefined],
    ['.kim@example.com', undefined],
    ['kim.@example.com', undefined],
    ['k..m@example.com', undefined],
    ['@example.com', undefined],
    ['example.com', undefined],
    ['kim@example', undefined],
  ])('by email %s is %s', (text, normal) => {
    expect(normalizeAddress('email', text)).toBe(normal)
  })

  it('is the same in any case, and no other that upper case would make it', () => {
    expect(isSameAddress('Kim@example.com', 'kim@example.com')).toBe(true)
    expect(isSameAddress('straße@example.com', 'strasse@example.com')).toBe(false)
  })
})
