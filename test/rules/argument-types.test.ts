import { inspect } from 'node:util'
import { createTestMfa } from '@countersign/adapters/testing'
import { isMfaError, type Mfa } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createObservedStore } from '../shell/observed-store.js'

type Call = (ref: object, options: unknown) => Promise<unknown>

/** One call of the API: options that it accepts, and for each of them what it must not accept. */
interface Spec {
  readonly valid: Readonly<Record<string, unknown>>
  readonly wrong: Readonly<Record<string, readonly unknown[]>>
}

const canary = 'CANARY-7f3a'
const neverText = [null, 5, Number.NaN, 10n, true, {}, [canary], Symbol('x'), () => canary, new String(canary)]
const required = (values: readonly unknown[]): readonly unknown[] => [undefined, ...values]
const word = [...neverText, canary, '', '__proto__']
const label = [...neverText, '', ' ', 'x'.repeat(600), 'a\u0000b', 'a\u202eb', '\ud800']
const id = [...neverText, 'x'.repeat(65)]
const sessionId = [...neverText, '', 'x'.repeat(4097)]
const flag = [null, 0, 1, 'true', {}, []]
const count = [null, '6', '', Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 10n, {}, [6], new Date(0)]
const instant = [...count, 2 ** 53]
const purpose = [...neverText, '', 'a b', 'ä', 'x'.repeat(33), `${canary}\n`]
const url = [...neverText, '', canary, 'javascript:alert(1)', '//acme.example', 'https://acme.example/\nx']
const method = required(label)
const channel = [...word, 'sms']
const support = { actor: 'kim', reason: 'a ticket' }
const noSupport = { actor: required(label), reason: required(label) }
const firstFactor = { method, channel, provider: label, userVerified: flag }

const specs: Readonly<Record<string, Spec>> = {
  'sessions.begin': {
    valid: { method: 'password' },
    wrong: { ...firstFactor, expiresAtMs: [...instant, 0], verified: [null, 5, canary, []] },
  },
  'sessions.adopt': {
    valid: { method: 'password', authenticatedAtMs: 1 },
    wrong: { ...firstFactor, authenticatedAtMs: required(instant), expiresAtMs: instant },
  },
  'sessions.reauthenticate': { valid: { method: 'password' }, wrong: firstFactor },
  'sessions.extend': { valid: { expiresAtMs: 4e12 }, wrong: { expiresAtMs: required([...instant, 0]) } },
  'sessions.rotate': { valid: { newSessionId: 'new' }, wrong: { newSessionId: required(sessionId) } },
  'credentials.changed': { valid: { via: 'session' }, wrong: { via: required(word), except: sessionId } },
  'totp.enroll': {
    valid: { accountName: 'kim' },
    wrong: {
      accountName: required([...label, `a:${canary}`]),
      label,
      algorithm: [...word, 'sha-1', 'SHA1'],
      digits: [...count, 5, 9],
      periodSeconds: [...count, 14, 61],
    },
  },
  'totp.confirm': { valid: { code: '123456' }, wrong: { code: required(neverText), factorId: id } },
  'contacts.set': {
    valid: { channel: 'email', address: 'kim@example.com' },
    wrong: { channel: required(channel), address: required(neverText), url, send: flag },
  },
  'contacts.sendVerification': { valid: { channel: 'email' }, wrong: { channel: required(channel), url } },
  'contacts.confirm': {
    valid: { channel: 'email', code: '123456' },
    wrong: { channel: required(channel), code: required(neverText) },
  },
  'contacts.attest': {
    valid: { channel: 'email', address: 'kim@example.com' },
    wrong: { channel: required(channel), address: required(neverText) },
  },
  'contacts.withdraw': { valid: { channel: 'email' }, wrong: { channel: required(channel) } },
  'contacts.remove': { valid: { channel: 'email' }, wrong: { channel: required(channel) } },
  'factors.rename': {
    valid: { factorId: 'x', label: 'y' },
    wrong: { factorId: required(id), label: required(label) },
  },
  'factors.remove': { valid: {}, wrong: { factorId: id, kind: [...word, 'recovery_code'] } },
  'challenges.create': { valid: { factor: 'totp' }, wrong: { factor: required(word), factorId: id, purpose } },
  'challenges.resend': { valid: { challengeId: 'x' }, wrong: { challengeId: required(neverText) } },
  'challenges.cancel': { valid: { challengeId: 'x' }, wrong: { challengeId: required(neverText) } },
  'challenges.complete': {
    valid: { challengeId: 'x', code: '123456' },
    wrong: { challengeId: required(neverText), code: required(neverText), purpose, newSessionId: sessionId },
  },
  'challenges.verify': {
    valid: { factor: 'totp', code: '123456' },
    wrong: {
      factor: required([...word, 'email', 'phone']),
      factorId: id,
      code: required(neverText),
      purpose,
      newSessionId: sessionId,
    },
  },
  'admin.reset': { valid: support, wrong: noSupport },
  'admin.unlock': { valid: support, wrong: { ...noSupport, factorId: id } },
  'admin.removeFactor': { valid: { ...support, factorId: 'x' }, wrong: { ...noSupport, factorId: required(id) } },
}
const requirement: Spec = {
  valid: { level: 'aal1' },
  wrong: {
    level: [...word, 'aal3'],
    anyOf: [...neverText, canary, [[]], ['sms'], ['totp', 5]],
    maxAgeMs: instant,
    origin: [...word, 'enrollment', 'sign_in'],
    purpose,
  },
}
const withoutOptions = [
  'sessions.assess',
  'sessions.require',
  'sessions.end',
  'sessions.endOthers',
  'sessions.endAll',
  'recoveryCodes.generate',
  'recoveryCodes.regenerate',
  'factors.list',
  'enable',
  'disable',
  'admin.inspect',
  'users.erase',
]

