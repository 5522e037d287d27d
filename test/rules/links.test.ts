import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { isLinkTarget } from '../../packages/core/src/contact/link.js'
import { email, minute, phone, signedIn, url } from './signed-in.js'

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

describe('a link and the standing of who opens it', () => {
  it('opened in its own session is judged like starting it: more_factors_required, fresh_proof_required', async () => {
    const { mfa, outbox, clock, session, ref } = await signedIn()
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const code = outbox.linkTo(email).secret
    clock.advance(15 * minute + 1)
    expect(await mfa.contacts.confirm(session, { channel: 'email', code })).toMatchObject({
      reason: 'fresh_proof_required',
    })
    unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    unwrap(await mfa.enable(session))
    expect(await mfa.contacts.confirm(session, { channel: 'email', code })).toMatchObject({
      reason: 'more_factors_required',
    })
  })

  it('counts a session we do not know as none', async () => {
    const { mfa, outbox, session, ref } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const code = outbox.linkTo(email).secret
    const stranger = { ...ref, sessionId: 'unknown' }
    expect(unwrap(await mfa.contacts.confirm(stranger, { channel: 'email', code }))).not.toHaveProperty('assessment')
  })

  it('follows its session to a new id', async () => {
    const { mfa, outbox, session, ref } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    unwrap(await mfa.sessions.rotate(session, { newSessionId: 'rotated' }))
    const rotated = { ...ref, sessionId: 'rotated' }
    const { assessment } = unwrap(
      await mfa.contacts.confirm(rotated, { channel: 'email', code: outbox.linkTo(email).secret }),
    )
    expect(assessment?.proofs.map(({ name }) => name)).toEqual(['password', 'email'])
  })

  it('sent again after MFA was switched on, confirms without a session; the one sent before does not', async () => {
    const { mfa, outbox, clock, session, ref } = await signedIn()
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const before = outbox.linkTo(email).secret
    unwrap(await mfa.enable(session))
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code: before })).toMatchObject({
      reason: 'invalid_code',
    })
    clock.advance(minute)
    const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'phone' }))
    unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code: outbox.codeTo(phone) }))
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email', url }))
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code: before })).toMatchObject({
      reason: 'invalid_code',
    })
    expect((await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret })).ok).toBe(true)
  })

  it('is void as an event says, and refused as any wrong one', async () => {
    const rule = { mfa: 'optional' as 'optional' | 'required' }
    const { mfa, outbox, events, session, ref } = await signedIn({ enforcement: () => rule })
    unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    rule.mfa = 'required'
    const answers = []
    for (const code of [outbox.linkTo(email).secret, 'x'.repeat(22)]) {
      answers.push(await mfa.contacts.confirm(ref, { channel: 'email', code }))
    }
    expect(answers).toEqual(Array(2).fill({ ok: false, reason: 'invalid_code' }))
    expect(events.slice(-2)).toMatchObject([{ detail: 'void' }, { detail: 'unknown_challenge' }])
  })

  it.each([
    ['when an attested address makes MFA enforced', 'attest'],
    ['when another session’s app makes MFA enforced', 'app'],
    ['when the credentials changed in another session', 'except'],
  ] as const)('is void %s; the acting session’s own stays', async (_, act) => {
    const { mfa, app, outbox, session, ref, user } = await signedIn()
    const acting = await user.signIn()
    const own = 'own@example.com'
    if (act === 'attest') unwrap(await mfa.enable(acting))
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    unwrap(await mfa.contacts.set(acting, { channel: 'email', address: own, url }))
    if (act === 'attest') unwrap(await mfa.contacts.attest(ref, { channel: 'phone', address: phone }))
    if (act === 'except') unwrap(await mfa.credentials.changed(ref, { via: 'session', except: acting.sessionId }))
    if (act === 'app') {
      app.scan(unwrap(await mfa.totp.enroll(acting, { accountName: 'kim' })).uri)
      unwrap(await mfa.totp.confirm(acting, { code: app.code() }))
    }
    const open = async (address: string) =>
      (await mfa.contacts.confirm(acting, { channel: 'email', code: outbox.linkTo(address).secret })).ok
    // Attesting is nobody's session, so there everything is another's.
    expect([await open(email), await open(own)]).toEqual([false, act !== 'attest'])
  })

  it('and a code replace each other; either is for one use', async () => {
    const { mfa, outbox, clock, session, ref } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const { secret } = outbox.linkTo(email)
    clock.advance(minute)
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email' }))
    const code = outbox.codeTo(email)
    expect(await mfa.contacts.confirm(ref, { channel: 'email', code: secret })).toMatchObject({
      reason: 'invalid_code',
    })
    clock.advance(minute)
    unwrap(await mfa.contacts.sendVerification(session, { channel: 'email', url }))
    expect(await mfa.contacts.confirm(session, { channel: 'email', code })).toMatchObject({ reason: 'invalid_code' })
    expect((await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret })).ok).toBe(true)
  })

  it('a wrong secret counts as nothing: 128 bits are not guessed', async () => {
    const { mfa, outbox, session, ref } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    for (let guess = 0; guess < 20; guess++) {
      await mfa.contacts.confirm(ref, { channel: 'email', code: String(guess).padStart(22, '_') })
    }
    expect(unwrap(await mfa.admin.inspect(ref)).throttles).toEqual({ total: 0 })
    expect((await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret })).ok).toBe(true)
  })

  it('goes to a page of at most 2048 characters', () => {
    const target = (length: number) => `https://acme.example/${'v'.repeat(length - 21)}`
    expect([isLinkTarget(target(2048)), isLinkTarget(target(2049))]).toEqual([true, false])
  })

  it('writes the userId so that no URL reads it as something else (X30)', async () => {
    const { mfa, outbox, givenUser } = createTestMfa()
    const userId = 'k&secret=x#y /ü'
    const { session } = await givenUser({ userId })
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    const { link, secret } = outbox.linkTo(email)
    const { searchParams, hash } = new URL(link)
    expect([searchParams.getAll('userId'), searchParams.getAll('secret'), hash]).toEqual([[userId], [secret], '#top'])
  })
})
