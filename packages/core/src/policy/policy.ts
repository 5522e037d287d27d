/** Every number the rules use, with its default in both profiles and its ceiling (NIST SP 800-63B-4, ASVS 5.0). */

import type { FactorKind } from '../session/assessment.js'
import type { TotpAlgorithm } from '../totp/hotp.js'

/** `nist` refuses what NIST SP 800-63B-4 refuses (email as a factor, equal categories), and tightens limits. */
export type Profile = 'standard' | 'nist'

/** How many time steps before and after the current one are accepted (RFC 6238, 5.2). */
export interface TotpWindow {
  /** 0 to 2 steps. */
  readonly past: number
  /** 0 to 2 steps. */
  readonly future: number
}

/** The settings that are numbers; durations are milliseconds unless named otherwise. */
export interface PolicyNumbers {
  /** How old the second-factor proof behind a management call may be. */
  readonly managementMaxAgeMs: number
  /** Ledgers kept per user; over it, those without a second factor go first, then the oldest. */
  readonly maxSessions: number
  /** Challenges open per user; over it, the oldest goes. */
  readonly maxOpenChallenges: number
  /** Authenticator apps per user. */
  readonly maxTotpFactors: number
  /** Digits of a code sent by email or SMS. */
  readonly codeDigits: number
  /** How long a code sent by email is good. */
  readonly emailCodeLifetimeMs: number
  /** How long a code sent by SMS is good. */
  readonly phoneCodeLifetimeMs: number
  /** How long a challenge is open from its creation; a resend does not move it (NIST 63B-4, 3.1.3.2). */
  readonly challengeLifetimeMs: number
  /** Wrong codes that use a challenge up, over all its resends. */
  readonly attemptsPerChallenge: number
  /** How long after a code another is sent at the earliest. */
  readonly resendCooldownMs: number
  /** Codes sent for one challenge, the first included. */
  readonly sendsPerChallenge: number
  /** Codes and links sent per channel, over all purposes, pending and active. */
  readonly sendsPerHour: number
  /** As `sendsPerHour`, for a day. */
  readonly sendsPerDay: number
  /** Addresses a user may enter per channel; each costs a message to a stranger. */
  readonly newAddressesPerDay: number
  /** The number of consecutive failures of one kind from which waiting starts, doubling each time. */
  readonly backoffFromFailure: number
  /** The first wait after failures. */
  readonly backoffFirstWaitMs: number
  /** The longest wait after failures. */
  readonly backoffMaxWaitMs: number
  /** Consecutive failures that lock a kind (NIST 63B-4, 3.2.2: at most 100). */
  readonly lockAfterFailures: number
  /** Consecutive failures over all typed kinds that lock them all; recovery codes have their own count. */
  readonly lockAllAfterFailures: number
  /** The user is told at this many consecutive failures, once per streak. */
  readonly noticeAtFailure: number
  /** How long an authenticator app or an address waits to be confirmed. */
  readonly pendingLifetimeMs: number
  /** Wrong codes that void something pending. */
  readonly pendingAttempts: number
  /** The life of a verification link (NIST 63B-4, 4.2.1.2: a day by email at most). */
  readonly linkLifetimeMs: number
  /** Digits of a new authenticator app’s codes; existing apps keep theirs. */
  readonly totpDigits: number
  /** The time step of a new authenticator app, in seconds. */
  readonly totpPeriodSeconds: number
  /** Bytes of a new app’s secret, or the length of its hash if that is more (RFC 4226, 4; RFC 6238, 5.1). */
  readonly totpSecretBytes: number
  /** Recovery codes per set. */
  readonly recoveryCodeCount: number
  /** An event tells when this few recovery codes are left. */
  readonly recoveryCodesLowAt: number
  /** How long a password set over email or SMS counts as derived from it, for a user without another factor. */
  readonly resetIndependenceMs: number
}

