import { createMemoryStore } from '@countersign/adapters/memory'
import { testKey } from '@countersign/adapters/testing'
import { createMfa, type MfaOptions, type PolicyOptions } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { isKindEnabled, policyNumbers } from '../../packages/core/src/policy/policy.js'

const build = (options: Partial<MfaOptions> = {}) =>
  createMfa({ issuer: 'Acme', keys: [{ id: 'k', secret: testKey }], store: createMemoryStore(), ...options })
const misconfigured = (option: string) =>
  expect.objectContaining({ code: 'invalid_configuration', message: expect.stringContaining(`\`${option}\``) })

const said = (message: string) => expect.objectContaining({ code: 'invalid_configuration', message })

describe('every number of the policy', () => {
  for (const [name, [standard, nist, least, most]] of Object.entries(policyNumbers)) {
    it(`${name} is ${standard} (${nist} in nist), from ${least} to ${most}`, () => {
      expect(build().policy).toMatchObject({ [name]: standard })
      expect(build({ profile: 'nist' }).policy).toMatchObject({ [name]: nist })
      for (const allowed of name === 'recoveryCodesLowAt'
        ? [least]
        : name === 'recoveryCodeCount'
          ? [most]
          : [least, most]) {
        expect(build({ policy: { [name]: allowed } }).policy).toMatchObject({ [name]: allowed })
      }
      for (const bad of [least - 1, most + 1, least + 0.5, Number.NaN, Number.POSITIVE_INFINITY, String(least), null]) {
        expect(() => build({ policy: { [name]: bad } as PolicyOptions })).toThrow(misconfigured(`policy.${name}`))
      }
    })
  }

  it('is shown by mfa.policy, which nobody can change', () => {
    const { policy } = build()
    expect(Object.isFrozen(policy)).toBe(true)
    expect(Object.isFrozen(policy.factors)).toBe(true)
    expect(Object.isFrozen(policy.totpWindow)).toBe(true)
  })
})

describe('the profile nist', () => {
  it('refuses email as a factor (NIST 63B-4, 3.1.3.1), limits sessions to 12 h, and uses SHA-256 with 32 bytes', () => {
    const { policy } = build({ profile: 'nist' })
    expect(policy).toMatchObject({
      factors: ['totp', 'phone'],
      sessionMaxAgeMs: 12 * 3_600_000,
      totpAlgorithm: 'SHA-256',
      totpSecretBytes: 32,
      totpWindow: { past: 1, future: 0 },
      codeDigits: 8,
    })
    expect(() => build({ profile: 'nist', policy: { factors: ['totp', 'email'] } })).toThrow(
      misconfigured('policy.factors'),
    )
    expect(() => build({ profile: 'nist', policy: { managementFirstFactorMaxAgeMs: 'session' } })).toThrow(
      misconfigured('policy.managementFirstFactorMaxAgeMs'),
    )
  })
})