const kim = { userId: 'kim', sessionId: 'one' }

function callsOf(mfa: Mfa): ReadonlyMap<string, Call> {
  const found = Object.entries(mfa).flatMap(([group, part]: [string, unknown]) => {
    if (typeof part === 'function') return [[group, part as Call] as const]
    if (typeof part !== 'object' || part === null) return []
    return Object.entries(part)
      .filter(([, method]) => typeof method === 'function')
      .map(([name, method]) => [`${group}.${name}`, method as Call] as const)
  })
  return new Map(found)
}

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function setup() {
  const store = createObservedStore()
  const { mfa, events, outbox } = createTestMfa({ store })
  const calls = callsOf(mfa)
  return { store, calls, events, outbox, callOf: (name: string) => calls.get(name) as Call }
}

describe('an argument of the wrong type throws MfaError invalid_argument naming it, and changes nothing', () => {
  it('for every call of the API: this table has them all', () => {
    expect([...setup().calls.keys()].sort()).toEqual([...Object.keys(specs), ...withoutOptions].sort())
  })

  const optionCases = Object.entries(specs).flatMap(([name, spec]) =>
    Object.keys(spec.wrong).map((option) => [name, option, option, spec] as const),
  )
  const requirementCases = ['sessions.assess', 'sessions.require'].flatMap((name) =>
    Object.keys(requirement.wrong).map((option) => [name, option, `requirement.${option}`, requirement] as const),
  )

  it.each([...optionCases, ...requirementCases])('%s: `%s`', async (name, option, argument, { valid, wrong }) => {
    const { store, callOf, events, outbox } = setup()
    for (const value of wrong[option] ?? []) {
      const error = await thrownBy(callOf(name)(kim, { ...valid, [option]: value }))
      expect(isMfaError(error), inspect(value)).toBe(true)
      expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining(`\`${argument}\``) })
      expect(String(error)).not.toContain(canary)
    }
    expect(store.calls).toEqual({ load: 0, save: 0, erase: 0 })
    expect([...events, ...outbox.messages]).toEqual([])
  })

  it.each([...Object.keys(specs), 'sessions.assess', 'sessions.require'])(
    '%s: options that are no object',
    async (name) => {
      const { store, callOf } = setup()
      for (const options of [null, 5, true, canary, [], [{}], () => ({}), Symbol('x')]) {
        const error = await thrownBy(callOf(name)(kim, options))
        expect(error).toMatchObject({
          code: 'invalid_argument',
          message: expect.stringMatching(/^`(options|requirement)` must be an object\.$/),
        })
      }
      expect(store.calls).toEqual({ load: 0, save: 0, erase: 0 })
    },
  )

  it.each(Object.entries(specs).filter(([name]) => name !== 'factors.remove'))(
    '%s takes what the table calls valid, and reaches the store',
    async (name, { valid }) => {
      const { store, callOf } = setup()
      expect(await thrownBy(callOf(name)(kim, valid))).toBeUndefined()
      expect(store.calls.load).toBe(1)
    },
  )

  it('a purpose of 1 to 32 characters is taken, an unknown option is not looked at', async () => {
    const { callOf } = setup()
    for (const name of ['x', 'x'.repeat(32), 'transfer.confirm:v2_-']) {
      const options = { factor: 'totp', purpose: name, unknown: canary }
      expect(await callOf('challenges.create')(kim, options)).toMatchObject({ reason: 'unknown_session' })
    }
  })
})
