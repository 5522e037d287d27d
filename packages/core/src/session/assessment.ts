/** The published shapes of an assessment: the pure answer to "is this session good enough for this?". */

import type { Channel } from '../ports/messenger.js'

/** Something a user can prove. */
export type FactorKind = 'totp' | 'email' | 'phone' | 'recovery_code'

/** How the host proved the first factor; any other string is the host's own method and must state its channel. */
export type Method =
  | 'password'
  | 'email_otp'
  | 'email_link'
  | 'phone_otp'
  | 'oauth'
  | 'passkey'
  | (string & Record<never, never>)

/** What a proof rests on (docs/methods.md). */
export type Category = 'knowledge' | 'possession' | 'inherence' | 'federated' | 'recovery'

/** An honest assurance level (NIST SP 800-63B-4, 2.1-2.2): what was proven, not what was demanded. */
export type Level = 'none' | 'aal1' | 'aal2'

/** A ledger entry that still counts. */
export interface Proof {
  /** The method or the factor kind. */
  readonly name: string
  /** Which factor; absent for a sign-in method and a recovery code. */
  readonly factorId?: string
  /** What it rests on. */
  readonly category: Category
  /** What it went over, if anything. */
  readonly channel?: Channel
  /** How it came in: the host’s first factor, a completed challenge, or the confirmation of a new factor. */
  readonly origin: 'sign_in' | 'challenge' | 'enrollment'
  /** What its challenge was for. */
  readonly purpose?: string
  /** When, in milliseconds since the epoch. */
  readonly atMs: number
  /** True for a second proof that is independent of the sign-in, and for a user-verified passkey. */
  readonly independent: boolean
  /** `enforcement.allowedFactors` leaves this kind out: the proof satisfies no demand. */
  readonly notAccepted?: true
}

/** A factor this session could prove now: what a sign-in page needs to draw its choices. */
export interface Offer {
  /** The kind to create a challenge for. */
  readonly factor: FactorKind
  /** Which factor; absent for recovery codes. */
  readonly factorId?: string
  /** How the user calls it. */
  readonly label?: string
  /** Masked address. */
  readonly sentTo?: string
  /** Present while a wait runs: no try or send succeeds before. */
  readonly availableAtMs?: number
  /** `enforcement.allowedFactors` leaves this kind out: proving it only opens the way to enroll one that counts. */
  readonly notAccepted?: true
}

/** What an action needs beyond a satisfied session. */
export interface Requirement {
  /** The level that the proofs must reach at least. */
  readonly level?: Level
  /** Only proofs of these kinds count. `recovery_code` counts only where it is named. */
  readonly anyOf?: readonly FactorKind[]
  /** The newest counting proof must be at most this old, bound inclusive. */
  readonly maxAgeMs?: number
  /** Only proofs made by a challenge count, not enrollment. */
  readonly origin?: 'challenge'
  /** Only proofs made for exactly this purpose count. */
  readonly purpose?: string
}

/** One thing a session lacks. */
export interface Missing {
  /** What is lacking. */
  readonly what: 'session' | 'first_factor' | 'second_factor' | 'factor' | 'level' | 'enforcement'
  /** Why it is. */
  readonly why:
    | 'unknown'
    | 'missing'
    | 'expired'
    | 'locked'
    | 'same_channel'
    | 'unusable'
    | 'not_allowed'
    | 'not_enrolled'
    | 'unavailable'
}

/** Where a session stands, computed at every question and never cached. */
export interface Assessment {
  /** Good enough: for the requirement asked, or, without one, to be signed in. */
  readonly satisfied: boolean
  /** What the host should do now; `none` when nothing is to do. */
  readonly next: 'none' | 'sign_in' | 'second_factor' | 'enroll' | 'other_sign_in_method'
  /** MFA is demanded of this user: opted in or required, and a factor exists. Always true where an unknown session is refused. */
  readonly enforced: boolean
  /** Whether the user switched MFA on. */
  readonly optedIn: boolean
  /** What this session has proven. */
  readonly level: Level
  /** Everything that stands in the way; empty when satisfied. */
  readonly missing: readonly Missing[]
  /** Best first, recovery last. */
  readonly offers: readonly Offer[]
  /** Within a grace period: enroll by then. */
  readonly enrollByMs?: number
  /** RFC 8176 values, plus the private `email` and `recovery`. */
  readonly amr: readonly string[]
  /** The newest first-factor proof. */
  readonly authTimeMs?: number
  /** For display only, also when the factor is gone; never credit. */
  readonly lastChallengeAtMs?: number
  /** When this was computed, in milliseconds since the epoch. */
  readonly assessedAtMs: number
  /** When this session ends. */
  readonly validUntilMs?: number
  /** Oldest first. */
  readonly proofs: readonly Proof[]
}
