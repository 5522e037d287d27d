import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { recordIn } from '../record/parts.js'
import { day, halfway, hour, minute } from './halfway.js'

const send = async (test: TestMfa, at: SessionRef) => test.mfa.challenges.create(at, { factor: 'email' })

describe('send budgets', () => {
  it('are five per hour and ten per day and channel, shared by sessions and purposes', async () => {
    const test = await halfway({ email: true, phone: true, totp: true })
    const started = test.clock.nowMs()
    for (let sent = 0; sent < 5; sent++) expect((await send(test, await test.user.signIn())).ok).toBe(true)
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled', retryAtMs: started + hour })
    expect((await test.mfa.challenges.create(test.session, { factor: 'phone' })).ok).toBe(true)
    expect(
      (await test.mfa.sessions.assess(test.session)).offers.find(({ factor }) => factor === 'email'),
    ).toMatchObject({ availableAtMs: started + hour })
    test.clock.advance(hour)
    for (let sent = 0; sent < 5; sent++) expect((await send(test, await test.user.signIn())).ok).toBe(true)
    test.clock.advance(hour)
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled', retryAtMs: started + day })
    expect(test.outbox.messages.filter(({ kind, channel }) => kind === 'code' && channel === 'email')).toHaveLength(10)
  })

  it('are shared by pending and active factors, and survive set, removal and reset (X40)', async () => {
    const { mfa, outbox, clock, givenUser } = createTestMfa({ policy: { newAddressesPerDay: 10 } })
    const user = await givenUser()
    const set = (address: string, at = user.session) => mfa.contacts.set(at, { channel: 'phone', address })
    for (let number = 0; number < 4; number++) expect((await set(`+491511234567${number}`)).ok).toBe(true)
    unwrap(await mfa.contacts.confirm(user.session, { channel: 'phone', code: outbox.codeTo('+4915112345673') }))
    expect((await mfa.challenges.create(user.session, { factor: 'phone' })).ok).toBe(true)
    expect(await set('+4915112345679')).toMatchObject({ reason: 'throttled' })
    unwrap(await mfa.contacts.remove(user.session, { channel: 'phone' }))
    expect(await set('+4915112345679')).toMatchObject({ reason: 'throttled' })
    unwrap(await mfa.admin.reset({ userId: user.userId }, { actor: 'a', reason: 'b' }))
    clock.advance(1)
    expect(await set('+4915112345679', await user.signIn())).toMatchObject({
      reason: 'throttled',
      retryAtMs: expect.any(Number),
    })
  })

  it('allow at most three new addresses a day', async () => {
    const { mfa, clock, givenUser } = createTestMfa({ policy: { managementFirstFactorMaxAgeMs: 'session' } })
    const user = await givenUser()
    const set = (name: string) => mfa.contacts.set(user.session, { channel: 'email', address: `${name}@example.com` })
    for (const name of ['a', 'b', 'c']) expect((await set(name)).ok).toBe(true)
    expect(await set('d')).toMatchObject({ reason: 'throttled', retryAtMs: clock.nowMs() + day })
    clock.advance(day)
    expect((await set('d')).ok).toBe(true)
  })

  it('do not count notices or refused creates', async () => {
    const test = await halfway({ email: true, totp: true })
    for (let tries = 0; tries < 20; tries++) await test.mfa.challenges.create(test.session, { factor: 'phone' })
    for (let tries = 0; tries < 20; tries++) await send(test, test.session)
    for (let failure = 0; failure < 5; failure++) await test.wrong()
    expect((await send(test, await test.user.signIn())).ok).toBe(true)
  })

  it('are free again to the millisecond, an hour and a day after the sends that must leave', async () => {
    const test = await halfway({ email: true, totp: true }, { policy: { sendsPerHour: 2, sendsPerDay: 3 } })
    const started = test.clock.nowMs()
    const sendAt = async (atMs: number) => {
      test.clock.set(started + atMs)
      return send(test, await test.user.signIn())
    }
    expect((await sendAt(0)).ok).toBe(true)
    expect((await sendAt(minute)).ok).toBe(true)
    expect(await sendAt(hour - 1)).toMatchObject({ reason: 'throttled', retryAtMs: started + hour })
    expect((await sendAt(hour)).ok).toBe(true)
    expect(await sendAt(hour + minute)).toMatchObject({ reason: 'throttled', retryAtMs: started + day })
    expect(await sendAt(day - 1)).toMatchObject({ reason: 'throttled', retryAtMs: started + day })
    expect((await sendAt(day)).ok).toBe(true)
    expect(await sendAt(day + 1)).toMatchObject({ reason: 'throttled', retryAtMs: started + day + minute })
  })

  it('answer the time at which all of them are free', async () => {
    const test = await halfway({ email: true }, { policy: { sendsPerHour: 1, sendsPerDay: 1 } })
    const started = test.clock.nowMs()
    expect((await send(test, test.session)).ok).toBe(true)
    expect(await send(test, await test.user.signIn())).toMatchObject({ retryAtMs: started + day })
  })

  it('count purposes, resends, verification codes and links alike, also what was not delivered', async () => {
    const test = await halfway({ email: true })
    const { mfa, session, clock, outbox } = test
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email', purpose: 'transfer' }))
    expect((await mfa.challenges.create(session, { factor: 'email', purpose: 'manage' })).ok).toBe(true)
    clock.advance(minute)
    outbox.failNext()
    expect(await mfa.challenges.resend(session, { challengeId: challenge.id })).toMatchObject({
      ok: true,
      challenge: { delivery: 'failed' },
    })
    const url = 'https://acme.example/verify'
    expect((await mfa.contacts.set(session, { channel: 'email', address: 'a@example.com', url })).ok).toBe(true)
    clock.advance(minute)
    expect((await mfa.contacts.sendVerification(session, { channel: 'email' })).ok).toBe(true)
    clock.advance(minute)
    expect(await mfa.challenges.resend(session, { challengeId: challenge.id })).toMatchObject({ reason: 'throttled' })
    expect(await mfa.contacts.sendVerification(session, { channel: 'email', url })).toMatchObject({
      reason: 'throttled',
    })
    expect(await send(test, session)).toMatchObject({ reason: 'throttled' })
  })

  it('are each user’s and each tenant’s own', async () => {
    const test = await halfway({ email: 'kim@example.com', totp: true }, { policy: { sendsPerHour: 1 } })
    expect((await send(test, test.session)).ok).toBe(true)
    expect((await send(test, await test.user.signIn())).ok).toBe(false)
    for (const other of [{ userId: 'lee' }, { userId: test.user.userId, tenantId: 'acme' }]) {
      const { session } = await test.givenUser({ ...other, email: 'kim@example.com' })
      expect((await send(test, session)).ok).toBe(true)
    }
  })

  it('used up refuse a new challenge and leave the old one open', async () => {
    const test = await halfway({ email: true, totp: true }, { policy: { sendsPerHour: 1 } })
    const { challenge } = unwrap(await send(test, test.session))
    const code = test.outbox.codeTo(test.user.email as string)
    test.clock.advance(5 * minute)
    expect(await send(test, test.session)).toMatchObject({ reason: 'throttled', assessment: { satisfied: false } })
    expect((await test.mfa.challenges.complete(test.session, { challengeId: challenge.id, code })).ok).toBe(true)
  })

  it('keep no more than a day of times in the record', async () => {
    const test = await halfway({ email: true, totp: true })
    for (let days = 0; days < 5; days++) {
      expect((await send(test, await test.user.signIn())).ok).toBe(true)
      test.clock.advance(day)
    }
    const { sends } = await recordIn(test.store, `0:${test.user.userId}`)
    expect(sends.email.sentAtMs).toEqual([test.clock.nowMs() - day])
  })
})

