/** What somebody who had only the password, or only the mailbox, leaves behind for later. */

import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type HostEnforcement, type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { outcomeOf, victimWith } from './scene.js'

const thief: SessionRef = { userId: 'kim', sessionId: 'the thief’s' }
const owner: SessionRef = { userId: 'kim', sessionId: 'the owner’s' }

/** Both know the password of a user without any factor. */
async function beforeMfa(overrides: Parameters<typeof createTestMfa>[0] = {}) {
  const test = createTestMfa(overrides)
  for (const session of [thief, owner]) unwrap(await test.mfa.sessions.begin(session, { method: 'password' }))
  const { codes } = unwrap(await test.mfa.recoveryCodes.generate(thief))
  unwrap(await test.mfa.challenges.verify(thief, { factor: 'recovery_code', code: codes[0] as string }))
  return { ...test, codes }
}

async function addApp({ mfa, clock }: Pick<TestMfa, 'mfa' | 'clock'>, session: SessionRef) {
  const { app } = createTestMfa({ clock })
  app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
  unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
  return app
}

describe('a code from a set that somebody made before MFA was on', () => {
  it('X46: is no second factor in their session once the owner adds the first app, and the owner is warned', async () => {
    const test = await beforeMfa()
    await addApp(test, owner)
    expect(await test.mfa.sessions.assess(thief)).toMatchObject({ satisfied: false, next: 'second_factor' })
    expect(await test.mfa.sessions.assess(owner)).toMatchObject({ satisfied: true })
    expect(test.events.find(({ type }) => type === 'mfa.enabled')).toMatchObject({
      warnings: ['codes_from_another_session'],
    })
  })

  it('X46: nor once the owner switches MFA on', async () => {
    const test = await beforeMfa({ policy: { optIn: 'explicit' } })
    await addApp(test, owner)
    expect(await test.mfa.sessions.assess(thief)).toMatchObject({ enforced: false })
    unwrap(await test.mfa.enable(owner))
    expect(await test.mfa.sessions.assess(thief)).toMatchObject({ satisfied: false, next: 'second_factor' })
  })

  it('X46: nor once the owner has a first factor, where the host demands MFA or the owner had switched it on before', async () => {
    const demanded = await beforeMfa({ enforcement: { mfa: 'required' }, policy: { optIn: 'explicit' } })
    await addApp(demanded, owner)
    expect(await demanded.mfa.sessions.assess(thief)).toMatchObject({ satisfied: false, next: 'second_factor' })
    const early = await beforeMfa({ policy: { optIn: 'explicit' } })
    unwrap(await early.mfa.enable(owner))
    unwrap(await early.mfa.challenges.verify(thief, { factor: 'recovery_code', code: early.codes[1] as string }))
    await addApp(early, owner)
    expect(await early.mfa.sessions.assess(thief)).toMatchObject({ satisfied: false, next: 'second_factor' })
  })

  it('X46: nor once the owner switches MFA on that the host has come to demand', async () => {
    let rule: HostEnforcement = { mfa: 'optional' }
    const test = await beforeMfa({ policy: { optIn: 'explicit' }, enforcement: () => rule })
    await addApp(test, owner)
    rule = { mfa: 'required' }
    unwrap(await test.mfa.enable(owner))
    expect(await test.mfa.sessions.assess(thief)).toMatchObject({ satisfied: false, next: 'second_factor' })
  })

  it('X46: is told to the owner by the confirmation that switches MFA on, and by no other', async () => {
    const { mfa, clock } = await beforeMfa()
    const { app } = createTestMfa({ clock })
    const confirm = async () => {
      app.scan(unwrap(await mfa.totp.enroll(owner, { accountName: 'kim' })).uri)
      return unwrap(await mfa.totp.confirm(owner, { code: app.freshCode() }))
    }
    expect((await confirm()).warnings).toEqual(['codes_from_another_session'])
    expect(Object.keys(await confirm())).not.toContain('warnings')
  })

  it('X23: counts no longer in another session once there are new codes; who made those keeps their own', async () => {
    const { mfa, user } = await victimWith({ totp: true, recoveryCodes: true })
    const [first, second] = [await user.signIn(), await user.signIn()]
    for (const [index, session] of [first, second].entries()) {
      unwrap(
        await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[index] as string }),
      )
      expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true, level: 'aal2' })
    }
    unwrap(await mfa.recoveryCodes.regenerate(second))
    expect(await mfa.sessions.assess(first)).toMatchObject({ satisfied: false, level: 'aal1' })
    expect((await mfa.sessions.assess(first)).proofs.map(({ name }) => name)).toEqual(['password'])
    expect(await mfa.sessions.assess(second)).toMatchObject({ satisfied: true, level: 'aal2' })
  })

  it('X23: ends with the set that goes with the last factor', async () => {
    const { mfa, user, session } = await victimWith({ totp: true, recoveryCodes: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    const own = await user.signIn()
    unwrap(await mfa.challenges.verify(own, { factor: 'totp', code: user.app.freshCode() }))
    unwrap(await mfa.factors.remove(own, { kind: 'totp' }))
    expect((await mfa.sessions.assess(session)).proofs.map(({ name }) => name)).toEqual(['password'])
  })
})

