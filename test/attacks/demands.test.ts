/** What standards ask and no single attack shows. The ids are the rows of docs/security-matrix.md. */

import { createTestMfa } from '@countersign/adapters/testing'
import { type Method, type NoticeName, renderMessage, toClaims, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { minute, outcomeOf, second, victimWith, wrongOf } from './scene.js'

describe('what standards ask', () => {
  it('M04: a code is good until its last millisecond, and no resend moves the end of its challenge', async () => {
    const { mfa, clock, session, outbox, user, send } = await victimWith({ email: true, totp: true })
    const { challengeId } = await send('email')
    const endsAtMs = clock.nowMs() + 10 * minute
    clock.advance(9 * minute)
    const { challenge } = unwrap(await mfa.challenges.resend(session, { challengeId }))
    expect(challenge.expiresAtMs).toBe(endsAtMs)
    const code = outbox.codeTo(user.email as string)
    const other = await user.signIn()
    const theirs = await send('email', other)
    clock.set(endsAtMs)
    expect(outcomeOf(await mfa.challenges.complete(session, { challengeId, code }))).toBe('invalid_code')
    clock.set(endsAtMs + 9 * minute - 1)
    expect(outcomeOf(await mfa.challenges.complete(other, theirs))).toBe('ok')
    expect(() => createTestMfa({ policy: { emailCodeLifetimeMs: 10 * minute + 1 } })).toThrow(/emailCodeLifetimeMs/)
  })

  it('M09: a right code of one kind leaves the failures of another', async () => {
    const { mfa, session, user, send, inspect, prove } = await victimWith()
    const { challengeId, code } = await send('phone')
    await mfa.challenges.complete(session, { challengeId, code: wrongOf(code) })
    await mfa.challenges.verify(session, { factor: 'totp', code: wrongOf(user.app.freshCode()) })
    await prove('totp')
    expect((await inspect()).throttles).toMatchObject({ phone: { failures: 1 } })
    expect((await inspect()).throttles.totp).toBeUndefined()
  })

  it('M13: secrets and codes below the floors are refused by the constructor', () => {
    expect(() => createTestMfa({ policy: { totpSecretBytes: 15 } })).toThrow(/totpSecretBytes/)
    expect(() => createTestMfa({ policy: { codeDigits: 5 } })).toThrow(/codeDigits/)
    expect(() => createTestMfa({ policy: { lockAfterFailures: 101 } })).toThrow(/lockAfterFailures/)
    expect(() => createTestMfa({ keys: [{ id: 'k', secret: 'c2hvcnQ' }] })).toThrow(/keys/)
  })

  it('M23: every change tells all other addresses, once, without a code in it', async () => {
    const { mfa, user, session, prove, outbox, ref } = await victimWith()
    const told = (notice: NoticeName) =>
      outbox.notices.filter((message) => message.notice === notice).map(({ channel }) => channel)
    await prove('recovery_code')
    expect(told('recovery_code_used').sort()).toEqual(['email', 'phone'])
    await prove('totp')
    unwrap(await mfa.recoveryCodes.regenerate(session))
    expect(told('recovery_codes_generated').sort()).toEqual(['email', 'phone'])
    unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    expect(told('factor_removed').sort()).toEqual(['email', 'phone'])
    unwrap(await mfa.credentials.changed(ref, { via: 'session' }))
    expect(told('credentials_changed').sort()).toEqual(['email', 'phone'])
    const text = JSON.stringify(outbox.notices)
    for (const secret of [...user.recoveryCodes, session.sessionId]) expect(text).not.toContain(secret)
  })

  it('M26: SMS is offered after the app, before email, and recovery last', async () => {
    const { mfa, session } = await victimWith()
    const { offers } = await mfa.sessions.assess(session)
    expect(offers.map(({ factor }) => factor)).toEqual(['totp', 'phone', 'email', 'recovery_code'])
  })

  it('M27: in the nist profile email is no factor, and no option makes it one', async () => {
    const { mfa, session, user } = await victimWith({ email: true, totp: true }, { profile: 'nist' })
    expect(await mfa.challenges.create(session, { factor: 'email' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'disabled',
    })
    expect((await mfa.sessions.assess(await user.signIn())).offers.map(({ factor }) => factor)).toEqual(['totp'])
    expect(() => createTestMfa({ profile: 'nist', policy: { factors: ['totp', 'email'] } })).toThrow(/factors/)
  })

  it('M30: the level comes from what was proven, whatever was demanded', async () => {
    const acr = async (method: Method, factor?: 'totp' | 'phone' | 'email' | 'recovery_code') => {
      const { mfa, user, prove } = await victimWith()
      const session = await user.signIn({ method, ...(method === 'partner' && { channel: 'none' as const }) })
      if (factor) await prove(factor, session)
      return toClaims(await mfa.sessions.assess(session)).acr.replace('urn:countersign:', '')
    }
    expect(await acr('password')).toBe('aal1')
    expect(await acr('password', 'totp')).toBe('aal2')
    expect(await acr('password', 'phone')).toBe('aal2')
    expect(await acr('password', 'email')).toBe('aal1')
    expect(await acr('password', 'recovery_code')).toBe('aal2')
    expect(await acr('email_link', 'totp')).toBe('aal1')
    expect(await acr('email_link', 'phone')).toBe('aal1')
  })

  it('M32: a proof satisfies a demanded age up to its last millisecond, and no password renews it', async () => {
    const { mfa, clock, session, prove } = await victimWith({ totp: true })
    await prove('totp')
    const isFresh = async () => (await mfa.sessions.assess(session, { anyOf: ['totp'], maxAgeMs: minute })).satisfied
    clock.advance(minute)
    expect(await isFresh()).toBe(true)
    clock.advance(1)
    expect(await isFresh()).toBe(false)
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect(await isFresh()).toBe(false)
    await prove('totp')
    expect(await isFresh()).toBe(true)
  })

  it('M36: the last line of an SMS binds its code to the host that asks for it', async () => {
    const { outbox, send, clock } = await victimWith({ phone: true, totp: true })
    clock.advance(second)
    const { code } = await send('phone')
    const message = outbox.messages.find(({ kind }) => kind === 'code')
    const { text } = renderMessage(message as NonNullable<typeof message>, { host: 'acme.example' })
    expect(text.split('\n').at(-1)).toBe(`@acme.example #${code}`)
  })
})