describe('new addresses', () => {
  it('are counted per channel when something is sent to them: entering and attesting cost nothing, nor does the same again', async () => {
    const { mfa, clock, givenUser } = createTestMfa({
      policy: { newAddressesPerDay: 1, managementFirstFactorMaxAgeMs: 'session' },
    })
    const { userId, session } = await givenUser()
    const set = (address: string, send = true) => mfa.contacts.set(session, { channel: 'email', address, send })
    for (let number = 1; number <= 5; number++) {
      expect((await set(`unsent-${number}@example.com`, false)).ok).toBe(true)
      unwrap(await mfa.contacts.attest({ userId }, { channel: 'email', address: `attested-${number}@example.com` }))
    }
    expect((await set('a@example.com')).ok).toBe(true)
    clock.advance(minute)
    expect((await set('A@EXAMPLE.COM')).ok).toBe(true)
    clock.advance(minute)
    expect((await mfa.contacts.sendVerification(session, { channel: 'email' })).ok).toBe(true)
    expect((await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345678' })).ok).toBe(true)
    clock.advance(minute)
    expect(await set('b@example.com')).toMatchObject({
      reason: 'throttled',
      retryAtMs: clock.nowMs() + day - 3 * minute,
    })
    expect((await set('attested-5@example.com')).ok).toBe(true)
    clock.advance(day - 3 * minute - 1)
    expect((await set('b@example.com')).ok).toBe(false)
    clock.advance(1)
    expect((await set('b@example.com')).ok).toBe(true)
  })

  it('used up hold back no code to an address the user has', async () => {
    const { mfa, clock, session } = await halfway({ email: true }, { policy: { newAddressesPerDay: 1 } })
    const set = (address: string) => mfa.contacts.set(session, { channel: 'email', address })
    expect((await set('a@example.com')).ok).toBe(true)
    expect(await set('b@example.com')).toMatchObject({ reason: 'throttled' })
    clock.advance(minute)
    expect((await mfa.challenges.create(session, { factor: 'email' })).ok).toBe(true)
    expect(await mfa.sessions.assess(session)).not.toHaveProperty('offers.0.availableAtMs')
  })
})
