import { type SessionRef, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeAddress } from '../../packages/core/src/contact/address.js'
import { email, minute, phone, signedIn } from './signed-in.js'

describe('what the calls on addresses refuse', () => {
  it('set: unknown_session, more_factors_required, fresh_proof_required, then invalid_address, then throttled', async () => {
    const { mfa, clock, ref, session } = await signedIn({ allowSend: () => false })
    const set = (at: SessionRef, address: string) => mfa.contacts.set(at, { channel: 'email', address })
    expect(await set(session, 'bad')).toEqual({ ok: false, reason: 'invalid_address' })
    expect(await set(session, email)).toStrictEqual({ ok: false, reason: 'throttled' })
    clock.advance(15 * minute + 1)
    expect(await set(session, 'bad')).toMatchObject({ reason: 'fresh_proof_required' })
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    unwrap(await mfa.enable(session))
    expect(await set(session, 'bad')).toMatchObject({ reason: 'more_factors_required' })
    expect(await set({ ...ref, sessionId: 'unknown' }, 'bad')).toMatchObject({ reason: 'unknown_session' })
  })

  it('sendVerification and confirm are judged again, at that moment, by the rule for set', async () => {
    const { mfa, outbox, clock, ref, session, user } = await signedIn()
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    clock.advance(10 * minute)
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const both = async (at: SessionRef) => [
      await mfa.contacts.sendVerification(at, { channel: 'email' }),
      await mfa.contacts.confirm(at, { channel: 'email', code: outbox.codeTo(email) }),
    ]
    clock.advance(5 * minute + 1)
    const stale = { reason: 'fresh_proof_required', needs: { proof: 'first_factor' }, maxAgeMs: 15 * minute }
    expect(await both(session)).toMatchObject([stale, stale])
    unwrap(await mfa.enable(await user.signIn()))
    expect(await both(session)).toMatchObject(Array(2).fill({ reason: 'more_factors_required' }))
    expect(await both({ ...ref, sessionId: 'unknown' })).toMatchObject(Array(2).fill({ reason: 'unknown_session' }))
  })

  it('remove: more_factors_required, fresh_proof_required, not_found, then required_by_policy', async () => {
    const rule = { mfa: 'optional' as 'optional' | 'required' }
    const { mfa, clock, ref, session } = await signedIn({ enforcement: () => rule })
    const remove = () => mfa.contacts.remove(session, { channel: 'email' })
    clock.advance(15 * minute)
    expect(await remove()).toMatchObject({ reason: 'not_found' })
    clock.advance(1)
    expect(await remove()).toMatchObject({ reason: 'fresh_proof_required' })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    rule.mfa = 'required'
    expect(await remove()).toMatchObject({ reason: 'more_factors_required' })
    expect(await mfa.contacts.remove({ ...ref, sessionId: 'unknown' }, { channel: 'email' })).toMatchObject({
      reason: 'unknown_session',
    })
  })

  it('remove: the last factor is required_by_policy where enforcement requires MFA', async () => {
    const { mfa, outbox, session } = await signedIn({ enforcement: { mfa: 'required' } })
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo(email) }))
    expect(await mfa.contacts.remove(session, { channel: 'email' })).toMatchObject({ reason: 'required_by_policy' })
  })

  it('a malformed code counts as nothing, and a code for the other channel is none', async () => {
    const { mfa, outbox, events, session } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const confirm = (channel: 'email' | 'phone', code: string) => mfa.contacts.confirm(session, { channel, code })
    for (const code of ['', '12345', '1234567', '１２３４５６', 'x'.repeat(21), 'x'.repeat(23), 'x'.repeat(10_000)]) {
      expect(await confirm('email', code)).toEqual({ ok: false, reason: 'invalid_code' })
      expect(events.at(-1)).toMatchObject({ type: 'contact.confirm_failed', factor: 'email', detail: 'malformed' })
    }
    expect(await confirm('phone', outbox.codeTo(email))).toEqual({ ok: false, reason: 'invalid_code' })
    expect(await confirm('email', '000000')).toMatchObject({ attemptsLeft: 9 })
  })
})

