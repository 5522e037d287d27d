import { createTestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { initialRecord, type LedgerEntry, type MfaRecord } from '../../packages/core/src/record/record.js'
import { isAsStrongAsApp } from '../../packages/core/src/session/strength.js'

/** A victim with an authenticator app and an email factor; the attacker has the password and the mailbox. */
async function mailboxThief(options: Parameters<typeof createTestMfa>[0] = {}) {
  const test = createTestMfa(options)
  const victim = await test.givenUser({ email: true, totp: true, recoveryCodes: true })
  const session = await victim.signIn()
  const proveEmail = async (at: SessionRef = session) => {
    test.clock.advance(61_000)
    const { challenge } = unwrap(await test.mfa.challenges.create(at, { factor: 'email' }))
    const code = test.outbox.codeTo(victim.email as string)
    return unwrap(await test.mfa.challenges.complete(at, { challengeId: challenge.id, code }))
  }
  await proveEmail()
  const attempts = async () =>
    [await test.mfa.factors.remove(session, { kind: 'totp' }), await test.mfa.disable(session)].map((answer) =>
      answer.ok ? 'ok' : answer.reason,
    )
  return { ...test, victim, session, proveEmail, attempts }
}

const refused = ['fresh_proof_required', 'fresh_proof_required']

describe('the mailbox alone never takes the app away (X18, X20)', () => {
  it('not directly', async () => {
    const { attempts } = await mailboxThief()
    expect(await attempts()).toEqual(refused)
  })

  it('not by making new recovery codes and using one', async () => {
    const { mfa, session, attempts } = await mailboxThief()
    const { codes } = unwrap(await mfa.recoveryCodes.regenerate(session))
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: codes[0] as string }))
    expect(await attempts()).toEqual(refused)
  })

  it('not by adding an app and proving that', async () => {
    const { mfa, clock, session, attempts } = await mailboxThief()
    const { app } = createTestMfa({ clock })
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'x' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    expect(await attempts()).toEqual(refused)
  })

  it('not by locking the app first', async () => {
    const { mfa, session, proveEmail, attempts } = await mailboxThief({ policy: { lockAfterFailures: 1 } })
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await proveEmail()
    expect(await attempts()).toEqual(refused)
    const removed = await mfa.contacts.remove(session, { channel: 'email' })
    expect(removed).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('not by crowding a locked app out', async () => {
    const policy = { lockAfterFailures: 1, maxTotpFactors: 1 }
    const { mfa, session, proveEmail } = await mailboxThief({ policy })
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    await proveEmail()
    expect(await mfa.totp.enroll(session, { accountName: 'x' })).toMatchObject({ reason: 'too_many_factors' })
  })

  it('also where the mailbox had added the first app: what it adds later does not manage that one', async () => {
    const { mfa, clock, outbox, app, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, enabled: true })
    const addApp = async () => {
      clock.advance(61_000)
      const session = await user.signIn()
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      const code = outbox.codeTo(user.email as string)
      unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code }))
      app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
      const { factorId } = unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
      unwrap(await mfa.challenges.verify(session, { factor: 'totp', factorId, code: app.freshCode() }))
      return { session, factorId }
    }
    const first = await addApp()
    const later = await addApp()
    const remove = { factorId: first.factorId }
    expect(await mfa.factors.remove(later.session, remove)).toMatchObject({ reason: 'fresh_proof_required' })
    expect((await mfa.factors.remove(first.session, { factorId: later.factorId })).ok).toBe(true)
  })

  it('while the owner’s own codes, and what they add, do', async () => {
    const { mfa, clock, victim } = await mailboxThief()
    const session = await victim.signIn()
    const code = victim.recoveryCodes[0] as string
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code }))
    const { app } = createTestMfa({ clock })
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'new' })).uri)
    const { factorId } = unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', factorId, code: app.freshCode() }))
    expect((await mfa.disable(session)).ok).toBe(true)
  })
})

