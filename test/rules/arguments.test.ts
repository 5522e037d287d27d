import { createTestMfa } from '@countersign/adapters/testing'
import { type Mfa, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createObservedStore } from '../shell/observed-store.js'

const user = { userId: 'kim' }
const session = { ...user, sessionId: 'one' }
const support = { actor: 'a', reason: 'b' }
type Call = (mfa: Mfa, ref: never) => Promise<unknown>

/** Every call of the API that takes a session, and every call that takes a user. */
const bySession: Readonly<Record<string, Call>> = {
  'sessions.begin': (mfa, ref) => mfa.sessions.begin(ref, { method: 'password' }),
  'sessions.adopt': (mfa, ref) => mfa.sessions.adopt(ref, { method: 'password', authenticatedAtMs: 1 }),
  'sessions.assess': (mfa, ref) => mfa.sessions.assess(ref),
  'sessions.require': (mfa, ref) => mfa.sessions.require(ref),
  'sessions.reauthenticate': (mfa, ref) => mfa.sessions.reauthenticate(ref, { method: 'password' }),
  'sessions.extend': (mfa, ref) => mfa.sessions.extend(ref, { expiresAtMs: 4e12 }),
  'sessions.rotate': (mfa, ref) => mfa.sessions.rotate(ref, { newSessionId: 'x' }),
  'sessions.end': (mfa, ref) => mfa.sessions.end(ref),
  'sessions.endOthers': (mfa, ref) => mfa.sessions.endOthers(ref),
  'totp.enroll': (mfa, ref) => mfa.totp.enroll(ref, { accountName: 'kim' }),
  'totp.confirm': (mfa, ref) => mfa.totp.confirm(ref, { code: '123456' }),
  'contacts.set': (mfa, ref) => mfa.contacts.set(ref, { channel: 'email', address: 'a@example.com' }),
  'contacts.sendVerification': (mfa, ref) => mfa.contacts.sendVerification(ref, { channel: 'email' }),
  'contacts.remove': (mfa, ref) => mfa.contacts.remove(ref, { channel: 'email' }),
  'recoveryCodes.generate': (mfa, ref) => mfa.recoveryCodes.generate(ref),
  'recoveryCodes.regenerate': (mfa, ref) => mfa.recoveryCodes.regenerate(ref),
  'factors.list': (mfa, ref) => mfa.factors.list(ref),
  'factors.rename': (mfa, ref) => mfa.factors.rename(ref, { factorId: 'x', label: 'y' }),
  'factors.remove': (mfa, ref) => mfa.factors.remove(ref, { kind: 'totp' }),
  enable: (mfa, ref) => mfa.enable(ref),
  disable: (mfa, ref) => mfa.disable(ref),
  'challenges.create': (mfa, ref) => mfa.challenges.create(ref, { factor: 'totp' }),
  'challenges.resend': (mfa, ref) => mfa.challenges.resend(ref, { challengeId: 'x' }),
  'challenges.complete': (mfa, ref) => mfa.challenges.complete(ref, { challengeId: 'x', code: '123456' }),
  'challenges.verify': (mfa, ref) => mfa.challenges.verify(ref, { factor: 'totp', code: '123456' }),
  'challenges.cancel': (mfa, ref) => mfa.challenges.cancel(ref, { challengeId: 'x' }),
}
const byUser: Readonly<Record<string, Call>> = {
  'sessions.endAll': (mfa, ref) => mfa.sessions.endAll(ref),
  'credentials.changed': (mfa, ref) => mfa.credentials.changed(ref, { via: 'session' }),
  'contacts.confirm': (mfa, ref) => mfa.contacts.confirm(ref, { channel: 'email', code: '123456' }),
  'contacts.attest': (mfa, ref) => mfa.contacts.attest(ref, { channel: 'email', address: 'a@example.com' }),
  'contacts.withdraw': (mfa, ref) => mfa.contacts.withdraw(ref, { channel: 'email' }),
  'admin.inspect': (mfa, ref) => mfa.admin.inspect(ref),
  'admin.reset': (mfa, ref) => mfa.admin.reset(ref, support),
  'admin.unlock': (mfa, ref) => mfa.admin.unlock(ref, support),
  'admin.removeFactor': (mfa, ref) => mfa.admin.removeFactor(ref, { factorId: 'x', ...support }),
  'users.erase': (mfa, ref) => mfa.users.erase(ref),
}

async function expectInvalid(call: Promise<unknown>, argument: string): Promise<void> {
  await expect(call).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining(`\`${argument}\``),
  })
}

