/** `createMfa`: the façade a host sees. Checks the configuration at once and wires the use cases to the shell. */

import { invalidConfiguration } from './errors.js'
import {
  type AdminApi,
  type CredentialsApi,
  createAdminApi,
  createCredentialsApi,
  createUsersApi,
  type UsersApi,
} from './facade/admin.js'
import { type ChallengesApi, createChallengesApi } from './facade/challenges.js'
import { type ContactsApi, createContactsApi } from './facade/contacts.js'
import {
  createFactorsApi,
  createRecoveryCodesApi,
  createSwitchApi,
  createTotpApi,
  type FactorsApi,
  type RecoveryCodesApi,
  type SwitchApi,
  type TotpApi,
} from './facade/factors.js'
import { createSessionsApi, type SessionsApi } from './facade/sessions.js'
import { createKeyRing, type KeyOption } from './keys/key-ring.js'
import { configurePolicy, type PolicyOptions, requireInteger, requireOneOf } from './policy/configure-policy.js'
import type { Policy, Profile } from './policy/policy.js'
import type { Clock, RandomSource } from './ports/clock.js'
import type { Messenger } from './ports/messenger.js'
import type { MfaStore } from './ports/store.js'
import { createEffects, type Defer, type OnEvent } from './shell/effects.js'
import { type AllowSend, createHostQuestions, type EnforcementOption, isEnforcement } from './shell/host.js'
import { createMutex } from './shell/mutex.js'
import { createPersistence } from './shell/persist.js'
import { createShell } from './shell/run.js'
import { systemClock, systemRandom } from './shell/system.js'
import { isName } from './totp/key-uri.js'

/** What `createMfa` is given. */
export interface MfaOptions {
  /** The name authenticator apps and messages show; 1 to 64 characters, no colon. */
  readonly issuer: string
  /** The first key seals and signs, all open. */
  readonly keys: readonly KeyOption[]
  /** Where records are kept: `MfaStore` says what it must promise. */
  readonly store: MfaStore
  /** Without one, email and phone are not offered. */
  readonly messenger?: Messenger
  /** The numbers to start from; default `standard`. */
  readonly profile?: Profile
  /** Replaces single numbers and switches of the profile, each within its ceiling. */
  readonly policy?: PolicyOptions
  /** What the host demands: a value, or a function of the user. If it throws, nothing is satisfied. */
  readonly enforcement?: EnforcementOption
  /** `allow_without_mfa`: for a roll-out to users with live sessions. */
  readonly unknownSessions?: 'refuse' | 'allow_without_mfa'
  /** The host's own limiter, asked before a message is decided on. */
  readonly allowSend?: AllowSend
  /** Default: the system’s. Tests give a manual one. */
  readonly clock?: Clock
  /** Default: the system’s cryptographically secure source. */
  readonly random?: RandomSource
  /** Told what happened, after it was saved: for audit logs and alerts. */
  readonly onEvent?: OnEvent
  /** Sends notices after the answer, by a platform’s `waitUntil` for one; without it a call waits for them. */
  readonly defer?: Defer
  /** How long one call of a port may take before it counts as failed; default 10 s, from 10 ms to 60 s. */
  readonly portTimeLimitMs?: number
}

/** The library as a host sees it. */
export interface Mfa extends SwitchApi {
  /** Opening and ending ledgers, and the question a guard asks on every request. */
  readonly sessions: SessionsApi
  /** What the host says of a user’s first factors. */
  readonly credentials: CredentialsApi
  /** Enrolling an authenticator app. */
  readonly totp: TotpApi
  /** Email addresses and phone numbers. */
  readonly contacts: ContactsApi
  /** Codes for the day the second factor is lost. */
  readonly recoveryCodes: RecoveryCodesApi
  /** The factors a user has. */
  readonly factors: FactorsApi
  /** Proving a second factor, at sign-in and for a step-up. */
  readonly challenges: ChallengesApi
  /** What support staff do to a user. */
  readonly admin: AdminApi
  /** The end of a user. */
  readonly users: UsersApi
  /** The effective numbers. */
  readonly policy: Policy
  /** As given to `createMfa`. */
  readonly issuer: string
}

const maxQueuedPerOwner = 64
const defaultPortTimeLimitMs = 10_000

/** Builds the library. Throws `invalid_configuration` naming the option, never its value. */
export function createMfa(options: MfaOptions): Mfa {
  if (typeof options !== 'object' || options === null) throw invalidConfiguration('options', 'an object')
  const { issuer, store, messenger, enforcement, allowSend, onEvent, defer } = options
  const { unknownSessions = 'refuse', portTimeLimitMs = defaultPortTimeLimitMs } = options
  const { clock = systemClock, random = systemRandom } = options
  requireParts(options)
  requireOneOf('unknownSessions', unknownSessions, ['refuse', 'allow_without_mfa'])
  requireInteger('portTimeLimitMs', portTimeLimitMs, 10, 60_000)
  const keys = createKeyRing(options.keys)
  const policy = configurePolicy(options.profile, options.policy)
  const shell = createShell({
    persistence: createPersistence(store, keys, portTimeLimitMs),
    host: createHostQuestions(enforcement, allowSend, portTimeLimitMs),
    effects: createEffects(messenger, onEvent, defer, portTimeLimitMs),
    mutex: createMutex(maxQueuedPerOwner),
    clock,
    random,
    keys,
    policy,
    issuer,
    unknownSessions,
    hasMessenger: messenger !== undefined,
  })
  return {
    sessions: createSessionsApi(shell, clock),
    credentials: createCredentialsApi(shell),
    totp: createTotpApi(shell),
    contacts: createContactsApi(shell),
    recoveryCodes: createRecoveryCodesApi(shell),
    factors: createFactorsApi(shell),
    challenges: createChallengesApi(shell),
    admin: createAdminApi(shell),
    users: createUsersApi(shell),
    ...createSwitchApi(shell),
    policy,
    issuer,
  }
}

function requireParts(options: MfaOptions): void {
  const { issuer, store, messenger, enforcement, clock } = options
  if (!isName(issuer) || issuer.length > 64) {
    throw invalidConfiguration('issuer', '1 to 64 characters without colon, control or surrounding space')
  }
  requireMethods('store', store, ['load', 'save', 'erase'])
  if (messenger !== undefined) requireMethods('messenger', messenger, ['send'])
  if (clock !== undefined) requireMethods('clock', clock, ['nowMs'])
  for (const name of ['random', 'onEvent', 'defer', 'allowSend'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalidConfiguration(name, 'a function')
  }
  if (enforcement !== undefined && typeof enforcement !== 'function' && !isEnforcement(enforcement)) {
    throw invalidConfiguration(
      'enforcement',
      "{ mfa: 'optional' | 'required', requiredFromMs?, allowedFactors? } or a function",
    )
  }
}

function requireMethods(name: string, value: unknown, methods: readonly string[]): void {
  const has = (method: string): boolean =>
    typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function'
  if (!methods.every(has)) throw invalidConfiguration(name, `an object with ${methods.join(', ')}`)
}
