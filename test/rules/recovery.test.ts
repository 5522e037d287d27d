import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, type MfaOptions, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const otherKey = 'b3RoZXIta2V5LTItb25seS1mb3ItdGVzdHMtMDEyMzQ1Njc4OQ=='
const support = { actor: 'support:7', reason: 'called in, identity checked' }

describe('recovery codes', () => {
  it('are ten codes of 24 Crockford base32 characters, all different', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser()
    const { codes } = unwrap(await mfa.recoveryCodes.generate(session))
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/)
  })

  it('are generated once, before any factor if the host wants', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser()
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
    expect(await mfa.recoveryCodes.generate(session)).toEqual({ ok: false, reason: 'already_generated' })
  })

  it('regenerating kills the old set; without a set it is not_found', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session, recoveryCodes } = await givenUser({ recoveryCodes: true })
    const { codes } = unwrap(await mfa.recoveryCodes.regenerate(session))
    expect(
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: recoveryCodes[0] as string }),
    ).toMatchObject({ reason: 'invalid_code' })
    expect((await mfa.challenges.verify(session, { factor: 'recovery_code', code: codes[0] as string })).ok).toBe(true)
    const bare = await givenUser()
    expect(await mfa.recoveryCodes.regenerate(bare.session)).toMatchObject({ reason: 'not_found' })
  })

  it('are typed forgivingly: case, spaces, hyphens, O for 0, I and L for 1; nothing else is folded (X32)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ recoveryCodes: true })
    const [first, second, third] = user.recoveryCodes as [string, string, string]
    const forgiving = [
      first.toLowerCase(),
      second.replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l'),
      third.replaceAll('-', '').replaceAll('1', 'I'),
    ]
    for (const code of forgiving)
      expect((await mfa.challenges.verify(user.session, { factor: 'recovery_code', code })).ok).toBe(true)
    const fourth = user.recoveryCodes[3] as string
    for (const code of [
      `${fourth}\u200b`,
      fourth.replace(/./, 'Ⅰ'),
      fourth.replace(/./, 'ı'),
      `${fourth}X`,
      fourth.slice(1),
      'U'.repeat(24),
      '',
    ]) {
      expect(await mfa.challenges.verify(user.session, { factor: 'recovery_code', code })).toMatchObject({
        reason: 'invalid_code',
      })
    }
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles).toEqual({ total: 0 })
  })

  it('complete a sign-in, each once, with a notice and an event', async () => {
    const { mfa, events, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, totp: true, recoveryCodes: true })
    outbox.clear()
    const code = user.recoveryCodes[4] as string
    const done = unwrap(await mfa.challenges.verify(await user.signIn(), { factor: 'recovery_code', code }))
    expect(done).toMatchObject({ factor: 'recovery_code', assessment: { satisfied: true } })
    expect(events.slice(-2)).toMatchObject([
      { type: 'challenge.completed', factor: 'recovery_code' },
      { type: 'recovery_code.used', left: 9 },
    ])
    expect(outbox.notices).toMatchObject([{ notice: 'recovery_code_used', details: { left: 9 } }])
    expect(await mfa.challenges.verify(await user.signIn(), { factor: 'recovery_code', code })).toMatchObject({
      reason: 'invalid_code',
    })
    expect(events.at(-1)).toMatchObject({ type: 'challenge.failed', detail: 'already_used' })
  })

  it('never stand for the first factor: without a begun session they mean nothing (X14)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true, recoveryCodes: true })
    const stranger = { userId: user.userId, sessionId: 'stranger' }
    expect(
      await mfa.challenges.verify(stranger, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
    ).toMatchObject({ reason: 'unknown_session' })
  })

  it('an event tells when three are left, and fewer', async () => {
    const { mfa, events, givenUser } = createTestMfa()
    const user = await givenUser({ recoveryCodes: true })
    for (const code of user.recoveryCodes)
      unwrap(await mfa.challenges.verify(user.session, { factor: 'recovery_code', code }))
    expect(events.filter(({ type }) => type === 'recovery_codes.low')).toMatchObject(
      [3, 2, 1, 0].map((left) => ({ left })),
    )
    expect(unwrap(await mfa.factors.list(user.session)).recoveryCode).toBe(false)
    expect(await mfa.challenges.create(user.session, { factor: 'recovery_code' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'none',
    })
    expect((await mfa.recoveryCodes.generate(user.session)).ok).toBe(true)
  })

  it('a challenge for one is possible whenever codes are left, also before MFA is on', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ recoveryCodes: true })
    const { challenge } = unwrap(await mfa.challenges.create(user.session, { factor: 'recovery_code' }))
    expect(challenge).toMatchObject({ factor: 'recovery_code', codeLength: 24, delivery: 'none' })
    expect(
      (
        await mfa.challenges.complete(user.session, {
          challengeId: challenge.id,
          code: user.recoveryCodes[0] as string,
        })
      ).ok,
    ).toBe(true)
  })

  it('are a proof for adding a factor, regenerating codes and removing a factor while another stays', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, totp: true, recoveryCodes: true })
    const session = await user.signIn()
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    expect((await mfa.totp.enroll(session, { accountName: 'new phone' })).ok).toBe(true)
    expect((await mfa.recoveryCodes.regenerate(session)).ok).toBe(true)
    expect((await mfa.factors.remove(session, { kind: 'totp' })).ok).toBe(true)
    expect(await mfa.disable(session)).toMatchObject({ reason: 'fresh_proof_required' })
    expect(await mfa.contacts.remove(session, { channel: 'email' })).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('have their own count: no typed failure locks them, and they lock at thirty of their own (X13)', async () => {
    const { mfa, clock, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true, recoveryCodes: true })
    const session = await user.signIn()
    const wrong = '0'.repeat(24)
    for (let failures = 1; failures <= 30; failures++) {
      expect(await mfa.challenges.verify(session, { factor: 'recovery_code', code: wrong })).toMatchObject({
        reason: 'invalid_code',
        attemptsLeft: 30 - failures,
      })
      clock.advance(3_600_000)
    }
    expect(
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
    ).toMatchObject({ reason: 'locked' })
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).throttles).toEqual({ total: 0 })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() }))
    expect(await mfa.recoveryCodes.generate(session)).toMatchObject({ reason: 'already_generated' })
    expect((await mfa.recoveryCodes.regenerate(session)).ok).toBe(true)
  })

  it('are replaced one by one on use only where the policy says so', async () => {
    const { mfa, givenUser } = createTestMfa({ policy: { replaceUsedRecoveryCode: true } })
    const user = await givenUser({ recoveryCodes: true })
    const done = unwrap(
      await mfa.challenges.verify(user.session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
    )
    expect(done.replacementCode).toMatch(/^[0-9A-Z-]{29}$/)
    expect(
      await mfa.challenges.verify(user.session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
    ).toMatchObject({ reason: 'invalid_code' })
    expect(
      (await mfa.challenges.verify(user.session, { factor: 'recovery_code', code: done.replacementCode as string })).ok,
    ).toBe(true)
    const standard = createTestMfa()
    const other = await standard.givenUser({ recoveryCodes: true })
    expect(
      unwrap(
        await standard.mfa.challenges.verify(other.session, {
          factor: 'recovery_code',
          code: other.recoveryCodes[0] as string,
        }),
      ),
    ).not.toHaveProperty('replacementCode')
  })
})

