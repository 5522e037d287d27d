import { createMemoryStore } from '@countersign/adapters/memory'
import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anotherServer, interleaved, minute, outcomeOf, victimWith } from './scene.js'

const codes = ({ messages }: { messages: readonly { kind: string }[] }): number =>
  messages.filter(({ kind }) => kind === 'code').length

describe('the channels that codes travel over', () => {
  it('X17: nothing is approved by a tap: a challenge is completed by the code alone', async () => {
    const { mfa, session, send } = await victimWith()
    const { challengeId } = await send('phone')
    const approvals = [true, 1, undefined, null, { approved: true }]
    for (const code of approvals) {
      const approval = mfa.challenges.complete(session, { challengeId, code: code as unknown as string })
      await expect(approval).rejects.toMatchObject({ code: 'invalid_argument' })
    }
    for (const code of ['', 'yes', 'true', 'approve']) {
      expect(outcomeOf(await mfa.challenges.complete(session, { challengeId, code }))).toBe('invalid_code')
    }
    expect((await mfa.sessions.assess(session)).satisfied).toBe(false)
  })

  it('X17: sixty parallel sign-ins an hour make the phone ring five times an hour, ten times a day', async () => {
    const { mfa, clock, user, outbox } = await victimWith({ phone: true, totp: true }, { policy: { maxSessions: 100 } })
    const ring = async () => {
      const sessions: SessionRef[] = []
      for (let index = 0; index < 60; index++) sessions.push(await user.signIn())
      await Promise.all(sessions.map((session) => mfa.challenges.create(session, { factor: 'phone' })))
    }
    const rung: number[] = []
    for (let hour = 0; hour < 4; hour++) {
      await ring()
      rung.push(codes(outbox))
      clock.advance(60 * minute)
    }
    expect(rung).toEqual([5, 10, 10, 10])
  })

  it('X17: however the store interleaves, double clicks on many servers send one code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const store = createMemoryStore()
        const test = await victimWith({ phone: true, totp: true }, { store })
        const servers = Array.from({ length: 4 }, () => anotherServer(test, interleaved(store, scheduler)))
        const clicks = servers.map((mfa) => mfa.challenges.create(test.session, { factor: 'phone' }))
        const answers = await scheduler.waitFor(Promise.all(clicks))
        expect(codes(test.outbox)).toBe(1)
        expect(new Set(answers.map((answer) => unwrap(answer).challenge.id)).size).toBe(1)
      }),
      { numRuns: 10 },
    )
  })

  it('X18: a changed number voids what was sent to the old one, and the old one is told', async () => {
    const { mfa, session, user, send, prove, outbox } = await victimWith({ phone: true, totp: true })
    const swapped = await user.signIn()
    const stolen = await send('phone', swapped)
    await prove('totp')
    unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+4915177777777' }))
    unwrap(await mfa.contacts.confirm(session, { channel: 'phone', code: outbox.codeTo('+4915177777777') }))
    expect(outcomeOf(await mfa.challenges.complete(swapped, stolen))).toBe('invalid_code')
    expect(outbox.notices.filter(({ notice }) => notice === 'contact_changed').map(({ address }) => address)).toContain(
      user.phone,
    )
    outbox.clear()
    unwrap(await mfa.challenges.create(await user.signIn(), { factor: 'phone' }))
    expect(outbox.messages.map(({ address }) => address)).toEqual(['+4915177777777'])
  })

  it('X18: whoever took over the number asks the host’s limiter before each code', async () => {
    const asked: string[] = []
    const allowSend = ({ channel }: { channel: string }) => {
      asked.push(channel)
      return false
    }
    const { mfa, session, outbox } = await victimWith({ phone: true, totp: true }, { allowSend })
    expect(outcomeOf(await mfa.challenges.create(session, { factor: 'phone' }))).toBe('throttled')
    expect([asked, codes(outbox)]).toEqual([['phone'], 0])
  })

  it('X18: SMS alone never removes the app nor disables MFA, also by way of an app added with it', async () => {
    const { mfa, session, user, prove, clock } = await victimWith({ phone: true, totp: true })
    await prove('phone')
    expect(outcomeOf(await mfa.factors.remove(session, { kind: 'totp' }))).toBe('fresh_proof_required')
    expect(outcomeOf(await mfa.disable(session))).toBe('fresh_proof_required')
    const theirs = createAuthenticatorApp(clock)
    theirs.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'mallory' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: theirs.freshCode() }))
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: theirs.freshCode() }))
    const ids = unwrap(await mfa.factors.list(session)).items.filter(({ kind }) => kind === 'totp')
    const tries = await Promise.all([
      mfa.factors.remove(session, { kind: 'totp' }),
      mfa.factors.remove(session, { factorId: ids[0]?.id as string }),
      mfa.disable(session),
    ])
    expect(tries.map(outcomeOf)).toEqual(Array(3).fill('fresh_proof_required'))
    const code = user.app.freshCode()
    expect(outcomeOf(await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code }))).toBe('ok')
  })

  it('X19: with the mailbox alone, a reset password and an email code do not sign in', async () => {
    const { mfa, user, ref, session, send } = await victimWith({ email: true, phone: true, totp: true })
    const sentBefore = await send('email')
    unwrap(await mfa.credentials.changed(ref, { via: 'email', except: session.sessionId }))
    expect(outcomeOf(await mfa.challenges.complete(session, sentBefore))).toBe('invalid_code')
    const attacker = await user.signIn()
    const assessment = await mfa.sessions.assess(attacker)
    expect(assessment.offers.map(({ factor }) => factor)).not.toContain('email')
    const created = await mfa.challenges.create(attacker, { factor: 'email' })
    expect(outcomeOf(created)).toBe('same_channel_as_sign_in')
    // Nor by a link, a code or an identity provider over the same mailbox.
    for (const method of ['email_otp', 'email_link'] as const) {
      const byMail = await user.signIn({ method })
      expect(outcomeOf(await mfa.challenges.create(byMail, { factor: 'email' }))).toBe('same_channel_as_sign_in')
    }
    const byProvider = await user.signIn({ method: 'oauth', channel: 'email' })
    expect(outcomeOf(await mfa.challenges.create(byProvider, { factor: 'email' }))).toBe('same_channel_as_sign_in')
  })

  it('X19: a user with only an email factor is not let in by the mailbox that reset the password', async () => {
    const { mfa, user, ref } = await victimWith({ email: true, enabled: true })
    unwrap(await mfa.credentials.changed(ref, { via: 'email' }))
    const attacker = await user.signIn()
    expect(await mfa.sessions.assess(attacker)).toMatchObject({ satisfied: false, next: 'other_sign_in_method' })
    expect(outcomeOf(await mfa.totp.enroll(attacker, { accountName: 'mallory' }))).toBe('more_factors_required')
  })

  it('X40: new numbers and resends all draw on one budget, and no more than three numbers a day are tried', async () => {
    const { mfa, clock, session, outbox } = await victimWith({})
    const numbers = Array.from({ length: 12 }, (_, index) => `+8816000000${10 + index}`)
    const outcomes: string[] = []
    for (const address of numbers) {
      outcomes.push(outcomeOf(await mfa.contacts.set(session, { channel: 'phone', address })))
      clock.advance(minute)
      outcomes.push(outcomeOf(await mfa.contacts.sendVerification(session, { channel: 'phone' })))
      unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    }
    expect(codes(outbox)).toBe(5)
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(5)
    expect(new Set(outbox.messages.map(({ address }) => address)).size).toBeLessThanOrEqual(3)
  })

  it('X40: the host’s limiter hears channel, address and tenant of each message before anything is sent', async () => {
    const asked: unknown[] = []
    const { mfa, session, outbox } = await victimWith(
      { tenantId: 'acme' },
      {
        allowSend: (request) => {
          asked.push(request)
          return !request.address.startsWith('+881')
        },
      },
    )
    const premium = await mfa.contacts.set(session, { channel: 'phone', address: '+881600000010' })
    expect(outcomeOf(premium)).toBe('throttled')
    expect(codes(outbox)).toBe(0)
    unwrap(await mfa.contacts.set(session, { channel: 'phone', address: '+4915177777777' }))
    expect(asked).toMatchObject([
      { channel: 'phone', address: '+881600000010', tenantId: 'acme' },
      { channel: 'phone', address: '+4915177777777', tenantId: 'acme' },
    ])
  })
})