describe('what a contact is worth (X19)', () => {
  it('an address of a kind the policy does not know earns no credit', async () => {
    const { mfa, outbox, givenUser } = createTestMfa({ policy: { factors: ['totp'] } })
    const user = await givenUser()
    const thief = await user.signIn()
    unwrap(await mfa.contacts.set(thief, { channel: 'phone', address: '+4915112345678' }))
    unwrap(await mfa.contacts.confirm(thief, { channel: 'phone', code: outbox.codeTo('+4915112345678') }))
    user.app.scan(unwrap(await mfa.totp.enroll(user.session, { accountName: 'x' })).uri)
    unwrap(await mfa.totp.confirm(user.session, { code: user.app.freshCode() }))
    expect(await mfa.sessions.assess(thief)).toMatchObject({ satisfied: false, level: 'aal1' })
  })

  it('a lock is not lost by withdrawing and attesting, nor by attesting another address in between', async () => {
    const { mfa, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ email: 'a@example.com', enabled: true })
    const ref = { userId: user.userId }
    const session = await user.signIn()
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
    await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    unwrap(await mfa.contacts.withdraw(ref, { channel: 'email' }))
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'a@example.com' }))
    expect(await mfa.challenges.create(session, { factor: 'email' })).toMatchObject({ reason: 'locked' })
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'b@example.com' }))
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: 'a@example.com' }))
    expect(await mfa.challenges.create(session, { factor: 'email' })).toMatchObject({ reason: 'locked' })
  })

  it('a link that another session had sent is void after endOthers', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const user = await givenUser()
    const thief = await user.signIn()
    unwrap(await mfa.contacts.set(thief, { channel: 'email', address: 'thief@example.com', url: 'https://a.example/' }))
    unwrap(await mfa.sessions.endOthers(user.session))
    const { secret } = outbox.linkTo('thief@example.com')
    expect(await mfa.contacts.confirm({ userId: user.userId }, { channel: 'email', code: secret })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('a weaker proof never freshens a level, also where it is named', async () => {
    const { mfa, clock, session, victim, proveEmail } = await mailboxThief()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: victim.app.freshCode() }))
    clock.advance(8 * 3_600_000)
    await proveEmail()
    const requirement = { level: 'aal2', anyOf: ['totp', 'email'], maxAgeMs: 300_000 } as const
    expect(await mfa.sessions.assess(session, requirement)).toMatchObject({
      satisfied: false,
      offers: [{ factor: 'totp' }],
    })
  })
})

describe('what is as strong as an app', () => {
  const app = (id: string, addedByWeaker?: true) => ({ id, kind: 'totp', ...(addedByWeaker && { addedByWeaker }) })
  const phone = { id: 'phone', kind: 'phone' }
  const [own, weak] = [app('own'), app('weak', true)]
  const signIn = (name: string, userVerified?: true) => ({
    name,
    origin: 'sign_in',
    ...(userVerified && { userVerified }),
  })
  const proof = (name: string, more: object = {}) => ({ name, origin: 'challenge', ...more })

  it.each<[string, object, readonly object[], boolean]>([
    ['a user-verified passkey is', signIn('passkey', true), [own], true],
    ['a passkey that verified nobody is not', signIn('passkey'), [own], false],
    ['nothing else that claims user verification is', signIn('oauth', true), [own], false],
    ['the app is', proof('totp', { factorId: 'own' }), [own, weak], true],
    ['an app added beside it by a weaker proof is not', proof('totp', { factorId: 'weak' }), [own, weak], false],
    ['such an app is, where there is no other', proof('totp', { factorId: 'weak' }), [weak, phone], true],
    ['an app that is gone is not', proof('totp', { factorId: 'gone' }), [weak], false],
    ['no other factor is', proof('phone', { factorId: 'phone' }), [own, phone], false],
    ['no other factor is, also where no app is protected', proof('phone', { factorId: 'phone' }), [weak, phone], false],
    ['a proof of no factor is not', proof('totp'), [weak], false],
    ['a recovery code is', proof('recovery_code'), [own, weak], true],
    ['a code made by a weaker proof is not', proof('recovery_code', { byWeaker: true }), [own, weak], false],
    ['such a code is, where no app is protected', proof('recovery_code', { byWeaker: true }), [weak, phone], true],
  ])('%s', (_, entry, factors, expected) => {
    const record = { ...initialRecord(), factors } as unknown as MfaRecord
    expect(isAsStrongAsApp(entry as LedgerEntry, record)).toBe(expected)
  })
})