describe('support staff', () => {
  it('inspect sees a redacted view; an unknown user is not_found', async () => {
    const { mfa, givenUser } = createTestMfa()
    const user = await givenUser({ email: 'kim@example.com', totp: true, recoveryCodes: true })
    const view = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    expect(view).toMatchObject({ optedIn: true, enforced: true, openChallenges: 0, keyIds: ['test'] })
    expect(view.factors.map(({ kind }) => kind)).toEqual(['email', 'totp', 'recovery_code'])
    expect(view.sessions).toEqual([expect.objectContaining({ session: expect.stringMatching(/^.{16}$/) })])
    expect(JSON.stringify(view)).not.toMatch(/kim@example|digest|box|secret/)
    for (const call of [
      mfa.admin.inspect({ userId: 'x' }),
      mfa.admin.reset({ userId: 'x' }, support),
      mfa.admin.unlock({ userId: 'x' }, support),
      mfa.admin.removeFactor({ userId: 'x' }, { factorId: 'y', ...support }),
    ]) {
      expect(await call).toMatchObject({ reason: 'not_found' })
    }
  })

  it('reset goes back to a user without MFA, ends every session, and says who and why (X43)', async () => {
    const { mfa, events, outbox, givenUser } = createTestMfa()
    const user = await givenUser({ email: true, totp: true, recoveryCodes: true })
    outbox.clear()
    unwrap(await mfa.admin.reset({ userId: user.userId }, support))
    expect((await mfa.sessions.assess(user.session)).next).toBe('sign_in')
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId }))).toMatchObject({
      optedIn: false,
      factors: [],
      sessions: [],
    })
    expect(events.at(-1)).toMatchObject({ type: 'admin.reset', ...support })
    expect(outbox.notices).toMatchObject([{ notice: 'mfa_reset', address: user.email }])
    for (const bad of [{}, { actor: 'a' }, { actor: '', reason: 'b' }, { actor: 'a\nb', reason: 'c' }]) {
      await expect(mfa.admin.reset({ userId: user.userId }, bad as never)).rejects.toMatchObject({
        code: 'invalid_argument',
      })
    }
  })

  it('unlock lifts one factor’s lock, or all and the counts', async () => {
    const { mfa, outbox, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ email: true, totp: true, recoveryCodes: true })
    const session = await user.signIn()
    const lockAll = async () => {
      await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: '0'.repeat(24) })
      const { challenge } = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
      await mfa.challenges.complete(session, { challengeId: challenge.id, code: '000000' })
    }
    await lockAll()
    expect(outbox.notices.filter(({ notice }) => notice === 'factor_locked')).toHaveLength(3)
    expect((await mfa.sessions.assess(session)).offers).toEqual([])
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    const factorId = factors.find(({ kind }) => kind === 'totp')?.id as string
    unwrap(await mfa.admin.unlock({ userId: user.userId }, { factorId, ...support }))
    expect((await mfa.sessions.assess(session)).offers.map(({ factor }) => factor)).toEqual(['totp'])
    unwrap(await mfa.admin.unlock({ userId: user.userId }, support))
    expect((await mfa.sessions.assess(session)).offers.map(({ factor }) => factor)).toEqual([
      'totp',
      'email',
      'recovery_code',
    ])
    expect(await mfa.admin.unlock({ userId: user.userId }, { factorId: 'x', ...support })).toMatchObject({
      reason: 'not_found',
    })
  })

  it('a lock is also lifted by a recovery-code sign-in followed by enrolling anew', async () => {
    const { mfa, app, clock, givenUser } = createTestMfa({ policy: { lockAfterFailures: 1 } })
    const user = await givenUser({ totp: true, recoveryCodes: true })
    const session = await user.signIn()
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    clock.advance(60_000)
    unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }))
    app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'new' })).uri)
    unwrap(await mfa.totp.confirm(session, { code: app.freshCode() }))
    expect((await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: app.freshCode() })).ok).toBe(true)
    expect(
      unwrap(await mfa.admin.inspect({ userId: user.userId })).factors.filter(({ status }) => status === 'locked'),
    ).toHaveLength(1)
  })

  it('removeFactor removes one factor, the last one switching MFA off', async () => {
    const { mfa, events, givenUser } = createTestMfa()
    const user = await givenUser({ totp: true })
    const { factors } = unwrap(await mfa.admin.inspect({ userId: user.userId }))
    unwrap(await mfa.admin.removeFactor({ userId: user.userId }, { factorId: factors[0]?.id as string, ...support }))
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['admin.factor_removed', 'factor.removed', 'mfa.disabled'])
    expect((await mfa.sessions.assess(user.session)).enforced).toBe(false)
  })

  it('users.erase forgets the user, can be repeated, and leaves nothing behind', async () => {
    const { mfa, givenUser, events } = createTestMfa()
    const user = await givenUser({ totp: true })
    unwrap(await mfa.users.erase({ userId: user.userId }))
    unwrap(await mfa.users.erase({ userId: user.userId }))
    expect(events.at(-1)).toMatchObject({ type: 'user.erased', userId: user.userId })
    expect(await mfa.admin.inspect({ userId: user.userId })).toMatchObject({ reason: 'not_found' })
  })
})