describe('sending a verification', () => {
  it('again is possible from the end of the cooldown, not an instant earlier', async () => {
    const { mfa, clock, session } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const retryAtMs = clock.nowMs() + minute
    clock.advance(minute - 1)
    expect(await mfa.contacts.sendVerification(session, { channel: 'email' })).toMatchObject({
      ok: false,
      reason: 'throttled',
      retryAtMs,
    })
    clock.advance(1)
    expect((await mfa.contacts.sendVerification(session, { channel: 'email' })).ok).toBe(true)
  })

  it('by a code lives no longer than what is pending, by a link as long as a link does; no two have one key', async () => {
    const { mfa, outbox, clock, session } = await signedIn({ enforcement: { mfa: 'required' } })
    const set = unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const send = async (url?: string) =>
      unwrap(await mfa.contacts.sendVerification(session, { channel: 'email', ...(url !== undefined && { url }) }))
    clock.advance(8 * minute)
    expect((await send()).expiresAtMs).toBe(set.expiresAtMs)
    // What else the session has pending stays.
    expect((await mfa.contacts.set(session, { channel: 'phone', address: phone })).ok).toBe(true)
    clock.advance(minute)
    expect((await send('https://acme.example/verify')).expiresAtMs).toBe(clock.nowMs() + 60 * minute)
    const keys = outbox.messages.map(({ idempotencyKey }) => idempotencyKey)
    expect(new Set(keys).size).toBe(4)
  })

  it('of a link is not repeated by a double click either', async () => {
    const { mfa, outbox, session } = await signedIn()
    const set = () =>
      mfa.contacts.set(session, { channel: 'email', address: email, url: 'https://acme.example/verify' })
    expect(unwrap(await set()).delivery).toBe('sent')
    expect(unwrap(await set()).delivery).toBe('none')
    expect(outbox.messages).toHaveLength(1)
  })

  it('that failed says so, and what is pending stays for another', async () => {
    const { mfa, outbox, clock, session } = await signedIn()
    outbox.failNext()
    const set = unwrap(await mfa.contacts.set(session, { channel: 'phone', address: phone }))
    expect(set).toMatchObject({ delivery: 'failed', sentTo: '+49*********78' })
    clock.advance(minute)
    const again = unwrap(await mfa.contacts.sendVerification(session, { channel: 'phone' }))
    expect(again).toMatchObject({ factorId: set.factorId, delivery: 'sent' })
    expect((await mfa.contacts.confirm(session, { channel: 'phone', code: outbox.codeTo(phone) })).ok).toBe(true)
  })

  it('is nothing_pending once its time is over, and for what another session or a withdrawal left', async () => {
    const { mfa, clock, ref, session, user } = await signedIn({ policy: { managementFirstFactorMaxAgeMs: 'session' } })
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email }))
    const send = (at: SessionRef) => mfa.contacts.sendVerification(at, { channel: 'email' })
    expect(await send(await user.signIn())).toMatchObject({ reason: 'nothing_pending' })
    clock.advance(10 * minute)
    expect(await send(session)).toMatchObject({ reason: 'nothing_pending' })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    expect(await send(session)).toMatchObject({ reason: 'nothing_pending' })
  })
})

describe('the normal form of an address', () => {
  it('is its own normal form and fits into a record, also where lower case is longer (X32)', () => {
    const letter = fc.constantFrom('a', 'A', 'İ', 'ß', 'Σ', 'Ǆ', 'é', '1', '-', '.')
    const anyAddress = fc
      .tuple(fc.string({ minLength: 1, maxLength: 64 }), fc.string({ unit: letter, minLength: 1, maxLength: 250 }))
      .map(([local, domain]) => `${local}@${domain}.com`)
    fc.assert(
      fc.property(anyAddress, (address) => {
        const normal = normalizeAddress('email', address)
        if (normal === undefined) return
        expect(normal.length).toBeLessThanOrEqual(254)
        expect(normalizeAddress('email', normal)).toBe(normal)
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused where it would be longer than an address may be, and the user stays as they were', async () => {
    const { mfa, session, ref } = await signedIn()
    const address = `a@${'İ'.repeat(60)}.${'İ'.repeat(60)}.com`
    expect(address.length).toBeLessThan(254)
    const refused = { ok: false, reason: 'invalid_address' }
    expect(await mfa.contacts.set(session, { channel: 'email', address })).toEqual(refused)
    expect(await mfa.contacts.attest(ref, { channel: 'email', address })).toEqual(refused)
    expect((await mfa.sessions.assess(session)).satisfied).toBe(true)
  })
})
