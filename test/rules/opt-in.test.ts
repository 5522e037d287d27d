import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

describe('switching MFA on and off', () => {
  it('enable grants nothing, and can be repeated', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser({ email: true })
    expect(unwrap(await mfa.enable(session))).toMatchObject({
      enforced: true,
      assessment: { satisfied: false, next: 'second_factor' },
    })
    expect(await mfa.enable(session)).toMatchObject({ reason: 'more_factors_required' })
  })

  it('enable warns of what would lock the user out or was set up elsewhere', async () => {
    const { mfa, outbox, givenUser } = createTestMfa({ policy: { optIn: 'explicit' } })
    const user = await givenUser({ recoveryCodes: true })
    unwrap(await mfa.contacts.set(user.session, { channel: 'email', address: 'kim@example.com' }))
    unwrap(await mfa.contacts.confirm(user.session, { channel: 'email', code: outbox.codeTo('kim@example.com') }))
    const other = await user.signIn({ method: 'email_link' })
    const { warnings } = unwrap(await mfa.enable(other))
    expect(warnings).toEqual(['only_same_channel', 'codes_from_another_session', 'contact_from_another_session'])
    const notice = outbox.notices.at(-1)
    expect(notice).toMatchObject({ notice: 'mfa_enabled', details: { warnings } })

    const bare = await givenUser()
    expect(unwrap(await mfa.enable(bare.session)).warnings).toEqual(['no_factor', 'no_recovery_codes'])
  })

  it('disable lifts the demand; the factors stay', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    unwrap(await mfa.challenges.verify(user.session, { factor: 'totp', code: user.app.freshCode() }))
    expect(unwrap(await mfa.disable(user.session))).toMatchObject({ enforced: false, warnings: [] })
    expect(await mfa.sessions.assess(await user.signIn())).toMatchObject({
      satisfied: true,
      offers: [{ factor: 'totp' }],
    })
    expect((await mfa.disable(user.session)).ok).toBe(true)
  })
})
