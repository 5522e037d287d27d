import type { createTestMfa } from '@countersign/adapters/testing'
import { createMfa, type NoticeMessage, type NoticeName, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { having } from './having.js'
import { email, minute, phone, signedIn, support, url } from './signed-in.js'

const toBoth = [email, phone]

/** A user who has everything, proven in `session`, and nothing told yet. */
async function everything(overrides: Parameters<typeof createTestMfa>[0] = {}) {
  const test = await having({ email, phone, totp: true, recoveryCodes: true }, overrides)
  await test.prove('totp')
  test.clock.advance(minute)
  test.outbox.clear()
  test.events.length = 0
  return test
}

type Test = Awaited<ReturnType<typeof everything>>

const told = ({ outbox }: Pick<Test, 'outbox'>, notice: NoticeName): readonly string[] =>
  outbox.notices
    .filter((each) => each.notice === notice)
    .map(({ address }) => address)
    .sort()

const wrong = ({ mfa, session }: Test) => mfa.challenges.verify(session, { factor: 'totp', code: '000000' })

async function changeEmail({ mfa, outbox, session }: Test) {
  unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com' }))
  unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: outbox.codeTo('new@example.com') }))
}

describe('notices go to every confirmed address', () => {
  it.each<[NoticeName, (test: Test) => Promise<unknown>, readonly string[], NoticeMessage['details']]>([
    ['factor_added', ({ addApp }) => addApp('Tablet'), toBoth, { factor: 'totp', label: 'Tablet' }],
    ['factor_removed', ({ mfa, session }) => mfa.factors.remove(session, { kind: 'totp' }), toBoth, { factor: 'totp' }],
    [
      'factor_removed',
      ({ mfa, session }) => mfa.contacts.remove(session, { channel: 'email' }),
      toBoth,
      { factor: 'email' },
    ],
    [
      'contact_changed',
      changeEmail,
      [...toBoth, 'new@example.com'],
      { channel: 'email', newAddress: 'n***@example.com' },
    ],
    [
      'contact_changed',
      ({ mfa, ref }) => mfa.contacts.attest(ref, { channel: 'phone', address: '+4915187654321' }),
      [phone, '+4915187654321', email],
      { channel: 'phone', newAddress: '+49*********21' },
    ],
    [
      'contact_withdrawn',
      ({ mfa, ref }) => mfa.contacts.withdraw(ref, { channel: 'email' }),
      toBoth,
      { channel: 'email' },
    ],
    ['mfa_disabled', ({ mfa, session }) => mfa.disable(session), toBoth, {}],
    ['mfa_reset', ({ mfa, ref }) => mfa.admin.reset(ref, support), toBoth, {}],
    ['recovery_codes_generated', ({ mfa, session }) => mfa.recoveryCodes.regenerate(session), toBoth, { count: 10 }],
    ['recovery_code_used', ({ prove }) => prove('recovery_code'), toBoth, { left: 9 }],
    [
      'credentials_changed',
      ({ mfa, ref }) => mfa.credentials.changed(ref, { via: 'session' }),
      toBoth,
      { via: 'session' },
    ],
    [
      'credentials_changed',
      ({ mfa, ref }) => mfa.credentials.changed(ref, { via: 'email' }),
      [phone],
      { via: 'email' },
    ],
    [
      'credentials_changed',
      ({ mfa, ref }) => mfa.credentials.changed(ref, { via: 'phone' }),
      [email],
      { via: 'phone' },
    ],
  ])('%s', async (notice, act, addresses, details) => {
    const test = await everything()
    await act(test)
    expect(told(test, notice)).toEqual([...addresses].sort())
    for (const each of test.outbox.notices.filter((each) => each.notice === notice)) {
      expect(each.details).toEqual(details)
    }
  })

  it('mfa_enabled, with the warnings', async () => {
    const test = await everything()
    unwrap(await test.mfa.disable(test.session))
    unwrap(await test.mfa.enable(test.session))
    expect(told(test, 'mfa_enabled')).toEqual([phone, email].sort())
    expect(test.outbox.last).toMatchObject({
      details: { warnings: ['codes_from_another_session', 'app_from_another_session'] },
    })
  })

  it('mfa_disabled also with the last factor', async () => {
    const test = await everything()
    for (const kind of ['email', 'phone'] as const) unwrap(await test.mfa.factors.remove(test.session, { kind }))
    unwrap(await test.mfa.contacts.set(test.session, { channel: 'email', address: email }))
    test.outbox.clear()
    unwrap(await test.mfa.factors.remove(test.session, { kind: 'totp' }))
    // An address that is only pending is told nothing.
    expect(test.outbox.messages).toEqual([])

    const one = await having({ email, enabled: true })
    await one.prove('email')
    one.outbox.clear()
    unwrap(await one.mfa.contacts.remove(one.session, { channel: 'email' }))
    expect(one.outbox.notices.map(({ notice, address }) => [notice, address])).toEqual([
      ['factor_removed', email],
      ['mfa_disabled', email],
    ])
  })

  it('repeated_failures at the third failure and factor_locked with the lock, once per streak', async () => {
    const test = await everything({ policy: { lockAfterFailures: 4 } })
    await wrong(test)
    await wrong(test)
    expect(test.outbox.messages).toEqual([])
    await wrong(test)
    expect(told(test, 'repeated_failures')).toEqual([phone, email].sort())
    await wrong(test)
    expect(told(test, 'factor_locked')).toEqual([phone, email].sort())
    expect(test.outbox.notices).toHaveLength(4)
  })

  it('code_replayed at the first replay (X26)', async () => {
    const test = await everything()
    const code = test.user.app.freshCode()
    const verify = () => test.mfa.challenges.verify(test.session, { factor: 'totp', code })
    unwrap(await verify())
    await verify()
    expect(told(test, 'code_replayed')).toEqual([phone, email].sort())
  })

  it('of failures with the factor that was tried and how many times in a row', async () => {
    const test = await everything({ policy: { noticeAtFailure: 4 } })
    for (let failure = 1; failure <= 5; failure++) await wrong(test)
    expect(told(test, 'repeated_failures')).toEqual([phone, email].sort())
    for (const { details } of test.outbox.notices) expect(details).toEqual({ factor: 'totp', failures: 4 })
  })
})