/** The effective policy, as `mfa.policy` shows it. */
export interface Policy extends PolicyNumbers {
  /** The profile these numbers started from. */
  readonly profile: Profile
  /** Which factor kinds exist at all. Recovery codes cannot be switched off. */
  readonly factors: readonly ('totp' | 'email' | 'phone')[]
  /** Whether confirming the first authenticator app switches MFA on, or only `enable` does. */
  readonly optIn: 'on_first_authenticator' | 'explicit'
  /** Whether removing an authenticator app needs a proof by an app (or a recovery code), or any second factor will do. */
  readonly managementProof: 'as_strong' | 'any'
  /**
   * How old the first-factor proof behind a management call may be before MFA is enforced, at most an hour; `session`:
   * any time in the session (not in `nist`).
   */
  readonly managementFirstFactorMaxAgeMs: number | 'session'
  /** The absolute life of a session’s ledger, if it is limited; the host may always limit it by `expiresAtMs`. */
  readonly sessionMaxAgeMs: number | undefined
  /** The hash of a new authenticator app; existing apps keep theirs. */
  readonly totpAlgorithm: TotpAlgorithm
  /** Time steps that are accepted around the current one. */
  readonly totpWindow: TotpWindow
  /** Whether using a recovery code issues a new one in its place (NIST 63B-4, 4.2.1.1). */
  readonly replaceUsedRecoveryCode: boolean
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** The numeric settings: default, default under `nist`, least, most. */
export const policyNumbers: Readonly<Record<keyof PolicyNumbers, readonly [number, number, number, number]>> = {
  managementMaxAgeMs: [300 * second, 120 * second, second, 900 * second],
  maxSessions: [25, 25, 1, 100],
  maxOpenChallenges: [40, 40, 1, 40],
  maxTotpFactors: [5, 5, 1, 5],
  codeDigits: [6, 8, 6, 10],
  emailCodeLifetimeMs: [10 * minute, 5 * minute, minute, 10 * minute],
  phoneCodeLifetimeMs: [5 * minute, 5 * minute, minute, 10 * minute],
  challengeLifetimeMs: [10 * minute, 10 * minute, minute, 10 * minute],
  attemptsPerChallenge: [5, 3, 1, 10],
  resendCooldownMs: [60 * second, 60 * second, 30 * second, 10 * minute],
  sendsPerChallenge: [3, 2, 1, 5],
  sendsPerHour: [5, 2, 1, 100],
  sendsPerDay: [10, 5, 1, 100],
  newAddressesPerDay: [3, 1, 1, 10],
  backoffFromFailure: [5, 3, 1, 10],
  backoffFirstWaitMs: [30 * second, 30 * second, 30 * second, hour],
  backoffMaxWaitMs: [hour, hour, 30 * second, day],
  lockAfterFailures: [30, 20, 1, 100],
  lockAllAfterFailures: [50, 30, 1, 100],
  noticeAtFailure: [3, 1, 1, 100],
  pendingLifetimeMs: [10 * minute, 5 * minute, minute, 30 * minute],
  pendingAttempts: [10, 5, 1, 10],
  linkLifetimeMs: [hour, hour, minute, day],
  totpDigits: [6, 6, 6, 8],
  totpPeriodSeconds: [30, 30, 15, 60],
  totpSecretBytes: [20, 32, 16, 64],
  recoveryCodeCount: [10, 10, 1, 16],
  recoveryCodesLowAt: [3, 3, 0, 16],
  resetIndependenceMs: [day, day, hour, 30 * day],
}

/** The ceilings of the settings that may also be absent or a word. */
export const sessionMaxAgeCeilingMs: number = 30 * day
export const managementFirstFactorMaxAgeCeilingMs: number = 3600 * second

/** The policy of a profile before the host's own numbers. */
export function defaultPolicy(profile: Profile): Policy {
  const nist = profile === 'nist'
  const numbers = {} as Record<keyof PolicyNumbers, number>
  for (const name of Object.keys(policyNumbers) as (keyof PolicyNumbers)[])
    numbers[name] = policyNumbers[name][nist ? 1 : 0]
  return {
    profile,
    factors: nist ? ['totp', 'phone'] : ['totp', 'email', 'phone'],
    optIn: 'on_first_authenticator',
    managementProof: 'as_strong',
    managementFirstFactorMaxAgeMs: nist ? 300 * second : 900 * second,
    sessionMaxAgeMs: nist ? 12 * hour : undefined,
    totpAlgorithm: nist ? 'SHA-256' : 'SHA-1',
    totpWindow: { past: 1, future: nist ? 0 : 1 },
    replaceUsedRecoveryCode: false,
    ...numbers,
  }
}

/** True when this kind of factor exists under the policy. */
export function isKindEnabled(policy: Policy, kind: FactorKind): boolean {
  return kind === 'recovery_code' || policy.factors.includes(kind)
}
