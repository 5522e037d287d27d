import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { enabled, kinds } from './enabled.js'

async function prove(test: TestMfa, session: SessionRef, channel: 'email' | 'phone', address: string) {
  const created = await test.mfa.challenges.create(session, { factor: channel })
  return created.ok
    ? test.mfa.challenges.complete(session, { challengeId: created.challenge.id, code: test.outbox.codeTo(address) })
    : created
}

describe('a second proof is another factor over another medium than the first', () => {
  it.each(['email_otp', 'email_link'])(
    'after a sign-in by %s no email factor is offered, challengeable or accepted (X19)',
    async (method) => {
      const test = await enabled({ email: true, phone: true })
      const session = await test.user.signIn({ method })
      const assessment = await test.mfa.sessions.assess(session)
      expect(assessment).toMatchObject({ satisfied: false, next: 'second_factor' })
      expect(kinds(assessment.offers)).toEqual(['phone'])
      expect(await test.mfa.challenges.create(session, { factor: 'email' })).toMatchObject({
        reason: 'same_channel_as_sign_in',
        assessment: { satisfied: false },
      })
    },
  )

  it('likewise phone', async () => {
    const test = await enabled({ email: true, phone: true })
    const session = await test.user.signIn({ method: 'phone_otp' })
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['email'])
    expect(await test.mfa.challenges.create(session, { factor: 'phone' })).toMatchObject({
      reason: 'same_channel_as_sign_in',
    })
  })

  it('a challenge opened before the session proved the same channel is not accepted afterwards', async () => {
    const test = await enabled({ email: true, phone: true })
    const session = await test.user.signIn()
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'email' }))
    unwrap(await test.mfa.sessions.reauthenticate(session, { method: 'email_link' }))
    const code = test.outbox.codeTo(test.user.email as string)
    expect(await test.mfa.challenges.complete(session, { challengeId: challenge.id, code })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(test.events.at(-1)).toMatchObject({ type: 'challenge.failed', detail: 'not_independent' })
  })

  it('an email sign-in plus SMS satisfies standard, at level aal1', async () => {
    const test = await enabled({ email: true, phone: true })
    const session = await test.user.signIn({ method: 'email_link' })
    const done = unwrap(await prove(test, session, 'phone', test.user.phone as string))
    expect(done.assessment).toMatchObject({ satisfied: true, level: 'aal1', amr: ['email', 'sms', 'mca'] })
  })

  it('in the nist profile its category must differ too', async () => {
    const test = await enabled({ phone: true }, { profile: 'nist' })
    const byPasskey = await test.user.signIn({ method: 'passkey' })
    expect(await test.mfa.sessions.assess(byPasskey)).toMatchObject({
      satisfied: false,
      next: 'other_sign_in_method',
      offers: [],
    })
    const byPassword = await test.user.signIn()
    expect(kinds((await test.mfa.sessions.assess(byPassword)).offers)).toEqual(['phone'])
    // One sign-in proof of another category is enough.
    unwrap(await test.mfa.sessions.reauthenticate(byPasskey, { method: 'password' }))
    expect(kinds((await test.mfa.sessions.assess(byPasskey)).offers)).toEqual(['phone'])
  })

  it('an oauth sign-in whose verified email is the email factor’s address has medium email, whatever the case', async () => {
    const test = await enabled({ email: 'kim@example.com', phone: true })
    const same = await test.user.signIn({ method: 'oauth', verified: { email: 'Kim@Example.com' } })
    expect(kinds((await test.mfa.sessions.assess(same)).offers)).toEqual(['phone'])
    const other = await test.user.signIn({ method: 'oauth', verified: { email: 'else@example.com' } })
    expect(kinds((await test.mfa.sessions.assess(other)).offers)).toEqual(['phone', 'email'])
    const marked = await test.user.signIn({ method: 'oauth', channel: 'email' })
    expect(kinds((await test.mfa.sessions.assess(marked)).offers)).toEqual(['phone'])
    const { mfa, user } = await enabled({ totp: true })
    const beside = await user.signIn({ method: 'oauth', verified: { email: 'kim@example.com' } })
    expect(kinds((await mfa.sessions.assess(beside)).offers)).toEqual(['totp'])
  })

  it('a password sign-in stays independent of the address that the host vouches for beside it', async () => {
    const { mfa, user } = await enabled({ email: 'kim@example.com' })
    const session = await user.signIn({ method: 'password', verified: { email: 'kim@example.com' } })
    expect(kinds((await mfa.sessions.assess(session)).offers)).toEqual(['email'])
  })

  it('a host’s own method is federated and must state its channel', async () => {
    const test = await enabled({ email: true })
    const session: SessionRef = { userId: test.user.userId, sessionId: 'own' }
    await expect(test.mfa.sessions.begin(session, { method: 'kerberos' })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    const { assessment } = unwrap(await test.mfa.sessions.begin(session, { method: 'kerberos', channel: 'none' }))
    expect(assessment.proofs[0]).toMatchObject({ name: 'kerberos', category: 'federated' })
    expect(kinds(assessment.offers)).toEqual(['email'])
    const { assessment: mailed } = unwrap(
      await test.mfa.sessions.begin(session, { method: 'mailed_pin', channel: 'email' }),
    )
    expect(mailed).toMatchObject({ next: 'other_sign_in_method', offers: [] })
  })

  it('two host methods never satisfy', async () => {
    const test = await enabled({ totp: true })
    const session = await test.user.signIn({ method: 'password' })
    unwrap(await test.mfa.sessions.reauthenticate(session, { method: 'oauth' }))
    const { assessment } = unwrap(await test.mfa.sessions.reauthenticate(session, { method: 'passkey' }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'second_factor', level: 'aal1' })
  })

  it('a passkey sign-in with userVerified is two categories by itself', async () => {
    const test = await enabled({ totp: true })
    const verified = await test.user.signIn({ method: 'passkey', userVerified: true })
    expect(await test.mfa.sessions.assess(verified)).toMatchObject({
      satisfied: true,
      level: 'aal2',
      amr: ['swk', 'user', 'mfa'],
    })
    const plain = await test.user.signIn({ method: 'passkey' })
    expect(await test.mfa.sessions.assess(plain)).toMatchObject({ satisfied: false, level: 'aal1' })
  })
})

