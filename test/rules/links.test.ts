import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { email, phone, signedIn, url } from './signed-in.js'

describe('verifying an address by a link', () => {
  it('adds userId and secret to the host’s URL, keeping its query and fragment; the secret has 128 bits', async () => {
    const { mfa, outbox, session } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const { link, secret } = outbox.linkTo(email)
    expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(link).toBe(`https://acme.example/verify?lang=en&userId=user-1&secret=${secret}#top`)
  })

  it('works without a session, also after its session ended, and once', async () => {
    const { mfa, outbox, session, ref } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    unwrap(await mfa.sessions.end(session))
    const { secret } = outbox.linkTo(email)
    expect(await mfa.contacts.confirm({ userId: 'somebody-else' }, { channel: 'email', code: secret })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(await mfa.contacts.confirm(ref, { channel: 'phone', code: secret })).toMatchObject({
      reason: 'invalid_code',
    })
    const confirmed = unwrap(await mfa.contacts.confirm(ref, { channel: 'email', code: secret }))
    expect(confirmed).not.toHaveProperty('assessment')
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code: secret })).toMatchObject({
      reason: 'invalid_code',
    })
  })

  it('opened in the session that asked for it, it enters that ledger; in another it confirms without credit', async () => {
    const { mfa, outbox, session, user } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const other = await user.signIn()
    expect(
      unwrap(await mfa.contacts.confirm(other, { channel: 'email', code: outbox.linkTo(email).secret })),
    ).not.toHaveProperty('assessment')
    expect((await mfa.sessions.assess(other)).proofs).toHaveLength(1)

    unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com', url }))
    const own = unwrap(
      await mfa.contacts.confirm(session, { channel: 'email', code: outbox.linkTo('new@example.com').secret }),
    )
    expect(own.assessment?.proofs.at(-1)).toMatchObject({ name: 'email', origin: 'enrollment' })
  })

  it('nothing planted with a stolen password is confirmed once MFA is enforced', async () => {
    const rule = { mfa: 'optional' as 'optional' | 'required' }
    const { mfa, outbox, session, ref } = await signedIn({ enforcement: () => rule })
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    rule.mfa = 'required'
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret })).toMatchObject({
      reason: 'invalid_code',
    })
    rule.mfa = 'optional'
    expect((await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret })).ok).toBe(true)
  })

  it('is void after MFA was switched on by another session, credentials.changed, endAll and a reset', async () => {
    for (const act of ['enable', 'credentials', 'endAll', 'reset'] as const) {
      const { mfa, outbox, session, ref, user } = await signedIn()
      unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
      unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
      if (act === 'enable') unwrap(await mfa.enable(await user.signIn()))
      if (act === 'credentials') unwrap(await mfa.credentials.changed(ref, { via: 'session' }))
      if (act === 'endAll') unwrap(await mfa.sessions.endAll(ref))
      if (act === 'reset') unwrap(await mfa.admin.reset(ref, { actor: 'a', reason: 'b' }))
      expect(await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret })).toMatchObject({
        reason: 'invalid_code',
      })
    }
  })

  it('sent while MFA is enforced, it confirms without a session', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    unwrap(await mfa.contacts.set(user.session, { channel: 'email', address: email, url }))
    expect(
      (await mfa.contacts.confirm({ userId: user.userId }, { channel: 'email', code: outbox.linkTo(email).secret })).ok,
    ).toBe(true)
  })

  it.each([
    'ftp://x.example',
    'javascript:alert(1)',
    '/relative',
    'https://',
    'https://a b',
    'https://user:pw@x.example/',
    'https://x.example/\n',
    'https://x.example/ü',
  ])('the URL %j is invalid_argument', async (bad) => {
    const { mfa, session } = await signedIn()
    await expect(mfa.contacts.set(session, { channel: 'email', address: email, url: bad })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    await expect(mfa.contacts.set(session, { channel: 'phone', address: phone, url })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})
