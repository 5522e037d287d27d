import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import type { PendingContact } from '../../packages/core/src/record/record.js'
import { keys, recordIn } from '../record/parts.js'
import { happenedIn } from './happened.js'

const kim = { userId: 'kim' }
const session: SessionRef = { ...kim, sessionId: 'one' }
const minute = 60_000

async function signedIn(options: Parameters<typeof createTestMfa>[0] = {}) {
  const test = createTestMfa(options)
  unwrap(await test.mfa.sessions.begin(session, { method: 'password' }))
  test.events.length = 0
  const happened = happenedIn(test.events)
  return { ...test, happened }
}

const wrongOf = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
const emailOf = async ({ mfa }: TestMfa, address: string, url?: string) =>
  unwrap(await mfa.contacts.set(session, { channel: 'email', address, ...(url !== undefined && { url }) }))

describe('events of contacts', () => {
  it('a set, a wrong, an old and the right code: pending, failed with its reason, confirmed', async () => {
    const test = await signedIn()
    const { mfa, outbox, clock, happened } = test
    const { factorId } = await emailOf(test, 'kim@example.com')
    expect(happened()).toEqual([{ type: 'factor.pending', factor: 'email', factorId }])
    const confirm = (code: string) => mfa.contacts.confirm(session, { channel: 'email', code })
    const failed = (detail: string) => [{ type: 'contact.confirm_failed', factor: 'email', detail }]
    expect((await confirm(wrongOf(outbox.codeTo('kim@example.com')))).ok).toBe(false)
    expect(happened()).toEqual(failed('wrong'))
    expect(await confirm('12')).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual(failed('malformed'))
    expect(await confirm('A'.repeat(22))).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual(failed('unknown_challenge'))
    expect(await mfa.contacts.confirm(kim, { channel: 'email', code: '123456' })).toMatchObject({ ok: false })
    expect(happened()).toEqual(failed('unknown_challenge'))
    clock.advance(minute)
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email' }))
    expect(happened()).toEqual([])
    unwrap(await confirm(outbox.codeTo('kim@example.com')))
    expect(happened()).toEqual([{ type: 'factor.confirmed', factor: 'email', factorId }])
    expect(await confirm('123456')).toMatchObject({ ok: false })
    expect(happened()).toEqual(failed('unknown_challenge'))
  })

  it('a code after its minutes, where the address waits for longer: failed as expired', async () => {
    const { mfa, outbox, clock, happened } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com', send: false }))
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email' }))
    clock.advance(10 * minute)
    happened()
    const confirmed = await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo('kim@example.com') })
    expect(confirmed).toMatchObject({ reason: 'invalid_code' })
    expect(happened()).toEqual([{ type: 'contact.confirm_failed', factor: 'email', detail: 'expired' }])
  })

  it('a link after its hour: failed as expired', async () => {
    const test = await signedIn()
    const { mfa, outbox, clock, happened } = test
    await emailOf(test, 'kim@example.com', 'https://acme.example/verify')
    const { secret } = outbox.linkTo('kim@example.com')
    clock.advance(60 * minute)
    happened()
    expect(await mfa.contacts.confirm(kim, { channel: 'email', code: secret })).toMatchObject({ ok: false })
    expect(happened()).toEqual([{ type: 'contact.confirm_failed', factor: 'email', detail: 'expired' }])
  })

  it('another address: confirmed and changed, under the new factor’s id', async () => {
    const test = await signedIn({ policy: { optIn: 'explicit' } })
    const { mfa, outbox, happened } = test
    unwrap(await mfa.contacts.attest(kim, { channel: 'email', address: 'kim@example.com' }))
    happened()
    const { factorId } = await emailOf(test, 'new@example.com')
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo('new@example.com') }))
    expect(happened()).toEqual([
      { type: 'factor.pending', factor: 'email', factorId },
      { type: 'factor.confirmed', factor: 'email', factorId },
      { type: 'contact.changed', channel: 'email', factorId },
    ])
  })

  it('one only remembered, for a message later: pending', async () => {
    const { mfa, happened } = await signedIn()
    const input = { channel: 'phone', address: '+447700900123', send: false } as const
    const { factorId } = unwrap(await mfa.contacts.set(session, input))
    expect(happened()).toEqual([{ type: 'factor.pending', factor: 'phone', factorId }])
  })

  it('attested, again, another, withdrawn, again: each told once', async () => {
    const { mfa, happened } = await signedIn()
    const attest = async (address: string) => unwrap(await mfa.contacts.attest(kim, { channel: 'email', address }))
    const first = await attest('kim@example.com')
    expect(happened()).toEqual([{ type: 'contact.attested', channel: 'email', factorId: first.factorId }])
    await attest('kim@example.com')
    expect(happened()).toEqual([])
    const second = await attest('new@example.com')
    expect(happened()).toEqual([
      { type: 'contact.attested', channel: 'email', factorId: second.factorId },
      { type: 'contact.changed', channel: 'email', factorId: second.factorId },
    ])
    const withdrawn = { type: 'contact.withdrawn', channel: 'email', factorId: second.factorId }
    unwrap(await mfa.contacts.withdraw(kim, { channel: 'email' }))
    expect(happened()).toEqual([withdrawn])
    unwrap(await mfa.contacts.withdraw(kim, { channel: 'email' }))
    expect(happened()).toEqual([])
  })

  it('a send too many: exhausted, and nothing pending', async () => {
    const test = await signedIn({ policy: { sendsPerHour: 1 } })
    const { mfa, clock, happened } = test
    await emailOf(test, 'kim@example.com')
    clock.advance(2 * minute)
    happened()
    expect(await mfa.contacts.sendVerification(session, { channel: 'email' })).toMatchObject({ reason: 'throttled' })
    expect(happened()).toEqual([{ type: 'sends.exhausted', channel: 'email' }])
    expect(await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com' })).toMatchObject({
      ok: false,
    })
    expect(happened()).toEqual([{ type: 'sends.exhausted', channel: 'email' }])
  })
})

describe('what is stored of a code and a link', () => {
  const digestOf = (...fields: readonly string[]): string =>
    Buffer.from((keys.mac('test', 'code', ...fields) as Uint8Array).subarray(0, 16)).toString('base64url')

  it('is a digest over its use, owner, session, id, channel and address: databases hold it', async () => {
    const test = await signedIn()
    const { outbox, store } = test
    await emailOf(test, 'kim@example.com')
    const [byCode] = (await recordIn(store, '0:kim')).pending as readonly [PendingContact]
    const { startedBy, id } = byCode
    const code = outbox.codeTo('kim@example.com')
    const fields = ['mfa/contact-code/v1', '0:kim', startedBy, id, 'email', 'kim@example.com', code]
    expect(byCode.code?.digest).toBe(digestOf(...fields))

    await emailOf(test, 'new@example.com', 'https://acme.example/verify')
    const [byLink] = (await recordIn(store, '0:kim')).pending as readonly [PendingContact]
    const { secret } = outbox.linkTo('new@example.com')
    expect(byLink.link?.digest).toBe(digestOf('mfa/contact-link/v1', '0:kim', 'email', secret))
  })
})