describe('a bad option of createMfa is invalid_configuration naming it', () => {
  it.each<[string, Partial<Record<keyof MfaOptions, unknown>>]>([
    ['issuer', { issuer: '' }],
    ['issuer', { issuer: '  ' }],
    ['issuer', { issuer: 'Acme ' }],
    ['issuer', { issuer: 'A:B' }],
    ['issuer', { issuer: 'A\nB' }],
    ['issuer', { issuer: 'x'.repeat(65) }],
    ['issuer', { issuer: 5 }],
    ['store', { store: undefined }],
    ['store', { store: { load: () => null } }],
    ['messenger', { messenger: {} }],
    ['messenger', { messenger: () => undefined }],
    ['clock', { clock: Date.now }],
    ['random', { random: 'x' }],
    ['onEvent', { onEvent: {} }],
    ['defer', { defer: 5 }],
    ['allowSend', { allowSend: true }],
    ['unknownSessions', { unknownSessions: 'allow' }],
    ['enforcement', { enforcement: { mfa: 'yes' } }],
    ['enforcement', { enforcement: { mfa: 'required', requiredFromMs: 'tomorrow' } }],
    ['enforcement', { enforcement: { mfa: 'required', allowedFactors: [] } }],
    ['enforcement', { enforcement: { mfa: 'required', allowedFactors: ['sms'] } }],
    ['enforcement', { enforcement: null }],
    ['profile', { profile: 'fips' }],
    ['portTimeLimitMs', { portTimeLimitMs: 5 }],
    ['portTimeLimitMs', { portTimeLimitMs: 60_001 }],
    ['keys', { keys: 'secret' }],
    ['policy', { policy: null }],
    ['policy.unknown', { policy: { unknown: 1 } }],
    ['policy.profile', { policy: { profile: 'nist' } }],
    ['policy.factors', { policy: { factors: [] } }],
    ['policy.factors', { policy: { factors: ['recovery_code'] } }],
    ['policy.factors', { policy: { factors: 'totp' } }],
    ['policy.optIn', { policy: { optIn: 'always' } }],
    ['policy.managementProof', { policy: { managementProof: 'none' } }],
    ['policy.totpAlgorithm', { policy: { totpAlgorithm: 'SHA1' } }],
    ['policy.totpWindow.past', { policy: { totpWindow: { past: 3, future: 1 } } }],
    ['policy.totpWindow.past', { policy: { totpWindow: 1 } }],
    ['policy.totpWindow.future', { policy: { totpWindow: { past: 1, future: -1 } } }],
    ['policy.replaceUsedRecoveryCode', { policy: { replaceUsedRecoveryCode: 'yes' } }],
    ['policy.sessionMaxAgeMs', { policy: { sessionMaxAgeMs: 31 * 86_400_000 } }],
    ['policy.managementFirstFactorMaxAgeMs', { policy: { managementFirstFactorMaxAgeMs: 3_600_001 } }],
    ['policy.recoveryCodesLowAt', { policy: { recoveryCodesLowAt: 6, recoveryCodeCount: 5 } }],
  ])('%s: %j', (option, options) => {
    expect(() => build(options as Partial<MfaOptions>)).toThrow(misconfigured(option))
  })

  it('also when there are no options at all', () => {
    expect(() => createMfa(undefined as never)).toThrow(misconfigured('options'))
  })

  it.each<[PolicyOptions | number | undefined, string]>([
    [5, '`policy` must be an object.'],
    [{ unknown: 1 } as PolicyOptions, '`policy.unknown` must be a known setting.'],
    [{ codeDigits: 5 }, '`policy.codeDigits` must be a whole number from 6 to 10.'],
    [{ optIn: 'x' as never }, "`policy.optIn` must be one of 'on_first_authenticator', 'explicit'."],
    [{ replaceUsedRecoveryCode: 1 as never }, '`policy.replaceUsedRecoveryCode` must be a boolean.'],
    [{ recoveryCodeCount: 1 }, '`policy.recoveryCodesLowAt` must be at most recoveryCodeCount.'],
    [{ factors: [] }, "`policy.factors` must be a list of 'totp', 'email', 'phone'."],
    [{ totpWindow: null as never }, '`policy.totpWindow.past` must be a whole number from 0 to 2.'],
    [{ totpWindow: { past: 0 } as never }, '`policy.totpWindow.future` must be a whole number from 0 to 2.'],
  ])('in words that tell what is wanted, for the policy %j', (policy, message) => {
    expect(() => build({ policy: policy as PolicyOptions })).toThrow(said(message))
  })

  it('in words that tell what the profile wants', () => {
    expect(() => build({ profile: 'x' as never })).toThrow(said("`profile` must be one of 'standard', 'nist'."))
    for (const [policy, message] of [
      [{ factors: ['email'] }, "`policy.factors` must be without 'email' in the nist profile."],
      [
        { managementFirstFactorMaxAgeMs: 'session' },
        '`policy.managementFirstFactorMaxAgeMs` must be a number in the nist profile.',
      ],
    ] as const) {
      expect(() => build({ profile: 'nist', policy: policy as PolicyOptions })).toThrow(said(message))
    }
  })

  it('words and numbers at the bounds are taken as they are', () => {
    for (const policy of [
      { managementFirstFactorMaxAgeMs: 'session' },
      { managementFirstFactorMaxAgeMs: 1000 },
      { managementFirstFactorMaxAgeMs: 3_600_000 },
      { managementProof: 'any' },
      { optIn: 'explicit' },
      { sessionMaxAgeMs: 1000 },
      { sessionMaxAgeMs: 30 * 86_400_000 },
      { totpAlgorithm: 'SHA-512' },
      { totpWindow: { past: 2, future: 0 } },
      { recoveryCodesLowAt: 5, recoveryCodeCount: 5 },
    ] as const) {
      expect(build({ policy }).policy).toMatchObject(policy)
    }
  })

  it('what is no number has a default too', () => {
    expect(build().policy).toMatchObject({
      ...{ profile: 'standard', factors: ['totp', 'email', 'phone'], optIn: 'on_first_authenticator' },
      ...{ managementProof: 'as_strong', managementFirstFactorMaxAgeMs: 900_000, sessionMaxAgeMs: undefined },
      ...{ totpAlgorithm: 'SHA-1', totpWindow: { past: 1, future: 1 }, replaceUsedRecoveryCode: false },
    })
    expect(build({ profile: 'nist' }).policy.managementFirstFactorMaxAgeMs).toBe(300_000)
  })

  it('recovery codes cannot be switched off: they exist whatever factors do', () => {
    const { policy } = build({ policy: { factors: ['phone'] } })
    const kinds = ['totp', 'email', 'phone', 'recovery_code'] as const
    expect(kinds.filter((kind) => isKindEnabled(policy, kind))).toEqual(['phone', 'recovery_code'])
  })

  it('undefined settings mean their defaults', () => {
    expect(build({ policy: { codeDigits: undefined } as unknown as PolicyOptions }).policy.codeDigits).toBe(6)
  })

  it('a random source that answers too little is found out before anything is saved', async () => {
    const mfa = build({ random: () => new Uint8Array(1) })
    await expect(mfa.sessions.begin({ userId: 'u', sessionId: 's' }, { method: 'password' })).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('`random`'),
    })
  })
})
