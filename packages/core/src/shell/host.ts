/** The host's two questions, wrapped once: what it demands of a user, and whether a message may go. A failure denies. */

import type { Enforcement } from '../decision.js'
import type { Channel, Message } from '../ports/messenger.js'
import type { UserRef } from '../refs.js'
import type { FactorKind } from '../session/assessment.js'
import { withTimeLimit } from './system.js'

/** What the host demands: a value for everybody, or a function of the user. */
export type EnforcementOption = HostEnforcement | ((user: UserRef) => HostEnforcement | Promise<HostEnforcement>)

/** What the host demands of one user. */
export type HostEnforcement = Omit<Enforcement, 'unavailable'>

/** What the host's limiter is asked, before a message is decided on. */
export interface SendRequest extends UserRef {
  /** What the message would travel over. */
  readonly channel: Channel
  /** Where it would go, normalized. */
  readonly address: string
  /** What it would carry. */
  readonly kind: 'code' | 'link'
  /** `verify_contact`, `sign_in`, `manage`, or the host’s own. */
  readonly purpose: string
}

/** The host’s limiter: only `true` lets a message go; a throw or no answer in time refuses it. */
export type AllowSend = (request: SendRequest) => boolean | Promise<boolean>

const unavailable: Enforcement = { mfa: 'required', unavailable: true }
const factorKinds: readonly FactorKind[] = ['totp', 'email', 'phone']

export function createHostQuestions(
  enforcement: EnforcementOption | undefined,
  allowSend: AllowSend | undefined,
  timeLimitMs: number,
): HostQuestions {
  const limited = <T>(work: Promise<T>): Promise<T> =>
    withTimeLimit(work, timeLimitMs, () => new Error('no answer in time'))
  return {
    async enforcementOn(user) {
      if (enforcement === undefined) return { mfa: 'optional' }
      if (typeof enforcement !== 'function') return enforcement
      try {
        const answer = await limited(Promise.resolve(enforcement(user)))
        return isEnforcement(answer) ? answer : unavailable
      } catch {
        return unavailable
      }
    },
    async maySend(user, message) {
      if (allowSend === undefined) return 'yes'
      const { channel, address, kind, purpose } = message as Exclude<Message, { kind: 'notice' }>
      try {
        return (await limited(Promise.resolve(allowSend({ ...user, channel, address, kind, purpose })))) === true
          ? 'yes'
          : 'no'
      } catch {
        return 'failed'
      }
    },
  }
}

export interface HostQuestions {
  enforcementOn(user: UserRef): Promise<Enforcement>
  maySend(user: UserRef, message: Message): Promise<'yes' | 'no' | 'failed'>
}

/** True for a well-formed answer; anything else is treated as a failure, never as "optional". */
export function isEnforcement(value: unknown): value is HostEnforcement {
  if (typeof value !== 'object' || value === null) return false
  const { mfa, requiredFromMs, allowedFactors } = value as Partial<HostEnforcement>
  if (mfa !== 'optional' && mfa !== 'required') return false
  if (requiredFromMs !== undefined && !Number.isFinite(requiredFromMs)) return false
  return (
    allowedFactors === undefined ||
    (Array.isArray(allowedFactors) &&
      allowedFactors.length > 0 &&
      allowedFactors.every((kind) => factorKinds.includes(kind)))
  )
}
