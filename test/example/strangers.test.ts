import { createManualClock } from '@countersign/adapters/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { networkOf } from '../../examples/backend/client-network.js'
import { openParts } from '../../examples/backend/host.js'
import { createLimits } from '../../examples/backend/limits.js'
import { openMfa } from '../../examples/backend/mfa.js'
import { sendLimiter, takeSend } from '../../examples/backend/sends.js'
import { freshSettings } from '../../examples/backend/settings.js'
import { backendForTest, clientOf, givenAccount, givenSignedIn, lastTo, password, signIn } from './backend.js'
import { callFrom, typesOf } from './scenes.js'

const verifyEmail = '/v1/account/verifications/email'
const elsewhere = '127.0.0.2'

describe('What a stranger can do to an account', () => {
  it('is not to fill its security log with wrong secrets', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const { id } = await givenSignedIn(owner)
    await owner.call('POST', verifyEmail, { url: 'https://example.com/verify' })
    const stranger = clientOf(backend)
    const wrong = { userId: id, secret: 'x'.repeat(64) }
    for (let each = 0; each < 5; each++) expect((await stranger.call('PUT', verifyEmail, wrong)).status).toBe(401)
    expect(typesOf((await owner.call('GET', '/v1/account/logs')).body)).not.toContain('contact.confirm_failed')
    await owner.call('PUT', verifyEmail, wrong)
    expect(typesOf((await owner.call('GET', '/v1/account/logs')).body)).toContain('contact.confirm_failed')
  })

  it('is not to push out of the log what happened before many events of one type', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const { email } = await givenSignedIn(owner)
    await owner.call('POST', '/v1/account/mfa/recovery-codes', {})
    for (let each = 0; each < 60; each++) {
      const other = clientOf(backend)
      await signIn(other, email)
      await other.call('DELETE', '/v1/account/sessions/current')
    }
    const types = typesOf((await owner.call('GET', '/v1/account/logs')).body)
    expect(types).toContain('recovery_codes.generated')
    expect(types.filter((type) => type === 'session.started').length).toBe(25)
  })

  it('is to try ten verification secrets an hour, on either path, without using up the tries of its owner', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const stranger = clientOf(backend)
    const { email, id } = await givenSignedIn(owner)
    const wrong = { userId: id, secret: 'x'.repeat(64) }
    for (let each = 0; each < 10; each++) {
      const path = each % 2 === 0 ? verifyEmail : '/v1/account/verification'
      expect((await stranger.call('PUT', path, wrong)).status).toBe(401)
    }
    for (const path of [verifyEmail, '/v1/account/verification', '/v1/account/verification/phone']) {
      const stopped = await stranger.call('PUT', path, wrong)
      expect([stopped.status, stopped.body['type']]).toEqual([429, 'general_rate_limit_exceeded'])
      expect(Number(stopped.headers.get('retry-after'))).toBe(3600)
    }
    await owner.call('POST', verifyEmail, { url: 'https://example.com/verify' })
    const proof = { userId: id, secret: lastTo(backend, email).secret }
    expect((await owner.call('PUT', verifyEmail, proof)).status).toBe(200)
  })

  it('is not to use up the tries of its owner by a user id that looks like a name for them', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const stranger = clientOf(backend)
    const { email, id } = await givenSignedIn(owner)
    const wrong = { userId: `own ${id}`, secret: 'x'.repeat(64) }
    for (let each = 0; each < 10; each++) expect((await stranger.call('PUT', verifyEmail, wrong)).status).toBe(404)
    await owner.call('POST', verifyEmail, { url: 'https://example.com/verify' })
    const proof = { userId: id, secret: lastTo(backend, email).secret }
    expect((await owner.call('PUT', verifyEmail, proof)).status).toBe(200)
  })

  it('is to try a hundred verification secrets an hour from one place, of whatever users', async () => {
    const backend = await backendForTest()
    const guess = (place: string, each: number) =>
      callFrom(place, backend, 'PUT', verifyEmail, { userId: `user${each}`, secret: 'x'.repeat(64) })
    for (let each = 0; each < 100; each++) expect((await guess(elsewhere, each)).status).toBe(404)
    expect((await guess(elsewhere, 100)).status).toBe(429)
    expect((await guess('127.0.0.3', 100)).status).toBe(404)
  })

  it('is not to lock its owner out by wrong passwords from elsewhere, nor to guess from many places without end', async () => {
    const backend = await backendForTest()
    const { email } = await givenAccount(clientOf(backend))
    const guess = (place: string) =>
      callFrom(place, backend, 'POST', '/v1/account/sessions/email', { email, password: 'wrong password' })
    for (let each = 0; each < 10; each++) expect((await guess(elsewhere)).status).toBe(401)
    expect((await guess(elsewhere)).status).toBe(429)
    expect((await signIn(clientOf(backend), email)).status).toBe(201)
    for (let place = 10; place < 20; place++) {
      for (let each = 0; each < 10; each++) expect((await guess(`127.0.0.${place}`)).status).toBe(401)
    }
    expect((await guess('127.0.0.99')).status).toBe(429)
  })

  it('is not to use up the tries for a code that its owner asked for; strangers have five together', async () => {
    const backend = await backendForTest()
    const owner = clientOf(backend)
    const { email, id } = await givenAccount(owner)
    await owner.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
    const { code = '' } = lastTo(backend, email)
    const redeem = (place: string, secret: string) =>
      callFrom(place, backend, 'POST', '/v1/account/sessions/token', { userId: id, secret })
    const wrong = code === '000000' ? '000001' : '000000'
    for (let each = 0; each < 5; each++) expect((await redeem(`127.0.0.${each + 2}`, wrong)).status).toBe(401)
    expect((await redeem('127.0.0.9', code)).status).toBe(401)
    const secret = { userId: id, secret: code }
    expect((await owner.call('POST', '/v1/account/sessions/token', secret)).status).toBe(201)
  })

  it('is counted by the /64 that an IPv6 address belongs to', () => {
    const home = '2001:db8:0:1::/64'
    expect(networkOf('2001:db8:0:1::1')).toBe(home)
    expect(networkOf('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(home)
    expect(networkOf('2001:0db8:0000:0001:0:0:0:1')).toBe(home)
    expect(networkOf('2001:db8::1:0:0:0:1')).toBe(home)
    expect(networkOf('2001:db8:0:2::1')).not.toBe(home)
    expect(networkOf('::1')).toBe('0:0:0:0::/64')
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(networkOf('2001:db8::')).toBe('2001:db8:0:0::/64')
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
  })
})