describe('who acts', () => {
  const badUsers: readonly [string, unknown][] = [
    ['user', null],
    ['user', 'kim'],
    ['user', []],
    ['userId', {}],
    ['userId', { userId: '' }],
    ['userId', { userId: 5 }],
    ['userId', { userId: 'a\u0000b' }],
    ['userId', { userId: '\ud800' }],
    ['userId', { userId: 'x'.repeat(256) }],
    ['userId', { userId: 'ü'.repeat(127) }],
    ['tenantId', { userId: 'kim', tenantId: '' }],
    ['tenantId', { userId: 'kim', tenantId: {} }],
    ['context', { userId: 'kim', context: 'x' }],
  ]

  for (const [name, call] of Object.entries({ ...bySession, ...byUser })) {
    it(`${name} refuses what is no ${name in bySession ? 'session' : 'user'}, and reaches no store`, async () => {
      const store = createObservedStore()
      const { mfa } = createTestMfa({ store })
      for (const [argument, ref] of badUsers) {
        const given =
          name in bySession && typeof ref === 'object' && ref !== null && !Array.isArray(ref)
            ? { sessionId: 's', ...ref }
            : ref
        await expectInvalid(call(mfa, given as never), argument)
      }
      if (name in bySession) {
        for (const sessionId of [undefined, '', 5, null, {}, 'x'.repeat(4097)]) {
          await expectInvalid(call(mfa, { userId: 'kim', sessionId } as never), 'sessionId')
        }
      }
      expect(store.calls).toEqual({ load: 0, save: 0, erase: 0 })
    })
  }

  it('users of different tenants never meet, whatever their ids look like (X04)', async () => {
    const { mfa } = createTestMfa()
    const pairs = [
      { userId: 'ab' },
      { userId: 'b', tenantId: 'a' },
      { userId: '1:ab' },
      { userId: 'b', tenantId: '0:a' },
      { userId: ':b', tenantId: 'a' },
    ]
    for (const [index, ref] of pairs.entries()) {
      unwrap(await mfa.contacts.attest(ref, { channel: 'email', address: `u${index}@example.com` }))
    }
    for (const [index, ref] of pairs.entries()) {
      expect(unwrap(await mfa.admin.inspect(ref)).factors).toMatchObject([{ address: expect.stringContaining('u***') }])
      expect(index).toBeLessThan(pairs.length)
    }
  })

  it('context only travels: a strange one is cleaned, never refused', async () => {
    const { mfa, events } = createTestMfa()
    const context = { ip: 5, userAgent: `x\r\n${'y'.repeat(2000)}`, locale: 'de', other: 'dropped' } as never
    unwrap(await mfa.sessions.begin({ ...session, context }, { method: 'password' }))
    const seen = events[0]?.context
    expect(Object.keys(seen ?? {})).toEqual(['locale', 'userAgent'])
    expect(seen?.userAgent).toHaveLength(512)
    expect(seen?.userAgent).toMatch(/^x\ufffd\ufffdy/)
  })
})

