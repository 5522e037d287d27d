/** What the model consists of: plain words, no digest, no record. */

export type Kind = 'totp' | 'email' | 'phone' | 'recovery_code'
export type Channel = 'email' | 'phone'
export type MethodName = 'password' | 'email_link' | 'phone_otp' | 'passkey'

export interface Entry {
  readonly name: MethodName | Kind
  readonly origin: 'sign_in' | 'challenge' | 'enrollment'
  readonly atMs: number
  readonly factorId?: string
  readonly purpose?: string
  /** Confirmed while MFA was enforced already: satisfies, manages nothing. */
  readonly whileEnforced?: boolean
  /** By a code of a set that a weaker proof than an app's had made. */
  readonly byWeaker?: boolean
}

export interface ModelSession {
  id: string
  readonly ref: number
  expiresAtMs: number | undefined
  entries: Entry[]
}

export interface ModelFactor {
  /** The model's own: another one whenever older proofs must stop counting. */
  readonly id: string
  readonly realId: string
  readonly kind: 'totp' | Channel
  status: 'active' | 'locked' | 'withdrawn'
  wasLocked: boolean
  address: string
  lastStep: number
  readonly addedByWeaker: boolean
}

export interface ModelChallenge {
  readonly id: string
  readonly ref: number
  readonly kind: Kind
  readonly purpose: string
  readonly factorId: string | undefined
  readonly createdAtMs: number
  attempts: number
  sentAtMs: number | undefined
  expiresAtMs: number
  sends: number
}

export interface ModelPending {
  readonly id: string
  readonly ref: number
  readonly expiresAtMs: number
  attempts: number
}

export interface ModelRecovery {
  readonly codes: readonly string[]
  readonly used: Set<string>
  readonly addedByWeaker: boolean
  locked: boolean
}

export interface Verdict {
  readonly satisfied: boolean
  readonly next: string
  readonly enforced: boolean
  readonly optedIn: boolean
  readonly level: string
}

export interface Demand {
  readonly whileEnrolling?: boolean
  readonly anyOf?: readonly Kind[]
  readonly strong?: boolean
}

/** A refusal's reason, or the session. */
export type Gate = string | ModelSession

export const second = 1000
export const minute: number = 60 * second
export const hour: number = 60 * minute
export const day: number = 24 * hour

export const mediumOf: Readonly<Record<Kind | MethodName, 'none' | Channel>> = {
  totp: 'none',
  email: 'email',
  phone: 'phone',
  recovery_code: 'none',
  password: 'none',
  email_link: 'email',
  phone_otp: 'phone',
  passkey: 'none',
}
export const typedKinds = ['totp', 'email', 'phone'] as const