describe('Messages of the example backend', () => {
  it('are ten an hour to one address, and two hundred text messages to all together', () => {
    const clock = createManualClock(0)
    const limits = createLimits(clock, false)
    const allow = sendLimiter(limits)
    const ask = (channel: 'email' | 'phone', address: string) =>
      allow({ userId: 'kim', channel, address, kind: 'code', purpose: 'sign_in' })
    for (let each = 0; each < 10; each++) expect(ask('email', 'kim@example.com')).toBe(true)
    expect(ask('email', 'KIM@example.com')).toBe(false)
    for (let each = 0; each < 200; each++) expect(ask('phone', `+49151${each + 100000}`)).toBe(true)
    expect(ask('phone', '+4915100000001')).toBe(false)
    expect(() => takeSend(limits, 'phone', '+4915100000002')).toThrow()
    expect(ask('email', 'sam@example.com')).toBe(true)
    clock.advance(3_600_000)
    expect(ask('phone', '+4915100000001')).toBe(true)
  })

  it('of the library keep to the same limits', async () => {
    const parts = openParts(freshSettings({ databaseFile: ':memory:' }))
    onTestFinished(parts.close)
    const { mfa } = await openMfa(parts, { allowedOrigins: [], verificationUrls: [] })
    for (let each = 0; each < 10; each++) takeSend(parts.limits, 'email', 'kim@example.com')
    const session = { userId: 'kim', sessionId: 'a session of kim' }
    await mfa.sessions.begin(session, { method: 'password' })
    const set = await mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com' })
    expect(set).toMatchObject({ ok: false, reason: 'throttled' })
  })
})

describe('Text that people tell apart', () => {
  it('has no control, bidirectional or zero-width characters', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const good = { userId: 'unique()', email: 'plain@example.com', password }
    for (const unseen of ['\u0000', '\u0007', '\u00ad', '\u200b', '\u202e', '\u2066', '\u2028', '\ufeff', '\ud800']) {
      for (const change of [{ name: `K${unseen}im` }, { email: `k${unseen}im@example.com` }]) {
        const { status, body } = await client.call('POST', '/v1/account', { ...good, ...change })
        expect([change, status, body['type']]).toEqual([change, 400, 'general_argument_invalid'])
      }
    }
    expect((await client.call('POST', '/v1/account', { ...good, name: 'Zoë 金 Ñ' })).status).toBe(201)
  })
})