describe('the key ring', () => {
  const withKeys = (test: ReturnType<typeof createTestMfa>, keys: MfaOptions['keys']) =>
    createMfa({ issuer: 'Acme', keys, store: test.store, clock: test.clock, messenger: test.outbox })
  const old = { id: 'test', secret: testKey }
  const fresh = { id: 'fresh', secret: otherKey }

  it('the first seals, all open; opened records are sealed anew when next saved', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ totp: true })
    const both = withKeys(test, [fresh, old])
    const session = { userId: user.userId, sessionId: 'later' }
    expect(unwrap(await both.admin.inspect({ userId: user.userId })).keyIds).toEqual(['test'])
    unwrap(await both.sessions.begin(session, { method: 'password' }))
    expect(unwrap(await both.admin.inspect({ userId: user.userId })).keyIds).toEqual(['fresh'])
    const alone = withKeys(test, [fresh])
    expect((await alone.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
  })

  it('a set of recovery codes remembers the key it was made under', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ totp: true, recoveryCodes: true })
    const both = withKeys(test, [fresh, old])
    const session = { userId: user.userId, sessionId: 'later' }
    unwrap(await both.sessions.begin(session, { method: 'password' }))
    expect(unwrap(await both.admin.inspect({ userId: user.userId })).keyIds).toEqual(['fresh', 'test'])
    const alone = withKeys(test, [fresh])
    expect(await alone.challenges.create(session, { factor: 'recovery_code' })).toMatchObject({
      reason: 'factor_not_available',
      why: 'key_unavailable',
    })
    expect(
      await alone.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string }),
    ).toMatchObject({ reason: 'factor_not_available' })
    expect(
      (await both.challenges.verify(session, { factor: 'recovery_code', code: user.recoveryCodes[0] as string })).ok,
    ).toBe(true)
  })

  it('a record whose own key is gone is undecodable, and denied', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ totp: true })
    await expect(withKeys(test, [fresh]).sessions.assess(user.session)).rejects.toMatchObject({
      code: 'undecodable_record',
    })
  })

  it.each([
    [[], 'keys'],
    [[{ id: 'a', secret: undefined }], 'keys[0].secret'],
    [[{ id: 'a', secret: 'short' }], 'keys[0].secret'],
    [[{ id: 'a', secret: '*'.repeat(44) }], 'keys[0].secret'],
    [[{ id: 'a', secret: 'A'.repeat(44) }], 'keys[0].secret'],
    [[{ id: '', secret: testKey }], 'keys[0].id'],
    [[{ id: 'a b', secret: testKey }], 'keys[0].id'],
    [
      [
        { id: 'a', secret: testKey },
        { id: 'a', secret: otherKey },
      ],
      'keys[1].id',
    ],
    [
      [
        { id: 'a', secret: testKey },
        { id: 'b', secret: testKey },
      ],
      'keys[1].secret',
    ],
  ])('keys %j is invalid_configuration naming the option, never the value', (keys, option) => {
    const build = (): unknown => createMfa({ issuer: 'Acme', keys, store: createTestMfa().store })
    expect(build).toThrow(
      expect.objectContaining({ code: 'invalid_configuration', message: expect.stringContaining(`\`${option}\``) }),
    )
    try {
      build()
    } catch (error) {
      for (const { secret } of keys) if (secret) expect(String(error)).not.toContain(secret)
    }
  })
})
