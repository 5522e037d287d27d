import { createTestMfa, type TestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, type MfaOptions, type MfaStore, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord } from '../../packages/core/src/record/codec.js'
import { ownerOf } from '../../packages/core/src/record/owner.js'
import { minute } from './signed-in.js'

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

describe('retiring a key', () => {
  const old = { id: 'test', secret: testKey }
  const fresh = { id: 'fresh', secret: otherKey }

  /** The same store and clock under another ring. */
  function under(test: TestMfa, keys: MfaOptions['keys']) {
    return createTestMfa({ store: test.store, clock: test.clock, messenger: test.outbox, keys })
  }

  it('inspect lists the ids a user still depends on, until the last of them is gone', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ totp: true, phone: true, recoveryCodes: true })
    const ref = { userId: user.userId }
    const later = { ...ref, sessionId: 'later' }
    unwrap(await test.mfa.sessions.begin(later, { method: 'password' }))
    unwrap(await test.mfa.challenges.create(later, { factor: 'phone' }))
    unwrap(await test.mfa.contacts.set(user.session, { channel: 'email', address: 'kim@example.com' }))
    unwrap(await test.mfa.totp.enroll(user.session, { accountName: 'kim' }))
    const { mfa } = under(test, [fresh, old])
    const keyIds = async () => unwrap(await mfa.admin.inspect(ref)).keyIds
    expect(await keyIds()).toEqual(['test'])
    unwrap(await mfa.challenges.verify(later, { factor: 'totp', code: user.app.freshCode() }))
    expect(await keyIds()).toEqual(['fresh', 'test'])
    unwrap(await mfa.recoveryCodes.regenerate(later))
    expect(await keyIds()).toEqual(['fresh', 'test'])
    // The challenge, the code under way and the pending app expire.
    test.clock.advance(10 * minute)
    unwrap(await mfa.challenges.verify(later, { factor: 'totp', code: user.app.freshCode() }))
    expect(await keyIds()).toEqual(['fresh'])
    const alone = under(test, [fresh])
    expect((await alone.mfa.challenges.verify(later, { factor: 'totp', code: user.app.freshCode() })).ok).toBe(true)
  })

  it('a used-up set of recovery codes depends on no key', async () => {
    const test = createTestMfa({ policy: { recoveryCodeCount: 1, recoveryCodesLowAt: 0 } })
    const user = await test.givenUser({ recoveryCodes: true })
    const { mfa } = under(test, [fresh, old])
    const code = user.recoveryCodes[0] as string
    unwrap(await mfa.challenges.verify(user.session, { factor: 'recovery_code', code }))
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).keyIds).toEqual(['fresh'])
  })

  it('a set whose key is gone can be generated anew', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ recoveryCodes: true })
    const session = { userId: user.userId, sessionId: 'later' }
    unwrap(await under(test, [fresh, old]).mfa.sessions.begin(session, { method: 'password' }))
    const { mfa } = under(test, [fresh])
    expect(unwrap(await mfa.factors.list(session))).toMatchObject({
      recoveryCode: false,
      items: [{ kind: 'recovery_code', codesLeft: 10, usable: false, why: 'key_unavailable' }],
    })
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
  })

  it('codes and links under way, and a pending app, are good under the new ring while the old key is in it', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ phone: true })
    const { session } = user
    const { challenge } = unwrap(await test.mfa.challenges.create(session, { factor: 'phone' }))
    const url = 'https://acme.example/verify'
    unwrap(await test.mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com', url }))
    user.app.scan(unwrap(await test.mfa.totp.enroll(session, { accountName: 'kim' })).uri)
    const { mfa } = under(test, [fresh, old])
    const code = test.outbox.codeTo(user.phone as string)
    unwrap(await mfa.challenges.complete(session, { challengeId: challenge.id, code }))
    const { secret } = test.outbox.linkTo('kim@example.com')
    unwrap(await mfa.contacts.confirm(session, { channel: 'email', code: secret }))
    unwrap(await mfa.totp.confirm(session, { code: user.app.code() }))
    expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).keyIds).toEqual(['fresh'])
  })

  it('a TOTP secret whose key is gone makes only that factor unusable (and existing), not the record (X45)', async () => {
    const test = createTestMfa()
    const user = await test.givenUser({ totp: true, recoveryCodes: true })
    await moveAppUnderKey(test.store, user.userId, 'gone')
    const session = await user.signIn()
    expect(await test.mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      enforced: true,
      offers: [{ factor: 'recovery_code' }],
    })
    expect(await test.mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })).toMatchObject({
      reason: 'factor_not_available',
      why: 'key_unavailable',
    })
    const view = unwrap(await test.mfa.admin.inspect({ userId: user.userId }))
    expect(view.keyIds).toEqual(['gone', 'test'])
    expect(view.factors[0]).toMatchObject({ kind: 'totp', status: 'active', usable: false, why: 'key_unavailable' })
  })

  it('a ring in another order opens everything and writes under its first key', async () => {
    const test = createTestMfa({ keys: [old, fresh] })
    const user = await test.givenUser({ totp: true })
    for (const keys of [
      [fresh, old],
      [old, fresh],
      [fresh, old],
    ]) {
      const { mfa } = under(test, keys)
      unwrap(await mfa.challenges.verify(user.session, { factor: 'totp', code: user.app.freshCode() }))
      expect(unwrap(await mfa.admin.inspect({ userId: user.userId })).keyIds).toEqual([keys[0]?.id])
    }
  })
})

/** Rewrites the stored record as if its app had been sealed under a key that the ring lost since. */
async function moveAppUnderKey(store: MfaStore, userId: string, key: string): Promise<void> {
  const owner = ownerOf({ userId })
  const ring = createKeyRing([{ id: 'test', secret: testKey }])
  const { version, data } = (await store.load(owner)) ?? { version: '', data: '' }
  const record = decodeRecord(data, { owner, version }, ring)
  const factors = record.factors.map((factor) =>
    factor.kind === 'totp' ? { ...factor, secret: { ...factor.secret, key } } : factor,
  )
  const moved = encodeRecord({ ...record, factors }, { owner, version: 'moved' }, ring)
  expect(await store.save(owner, moved, 'moved', version)).toBe(true)
}