describe('if nothing is left', () => {
  it('the answer is other_sign_in_method, never satisfied and never enroll', async () => {
    const test = await enabled({ email: true })
    const session = await test.user.signIn({ method: 'email_link' })
    expect(await test.mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      next: 'other_sign_in_method',
      missing: [{ what: 'second_factor', why: 'same_channel' }],
    })
    expect(await test.mfa.totp.enroll(session, { accountName: 'kim' })).toMatchObject({
      reason: 'more_factors_required',
    })
  })

  it('except for a user who never opted in, never proved a second factor and has only contacts over the sign-in’s own medium', async () => {
    const test = createTestMfa({ enforcement: { mfa: 'required' } })
    const session = { userId: 'kim', sessionId: 'one' }
    const { assessment } = unwrap(
      await test.mfa.sessions.begin(session, { method: 'email_link', verified: { email: 'kim@example.com' } }),
    )
    expect(assessment).toMatchObject({ satisfied: false, next: 'enroll', enforced: true })
    test.app.scan(unwrap(await test.mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    const confirmed = unwrap(await test.mfa.totp.confirm(session, { code: test.app.freshCode() }))
    expect(confirmed.assessment).toMatchObject({ satisfied: true })
  })

  it('a user who proved a second factor once is not such a user, also after its removal', async () => {
    const rule = { mfa: 'optional' as 'optional' | 'required' }
    const test = createTestMfa({ enforcement: () => rule, policy: { optIn: 'explicit' } })
    const user = await test.givenUser({ email: true, totp: true })
    unwrap(await test.mfa.factors.remove(user.session, { kind: 'totp' }))
    rule.mfa = 'required'
    const session = await user.signIn({ method: 'email_link' })
    expect((await test.mfa.sessions.assess(session)).next).toBe('other_sign_in_method')
  })

  it('when all that remain are locked, recovery codes are offered; without those missing says locked', async () => {
    const test = await enabled({ totp: true, recoveryCodes: true }, { policy: { lockAfterFailures: 1 } })
    const session = await test.user.signIn()
    await test.mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['recovery_code'])

    const bare = await enabled({ totp: true }, { policy: { lockAfterFailures: 1 } })
    const locked = await bare.user.signIn()
    await bare.mfa.challenges.verify(locked, { factor: 'totp', code: '000000' })
    expect(await bare.mfa.sessions.assess(locked)).toMatchObject({
      satisfied: false,
      enforced: true,
      next: 'other_sign_in_method',
      missing: [{ what: 'second_factor', why: 'locked' }],
    })
    expect(await bare.mfa.challenges.create(locked, { factor: 'totp' })).toMatchObject({ reason: 'locked' })
  })

  it('with a locked app beside a contact over the sign-in’s own channel, missing says same_channel: another sign-in helps', async () => {
    const test = await enabled({ email: true, totp: true }, { policy: { lockAfterFailures: 1 } })
    const session = await test.user.signIn({ method: 'email_link' })
    await test.mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    const whys = async () => (await test.mfa.sessions.assess(session)).missing
    expect(await whys()).toEqual([{ what: 'second_factor', why: 'same_channel' }])
    unwrap(await test.mfa.contacts.withdraw({ userId: test.user.userId }, { channel: 'email' }))
    expect(await whys()).toEqual([{ what: 'second_factor', why: 'locked' }])
  })

  it('recovery codes made before any factor are offered, and do not shut the way to enrolling', async () => {
    const test = createTestMfa({ enforcement: { mfa: 'required' } })
    const session = { userId: 'kim', sessionId: 'one' }
    unwrap(await test.mfa.sessions.begin(session, { method: 'email_link', verified: { email: 'kim@example.com' } }))
    const { codes } = unwrap(await test.mfa.recoveryCodes.generate(session))
    expect(await test.mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      next: 'enroll',
      offers: [{ factor: 'recovery_code' }],
    })
    unwrap(await test.mfa.challenges.verify(session, { factor: 'recovery_code', code: codes[0] as string }))
    const later = { userId: 'kim', sessionId: 'two' }
    const { assessment } = unwrap(await test.mfa.sessions.begin(later, { method: 'email_link' }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'enroll' })
  })

  it('a user who opted in once is not such a user, also after switching MFA off again', async () => {
    const rule = { mfa: 'optional' as 'optional' | 'required' }
    const test = createTestMfa({ enforcement: () => rule })
    const user = await test.givenUser({ email: true, enabled: true })
    const session = await user.signIn({ method: 'passkey', userVerified: true })
    unwrap(await test.mfa.disable(session))
    rule.mfa = 'required'
    const byLink = await user.signIn({ method: 'email_link' })
    expect((await test.mfa.sessions.assess(byLink)).next).toBe('other_sign_in_method')
  })

  it('nor is one with a contact over another medium', async () => {
    const test = createTestMfa({ enforcement: { mfa: 'required' } })
    const user = await test.givenUser({ email: true, phone: true })
    unwrap(await test.mfa.contacts.withdraw({ userId: user.userId }, { channel: 'phone' }))
    const byLink = await user.signIn({ method: 'email_link' })
    expect(await test.mfa.sessions.assess(byLink)).toMatchObject({ next: 'other_sign_in_method', offers: [] })
  })

  it('recovery codes are independent of every sign-in', async () => {
    const test = await enabled({ email: true, recoveryCodes: true })
    const session = await test.user.signIn({ method: 'email_link' })
    expect(await test.mfa.sessions.assess(session)).toMatchObject({
      next: 'second_factor',
      offers: [{ factor: 'recovery_code' }],
    })
    const code = test.user.recoveryCodes[0] as string
    const done = unwrap(await test.mfa.challenges.verify(session, { factor: 'recovery_code', code }))
    expect(done.assessment).toMatchObject({ satisfied: true, level: 'aal1', amr: ['email', 'recovery'] })
  })
})

describe('a proof that was independent', () => {
  it('stops counting once the session proves its medium as a first factor', async () => {
    const test = await enabled({ email: true, phone: true })
    const session = await test.user.signIn()
    expect(unwrap(await prove(test, session, 'email', test.user.email as string)).assessment.satisfied).toBe(true)
    const { assessment } = unwrap(await test.mfa.sessions.reauthenticate(session, { method: 'email_otp' }))
    expect(assessment).toMatchObject({ satisfied: false, next: 'second_factor', offers: [{ factor: 'phone' }] })
  })
})
