import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, type MfaOptions, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const otherKey = 'b3RoZXIta2V5LTItb25seS1mb3ItdGVzdHMtMDEyMzQ1Njc4OQ=='

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
