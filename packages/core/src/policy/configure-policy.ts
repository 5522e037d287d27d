/** Validates a host's policy: every number against its ceiling, at once, before anything runs. */

import { invalidConfiguration, oneOf } from '../errors.js'
import {
  defaultPolicy,
  managementFirstFactorMaxAgeCeilingMs,
  type Policy,
  type PolicyNumbers,
  type Profile,
  policyNumbers,
  sessionMaxAgeCeilingMs,
} from './policy.js'

/** What a host may set; everything has a default. */
export type PolicyOptions = Partial<Omit<Policy, 'profile'>>

/** The effective policy. Throws `invalid_configuration` naming the setting and its range. */
export function configurePolicy(profile: Profile = 'standard', options: PolicyOptions = {}): Policy {
  requireOneOf('profile', profile, ['standard', 'nist'])
  if (typeof options !== 'object' || options === null) throw invalidConfiguration('policy', 'an object')
  const defaults = defaultPolicy(profile)
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(defaults, name) || name === 'profile')
      throw invalidConfiguration(`policy.${name}`, 'a known setting')
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const policy: Policy = { ...defaults, ...given }

  for (const [name, [, , least, most]] of Object.entries(policyNumbers)) {
    requireInteger(`policy.${name}`, policy[name as keyof PolicyNumbers], least, most)
  }
  if (policy.sessionMaxAgeMs !== undefined) {
    requireInteger('policy.sessionMaxAgeMs', policy.sessionMaxAgeMs, 1000, sessionMaxAgeCeilingMs)
  }
  if (policy.managementFirstFactorMaxAgeMs !== 'session') {
    requireInteger(
      'policy.managementFirstFactorMaxAgeMs',
      policy.managementFirstFactorMaxAgeMs,
      1000,
      managementFirstFactorMaxAgeCeilingMs,
    )
  } else if (profile === 'nist') {
    throw invalidConfiguration('policy.managementFirstFactorMaxAgeMs', 'a number in the nist profile')
  }
  requireOneOf('policy.optIn', policy.optIn, ['on_first_authenticator', 'explicit'])
  requireOneOf('policy.managementProof', policy.managementProof, ['as_strong', 'any'])
  requireOneOf('policy.totpAlgorithm', policy.totpAlgorithm, ['SHA-1', 'SHA-256', 'SHA-512'])
  if (typeof policy.replaceUsedRecoveryCode !== 'boolean') {
    throw invalidConfiguration('policy.replaceUsedRecoveryCode', 'a boolean')
  }
  requireInteger('policy.totpWindow.past', policy.totpWindow?.past, 0, 2)
  requireInteger('policy.totpWindow.future', policy.totpWindow?.future, 0, 2)
  requireFactors(policy)
  if (policy.recoveryCodesLowAt > policy.recoveryCodeCount) {
    throw invalidConfiguration('policy.recoveryCodesLowAt', 'at most recoveryCodeCount')
  }
  return deepFreeze(policy)
}

function requireFactors(policy: Policy): void {
  if (!Array.isArray(policy.factors) || policy.factors.length === 0) {
    throw invalidConfiguration('policy.factors', "a list of 'totp', 'email', 'phone'")
  }
  for (const kind of policy.factors) requireOneOf('policy.factors', kind, ['totp', 'email', 'phone'])
  // NIST SP 800-63B-4, 3.1.3.1: "Email SHALL NOT be used for out-of-band authentication".
  if (policy.profile === 'nist' && policy.factors.includes('email')) {
    throw invalidConfiguration('policy.factors', "without 'email' in the nist profile")
  }
}

/** Throws `invalid_configuration` with the range. */
export function requireInteger(name: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalidConfiguration(name, `a whole number from ${least} to ${most}`)
  }
}

/** Throws `invalid_configuration` with the words. */
export function requireOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (!allowed.includes(value as string)) throw invalidConfiguration(name, oneOf(allowed))
}

function deepFreeze(policy: Policy): Policy {
  return Object.freeze({
    ...policy,
    factors: Object.freeze([...policy.factors]),
    totpWindow: Object.freeze({ past: policy.totpWindow.past, future: policy.totpWindow.future }),
  })
}