describe('who is told nothing', () => {
  it('a withdrawn address, after the one notice that it was', async () => {
    const test = await everything()
    unwrap(await test.mfa.contacts.withdraw(test.ref, { channel: 'email' }))
    expect(told(test, 'contact_withdrawn')).toContain(email)
    test.outbox.clear()
    unwrap(await test.mfa.contacts.withdraw(test.ref, { channel: 'email' }))
    unwrap(await test.mfa.recoveryCodes.regenerate(test.session))
    expect(test.outbox.notices.map(({ address }) => address)).toEqual([phone])
  })

  it('the old address, once the change is over', async () => {
    const test = await everything()
    await changeEmail(test)
    test.outbox.clear()
    unwrap(await test.mfa.recoveryCodes.regenerate(test.session))
    expect(told(test, 'recovery_codes_generated')).toEqual([phone, 'new@example.com'].sort())
  })

  it('anybody, where nothing changed: refusals, repeats, look-ups, begun and ended sessions, an erased user', async () => {
    const test = await everything()
    const { mfa, ref, session, user } = test
    unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: email }))
    unwrap(await mfa.enable(session))
    unwrap(await mfa.factors.list(session))
    unwrap(await mfa.admin.inspect(ref))
    unwrap(await mfa.sessions.end(await user.signIn()))
    expect(await mfa.recoveryCodes.generate(session)).toMatchObject({ reason: 'already_generated' })
    unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    unwrap(await mfa.users.erase(ref))
    expect(test.outbox.messages).toEqual([])
  })

  it('a host without a messenger, whose answers are the same', async () => {
    const { store, clock, session, user } = await everything()
    const key = 'dGVzdC1rZXktMS1vbmx5LWZvci10ZXN0cy0wMTIzNDU2Nzg5'
    const events: string[] = []
    const mute = createMfa({
      issuer: 'Acme',
      keys: [{ id: 'test', secret: key }],
      store,
      clock,
      onEvent: ({ type }) => events.push(type),
    })
    const code = user.recoveryCodes[3] as string
    expect((await mute.challenges.verify(session, { factor: 'recovery_code', code })).ok).toBe(true)
    expect(events).toEqual(['challenge.completed', 'recovery_code.used'])
  })
})

describe('a notice', () => {
  it('is one message per address, each with a key of its own (X42)', async () => {
    const test = await everything()
    await changeEmail(test)
    unwrap(await test.mfa.contacts.attest(test.ref, { channel: 'phone', address: '+4915187654321' }))
    const keys = test.outbox.messages.map(({ idempotencyKey }) => idempotencyKey)
    expect(new Set(keys).size).toBe(keys.length)
    expect(told(test, 'contact_changed')).toHaveLength(6)
  })

  it('says who and where from, in the caller’s language, and carries no code, link or secret', async () => {
    const { mfa, outbox, session, app } = await signedIn()
    unwrap(await mfa.contacts.attest({ userId: session.userId }, { channel: 'email', address: email }))
    const context = { locale: 'pt-BR', ip: '203.0.113.9', userAgent: 'Firefox' }
    const { uri, secret } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    app.scan(uri)
    unwrap(await mfa.totp.confirm({ ...session, context }, { code: app.code() }))
    expect(outbox.notices.map(({ notice }) => notice)).toEqual(['factor_added', 'mfa_enabled'])
    for (const notice of outbox.notices) {
      expect(notice).toMatchObject({ kind: 'notice', issuer: 'Acme', userId: 'user-1', locale: 'pt-BR', context })
      expect(notice).not.toHaveProperty('code')
      expect(notice).not.toHaveProperty('link')
      expect(JSON.stringify(notice)).not.toContain(secret)
    }
  })

  it('of a confirmed link goes to the new address as well', async () => {
    const { mfa, outbox, session, ref } = await signedIn()
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: email, url }))
    unwrap(await mfa.contacts.confirm(ref, { channel: 'email', code: outbox.linkTo(email).secret }))
    expect(outbox.notices).toMatchObject([{ notice: 'factor_added', address: email, details: { factor: 'email' } }])
  })

  it('that cannot be sent changes no answer: an event says so, and the other addresses are told (X41)', async () => {
    const test = await everything()
    test.outbox.failNext()
    expect((await test.mfa.recoveryCodes.regenerate(test.session)).ok).toBe(true)
    expect(test.outbox.notices).toHaveLength(1)
    expect(test.events.at(-1)).toMatchObject({
      type: 'message.failed',
      kind: 'notice',
      notice: 'recovery_codes_generated',
    })
  })
})
