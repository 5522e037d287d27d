/** The one table of methods and factors: category, medium, level and amr of each. Printed into docs/methods.md. */

import type { Channel } from '../ports/messenger.js'
import type { Category, FactorKind, Level } from './assessment.js'

/** What proving this is worth. */
export interface Standing {
  readonly category: Category
  /** What the proof travels over: two proofs over one medium are one proof (CVE class: one mailbox, both factors). */
  readonly medium: Channel | 'none'
  /** The most this proof can raise a session to. */
  readonly level: Level
  /** RFC 8176; `email` and `recovery` are private values, since none is registered for them. */
  readonly amr: readonly string[]
}

/** First factors, by method. `oauth` has medium email when its `verified.email` is the email factor's address. */
export const methodTable: Readonly<Record<string, Standing>> = {
  password: { category: 'knowledge', medium: 'none', level: 'aal1', amr: ['pwd'] },
  email_otp: { category: 'possession', medium: 'email', level: 'aal1', amr: ['email'] },
  email_link: { category: 'possession', medium: 'email', level: 'aal1', amr: ['email'] },
  phone_otp: { category: 'possession', medium: 'phone', level: 'aal1', amr: ['sms'] },
  oauth: { category: 'federated', medium: 'none', level: 'aal1', amr: [] },
  passkey: { category: 'possession', medium: 'none', level: 'aal1', amr: ['swk'] },
}

/** A host's own method: federated, over the channel it states. */
export const hostMethod: Standing = { category: 'federated', medium: 'none', level: 'aal1', amr: [] }

/** A passkey with user verification proves two categories by itself (NIST 63B-4, 2.2.1). */
export const userVerifiedPasskey: Standing = {
  category: 'possession',
  medium: 'none',
  level: 'aal2',
  amr: ['swk', 'user'],
}

/** Second factors, by kind. SMS is NIST's restricted authenticator; email never raises to aal2 (NIST 63B-4, 3.1.3.1). */
export const factorTable: Readonly<Record<FactorKind, Standing>> = {
  totp: { category: 'possession', medium: 'none', level: 'aal2', amr: ['otp'] },
  phone: { category: 'possession', medium: 'phone', level: 'aal2', amr: ['sms'] },
  email: { category: 'possession', medium: 'email', level: 'aal1', amr: ['email'] },
  recovery_code: { category: 'recovery', medium: 'none', level: 'aal2', amr: ['recovery'] },
}

/** The order in which factors are offered: best first, recovery last. */
export const offerOrder: readonly FactorKind[] = ['totp', 'phone', 'email', 'recovery_code']

/** The table's row for a first-factor method. */
export function standingOfMethod(method: string, userVerified: boolean): Standing {
  if (method === 'passkey' && userVerified) return userVerifiedPasskey
  return Object.hasOwn(methodTable, method) ? (methodTable[method] as Standing) : hostMethod
}

/** True for the methods named in the table; any other must state its channel. */
export function isKnownMethod(method: string): boolean {
  return Object.hasOwn(methodTable, method)
}
