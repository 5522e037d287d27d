/** The user's record: all MFA state of one user. */

import type { KeyedDigest } from '../keys/digest.js'
import type { Sealed } from '../keys/seal.js'
import type { Channel } from '../ports/messenger.js'
import type { Category, FactorKind } from '../session/assessment.js'
import type { TotpAlgorithm } from '../totp/hotp.js'

export interface MfaRecord {
  /** How many times this record was saved, and the first 8 characters of its last 4 versions, oldest first. */
  readonly saves: number
  readonly recent: readonly string[]
  /** High-water mark of time: nothing is ever stamped or compared earlier. */
  readonly seenAtMs: number
  readonly throttles: Throttles
  readonly sends: Readonly<Record<Channel, SendLog>>
  readonly sessions: readonly Session[]
  readonly challenges: readonly Challenge[]
  readonly pending: readonly Pending[]
  /** Nothing that signed in at or before this is adopted. */
  readonly sessionsNotBeforeMs?: number
  /** Present while the user has MFA switched on. */
  readonly optedInAtMs?: number
  /** Kept after switching off and removals: facts about the past that decide what a sign-in may do. */
  readonly everOptedInAtMs?: number
  readonly factorEverAtMs?: number
  readonly secondFactorEverAtMs?: number
  /** The password was last set over this channel, and no other factor has been proven beside it since. */
  readonly derivedPassword?: { readonly via: Channel; readonly atMs: number }
  readonly factors: readonly Factor[]
  readonly recovery?: RecoverySet
}

/** Consecutive failures of one kind. */
export interface FailureCount {
  /** How many since the last success. */
  readonly failures: number
  /** When the last one was, in milliseconds since the epoch. */
  readonly lastAtMs: number
  /** The user was told of this streak. */
  readonly noticed?: true
}

/** Consecutive failures by kind of factor: what waits, locks and notices are decided by. */
export interface Throttles {
  /** Of authenticator apps. */
  readonly totp?: FailureCount
  /** Of codes by email. */
  readonly email?: FailureCount
  /** Of codes by SMS. */
  readonly phone?: FailureCount
  /** Of recovery codes. */
  readonly recovery_code?: FailureCount
  /** Consecutive failures over all typed kinds but recovery. */
  readonly total: number
}

/** When codes and links were sent over a channel, and when to addresses new to this user; the last day's. */
export interface SendLog {
  readonly sentAtMs: readonly number[]
  readonly newAddressAtMs: readonly number[]
}

export interface Session {
  /** The head of the SHA-256 of the host's session id. */
  readonly id: string
  /** Stays the same when the host rotates the id: what challenges and pending things are bound to. */
  readonly ref: string
  readonly startedAtMs: number
  readonly expiresAtMs?: number
  readonly lastChallengeAtMs?: number
  /** The ledger: oldest first, the newest of each, at most 16. */
  readonly entries: readonly LedgerEntry[]
}

export interface LedgerEntry {
  /** A method (origin `sign_in`) or a factor kind. */
  readonly name: string
  readonly category: Category
  readonly channel?: Channel
  readonly origin: 'sign_in' | 'challenge' | 'enrollment'
  readonly atMs: number
  readonly factorId?: string
  readonly generation?: number
  readonly purpose?: string
  readonly userVerified?: true
  /** The address an identity provider vouched for: compared with the email factor's at every question. */
  readonly verifiedEmail?: string
  /** An enrollment made while MFA was already enforced: satisfies, but manages nothing. */
  readonly whileEnforced?: true
  /** By a recovery code of a set that a weaker proof than an app's had made. */
  readonly byWeaker?: true
}

export interface Challenge {
  readonly id: string
  readonly session: string
  readonly kind: FactorKind
  readonly purpose: string
  readonly createdAtMs: number
  /** The absolute deadline, which a resend does not move. */
  readonly deadlineAtMs: number
  readonly attempts: number
  /** With TOTP: only this app, if named. With a contact: the factor the code went to. */
  readonly factorId?: string
  readonly generation?: number
  readonly code?: SentCode
}

/** A code on its way: its digest, not its digits. */
export interface SentCode extends KeyedDigest {
  readonly sentAtMs: number
  readonly expiresAtMs: number
  readonly sends: number
}

interface FactorBase {
  readonly id: string
  /** Raised when older proofs of this factor must stop counting. */
  readonly generation: number
  readonly createdAtMs: number
  readonly lastUsedAtMs?: number
  readonly label?: string
}

export interface TotpParameters {
  readonly algorithm: TotpAlgorithm
  readonly digits: number
  readonly periodSeconds: number
}

export interface TotpFactor extends FactorBase, TotpParameters {
  readonly kind: 'totp'
  readonly status: 'active' | 'locked'
  readonly secret: Sealed
  /** The last accepted time step; only ever moves forward (RFC 6238, 5.2). */
  readonly lastStep: number
  /** Added beside other apps by a weaker proof than theirs: it does not manage them. */
  readonly addedByWeaker?: true
  /** The session that confirmed it. */
  readonly confirmedBy?: string
}

export interface ContactFactor extends FactorBase {
  readonly kind: Channel
  readonly status: 'active' | 'locked' | 'withdrawn'
  readonly address: string
  /** The session that confirmed it, or absent when the host attested it. */
  readonly confirmedBy?: string
  /** Made while the policy let this kind be a factor. */
  readonly wasFactor?: true
  /** Was locked when the host withdrew it: attesting brings it back locked. */
  readonly lockedWhenWithdrawn?: true
}

export type Factor = TotpFactor | ContactFactor

interface PendingBase {
  readonly id: string
  /** The session that started it: only that one may confirm it with a typed code. */
  readonly startedBy: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly attempts: number
}

export interface PendingTotp extends PendingBase, TotpParameters {
  readonly kind: 'totp'
  readonly secret: Sealed
  readonly label?: string
}

export interface PendingContact extends PendingBase {
  readonly kind: Channel
  readonly address: string
  readonly code?: SentCode
  readonly link?: SentCode
  /** Whether MFA was enforced when the link was sent: if not, it confirms nothing once MFA is. */
  readonly sentWhileEnforced?: true
}

export type Pending = PendingTotp | PendingContact

export interface RecoverySet {
  readonly batch: string
  readonly key: string
  readonly createdAtMs: number
  readonly createdBy: string
  readonly locked?: true
  /** Made beside an app by a weaker proof than the app's: its codes do not manage apps. */
  readonly addedByWeaker?: true
  readonly codes: readonly RecoveryCode[]
}

export interface RecoveryCode {
  readonly digest: string
  readonly usedAtMs?: number
}

/** The record of a user we know nothing about. */
export function initialRecord(): MfaRecord {
  return {
    saves: 0,
    recent: [],
    seenAtMs: 0,
    throttles: { total: 0 },
    sends: { email: { sentAtMs: [], newAddressAtMs: [] }, phone: { sentAtMs: [], newAddressAtMs: [] } },
    sessions: [],
    challenges: [],
    pending: [],
    factors: [],
  }
}
