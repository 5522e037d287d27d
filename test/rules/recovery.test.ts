import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

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