describe('an app that somebody added before MFA was on', () => {
  it('X10: is named when the owner switches MFA on; the owner’s own is not', async () => {
    const test = createTestMfa({ policy: { optIn: 'explicit' } })
    for (const session of [thief, owner]) unwrap(await test.mfa.sessions.begin(session, { method: 'password' }))
    await addApp(test, owner)
    expect(unwrap(await test.mfa.enable(owner)).warnings).toEqual(['no_recovery_codes'])
    unwrap(await test.mfa.disable(owner))
    await addApp(test, thief)
    test.clock.advance(1000)
    expect(unwrap(await test.mfa.enable(owner)).warnings).toEqual(['no_recovery_codes', 'app_from_another_session'])
  })
})

describe('a password that was reset over the mailbox', () => {
  const reset = async () => {
    const test = await victimWith({ totp: true, email: true, recoveryCodes: true })
    unwrap(await test.mfa.credentials.changed(test.ref, { via: 'email' }))
    const other: SessionRef = { ...test.ref, sessionId: 'by another method' }
    unwrap(await test.mfa.sessions.begin(other, { method: 'oauth', provider: 'acme' }))
    return { ...test, other }
  }

  it.each(['totp', 'recovery_code'] as const)(
    'X19: proves the mailbox only, also after its owner proved %s in a session that never used it',
    async (factor) => {
      const { mfa, user, other } = await reset()
      const code = factor === 'totp' ? user.app.freshCode() : (user.recoveryCodes[0] as string)
      unwrap(await mfa.challenges.verify(other, { factor, code }))
      const byPassword = await user.signIn()
      expect(outcomeOf(await mfa.challenges.create(byPassword, { factor: 'email' }))).toBe('same_channel_as_sign_in')
    },
  )

  it('X19: proves no more by being reset once more, from the session it opened: that one signs in again', async () => {
    const { mfa, user, ref, outbox } = await reset()
    const first = await user.signIn()
    expect(outcomeOf(await mfa.challenges.create(first, { factor: 'email' }))).toBe('same_channel_as_sign_in')
    unwrap(await mfa.credentials.changed(ref, { via: 'email', except: first.sessionId }))
    expect(await mfa.sessions.assess(first)).toMatchObject({ satisfied: false, next: 'sign_in' })
    const again = await user.signIn()
    expect(outcomeOf(await mfa.challenges.create(again, { factor: 'email' }))).toBe('same_channel_as_sign_in')
    expect(outbox.messages.filter(({ kind }) => kind === 'code')).toEqual([])
  })

  it('X19: leaves the session that changed it from within, by a code to the mailbox, as it signed in', async () => {
    const { mfa, ref, user, clock } = await victimWith({ totp: true, email: true })
    const own = await user.signIn()
    clock.advance(1000)
    unwrap(await mfa.credentials.changed(ref, { via: 'email', except: own.sessionId }))
    unwrap(await mfa.credentials.changed(ref, { via: 'email', except: own.sessionId }))
    expect(outcomeOf(await mfa.challenges.create(own, { factor: 'email' }))).toBe('ok')
  })

  it('counts as a password again once the app was proven beside it', async () => {
    const { mfa, user } = await reset()
    unwrap(await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: user.app.freshCode() }))
    expect(outcomeOf(await mfa.challenges.create(await user.signIn(), { factor: 'email' }))).toBe('ok')
  })
})

describe('an address that the host withdrew', () => {
  it('X11: does not come back by a link that was on its way there; another address does', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email: 'lost@example.com' })
    const ref = { userId: user.userId }
    const ask = (address: string) =>
      mfa.contacts.set(user.session, { channel: 'email', address, url: 'https://acme.example/verify' })
    unwrap(await ask('Lost@example.com'))
    const { secret } = outbox.linkTo('Lost@example.com')
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    expect(outcomeOf(await mfa.contacts.confirm(ref, { channel: 'email', code: secret }))).toBe('invalid_code')
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'next@example.com' }))
    unwrap(await ask('other@example.com'))
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    unwrap(await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo('other@example.com').secret }))
  })

  it.each(['replaced', 'removed'] as const)('X11: nor does one that was %s', async (how) => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email: 'old@example.com' })
    const ref = { userId: user.userId }
    const url = 'https://acme.example/verify'
    unwrap(await mfa.contacts.set(user.session, { channel: 'email', address: 'old@example.com', url }))
    const { secret } = outbox.linkTo('old@example.com')
    if (how === 'replaced') unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'new@example.com' }))
    else unwrap(await mfa.contacts.remove(user.session, { channel: 'email' }))
    expect(outcomeOf(await mfa.contacts.confirm(ref, { channel: 'email', code: secret }))).toBe('invalid_code')
  })

  it('whose lock support lifted meanwhile is not locked when it is attested again', async () => {
    const { mfa, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ email: 'a@example.com', enabled: true })
    const ref = { userId: user.userId }
    const session = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    unwrap(await mfa.admin.unlock(ref, { actor: 'support', reason: 'asked' }))
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'a@example.com' }))
    expect(outcomeOf(await mfa.challenges.create(session, { factor: 'email' }))).toBe('ok')
  })
})