describe('what is asked', () => {
  const asked: readonly [string, string, Call][] = [
    ['sessions.begin', 'method', (mfa) => mfa.sessions.begin(session, {} as never)],
    ['sessions.begin', 'options', (mfa) => mfa.sessions.begin(session, 'password' as never)],
    ['sessions.begin', 'channel', (mfa) => mfa.sessions.begin(session, { method: 'password', channel: 'email' })],
    ['sessions.begin', 'channel', (mfa) => mfa.sessions.begin(session, { method: 'own', channel: 'fax' as never })],
    [
      'sessions.begin',
      'userVerified',
      (mfa) => mfa.sessions.begin(session, { method: 'passkey', userVerified: 'yes' as never }),
    ],
    ['sessions.begin', 'provider', (mfa) => mfa.sessions.begin(session, { method: 'oauth', provider: '' })],
    ['sessions.begin', 'expiresAtMs', (mfa) => mfa.sessions.begin(session, { method: 'password', expiresAtMs: 1 })],
    [
      'sessions.begin',
      'expiresAtMs',
      (mfa) => mfa.sessions.begin(session, { method: 'password', expiresAtMs: new Date() as never }),
    ],
    [
      'sessions.begin',
      'verified',
      (mfa) => mfa.sessions.begin(session, { method: 'password', verified: 'x' as never }),
    ],
    [
      'sessions.begin',
      'verified.phone',
      (mfa) => mfa.sessions.begin(session, { method: 'password', verified: { phone: '123' } }),
    ],
    ['sessions.adopt', 'authenticatedAtMs', (mfa) => mfa.sessions.adopt(session, { method: 'password' } as never)],
    ['sessions.extend', 'expiresAtMs', (mfa) => mfa.sessions.extend(session, { expiresAtMs: Number.NaN })],
    ['sessions.rotate', 'newSessionId', (mfa) => mfa.sessions.rotate(session, {} as never)],
    ['sessions.assess', 'requirement', (mfa) => mfa.sessions.assess(session, 'aal2' as never)],
    ['sessions.assess', 'requirement.level', (mfa) => mfa.sessions.assess(session, { level: 'aal3' as never })],
    ['sessions.assess', 'requirement.anyOf', (mfa) => mfa.sessions.assess(session, { anyOf: ['sms' as never] })],
    ['sessions.assess', 'requirement.anyOf', (mfa) => mfa.sessions.assess(session, { anyOf: 'totp' as never })],
    ['sessions.assess', 'requirement.maxAgeMs', (mfa) => mfa.sessions.assess(session, { maxAgeMs: -1 })],
    [
      'sessions.require',
      'requirement.origin',
      (mfa) => mfa.sessions.require(session, { origin: 'enrollment' as never }),
    ],
    ['sessions.require', 'requirement.purpose', (mfa) => mfa.sessions.require(session, { purpose: 'a b' })],
    ['sessions.require', 'requirement', (mfa) => mfa.sessions.require(session, { maxAge: 1 } as never)],
    ['credentials.changed', 'via', (mfa) => mfa.credentials.changed(user, { via: 'fax' as never })],
    ['credentials.changed', 'except', (mfa) => mfa.credentials.changed(user, { via: 'email', except: '' })],
    ['totp.enroll', 'accountName', (mfa) => mfa.totp.enroll(session, {} as never)],
    ['totp.enroll', 'accountName', (mfa) => mfa.totp.enroll(session, { accountName: 'a:b' })],
    ['totp.enroll', 'label', (mfa) => mfa.totp.enroll(session, { accountName: 'a', label: 'x'.repeat(65) })],
    ['totp.enroll', 'label', (mfa) => mfa.totp.enroll(session, { accountName: 'a', label: 'a\u202eb' })],
    ['totp.enroll', 'algorithm', (mfa) => mfa.totp.enroll(session, { accountName: 'a', algorithm: 'MD5' as never })],
    ['totp.enroll', 'digits', (mfa) => mfa.totp.enroll(session, { accountName: 'a', digits: 10 })],
    ['totp.enroll', 'periodSeconds', (mfa) => mfa.totp.enroll(session, { accountName: 'a', periodSeconds: 90 })],
    ['totp.confirm', 'code', (mfa) => mfa.totp.confirm(session, { code: 123456 as never })],
    ['totp.confirm', 'factorId', (mfa) => mfa.totp.confirm(session, { code: '123456', factorId: {} as never })],
    ['contacts.set', 'channel', (mfa) => mfa.contacts.set(session, { channel: 'fax' as never, address: 'x' })],
    ['contacts.set', 'address', (mfa) => mfa.contacts.set(session, { channel: 'email' } as never)],
    [
      'contacts.set',
      'send',
      (mfa) => mfa.contacts.set(session, { channel: 'email', address: 'a@example.com', send: 0 as never }),
    ],
    [
      'contacts.sendVerification',
      'url',
      (mfa) => mfa.contacts.sendVerification(session, { channel: 'email', url: 'x' }),
    ],
    ['contacts.confirm', 'code', (mfa) => mfa.contacts.confirm(session, { channel: 'email', code: null as never })],
    ['contacts.attest', 'address', (mfa) => mfa.contacts.attest(user, { channel: 'email', address: 5 as never })],
    ['contacts.withdraw', 'channel', (mfa) => mfa.contacts.withdraw(user, {} as never)],
    ['contacts.remove', 'channel', (mfa) => mfa.contacts.remove(session, {} as never)],
    ['factors.rename', 'label', (mfa) => mfa.factors.rename(session, { factorId: 'x', label: ' ' })],
    ['factors.remove', 'options', (mfa) => mfa.factors.remove(session, {} as never)],
    ['factors.remove', 'options', (mfa) => mfa.factors.remove(session, { factorId: 'x', kind: 'totp' } as never)],
    ['factors.remove', 'kind', (mfa) => mfa.factors.remove(session, { kind: 'recovery_code' as never })],
    ['factors.remove', 'factorId', (mfa) => mfa.factors.remove(session, { factorId: 'x'.repeat(65) })],
    ['challenges.create', 'factor', (mfa) => mfa.challenges.create(session, { factor: 'sms' as never })],
    [
      'challenges.create',
      'purpose',
      (mfa) => mfa.challenges.create(session, { factor: 'totp', purpose: 'x'.repeat(33) }),
    ],
    ['challenges.create', 'purpose', (mfa) => mfa.challenges.create(session, { factor: 'totp', purpose: '' })],
    [
      'challenges.complete',
      'newSessionId',
      (mfa) => mfa.challenges.complete(session, { challengeId: 'x', code: '1', newSessionId: '' }),
    ],
    ['challenges.verify', 'code', (mfa) => mfa.challenges.verify(session, { factor: 'totp' } as never)],
    ['admin.reset', 'actor', (mfa) => mfa.admin.reset(user, { reason: 'x' } as never)],
    ['admin.unlock', 'reason', (mfa) => mfa.admin.unlock(user, { actor: 'x' } as never)],
    ['admin.removeFactor', 'factorId', (mfa) => mfa.admin.removeFactor(user, support as never)],
  ]

  it.each(asked)('%s: a bad `%s` is invalid_argument, and reaches no store', async (_name, argument, call) => {
    const store = createObservedStore()
    const { mfa } = createTestMfa({ store })
    await expectInvalid(call(mfa, undefined as never), argument)
    expect(store.calls.save + store.calls.load).toBe(0)
  })
})
