import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { enabled, kinds } from './enabled.js'

describe('independence in the nist profile', () => {
  it.each([
    ['password', 'totp', 'aal2'],
    ['oauth', 'totp', 'aal2'],
  ])('a sign-in by %s and %s are two categories, level %s', async (method, _, level) => {
    const test = await enabled({ totp: true }, { profile: 'nist' })
    const session = await test.user.signIn({ method })
    const done = unwrap(await test.mfa.challenges.verify(session, { factor: 'totp', code: test.app.freshCode() }))
    expect(done.assessment).toMatchObject({ satisfied: true, level })
  })

  it.each(['email_link', 'email_otp', 'phone_otp', 'passkey'])(
    'a sign-in by %s and an authenticator app are one category: not offered, challengeable or accepted',
    async (method) => {
      const nist = await enabled({ totp: true }, { profile: 'nist' })
      const session = await nist.user.signIn({ method })
      expect(await nist.mfa.sessions.assess(session)).toMatchObject({ next: 'other_sign_in_method', offers: [] })
      const refused = { ok: false, reason: 'same_channel_as_sign_in', assessment: { satisfied: false } }
      expect(await nist.mfa.challenges.create(session, { factor: 'totp' })).toMatchObject(refused)
      const code = nist.app.freshCode()
      expect(await nist.mfa.challenges.verify(session, { factor: 'totp', code })).toMatchObject(refused)

      const standard = await enabled({ totp: true })
      const accepted = await standard.user.signIn({ method })
      expect(kinds((await standard.mfa.sessions.assess(accepted)).offers)).toEqual(['totp'])
    },
  )

  it('email is no factor at all: an attested address is neither offered nor challengeable', async () => {
    const test = await enabled({ email: true, totp: true }, { profile: 'nist' })
    const session = await test.user.signIn()
    expect(kinds((await test.mfa.sessions.assess(session)).offers)).toEqual(['totp'])
    expect(await test.mfa.challenges.create(session, { factor: 'email' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'disabled',
    })
  })
})
