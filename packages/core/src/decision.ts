/** What a rule book is given and what it answers: `decide(record, input, context) -> decision`, pure; throws only for the host's own mistake. */

import type { Entropy } from './keys/entropy.js'
import type { KeyRing } from './keys/key-ring.js'
import type { Policy } from './policy/policy.js'
import type { MfaEventBody } from './ports/events.js'
import type { Channel, Message, NoticeName } from './ports/messenger.js'
import type { MfaRecord } from './record/record.js'
import type { UserRef } from './refs.js'
import type { Reason, Refusal, Result } from './result.js'
import type { FactorKind } from './session/assessment.js'

/** What the host demands of this user, as answered before the decision. */
export interface Enforcement {
  /** `required`: a second factor is demanded whether or not the user switched MFA on. */
  readonly mfa: 'optional' | 'required'
  /** With `required`: users who never had a factor may wait until then. */
  readonly requiredFromMs?: number
  /** Kinds that satisfy; others count as existing and can be proven, but then the user must enroll one of these. */
  readonly allowedFactors?: readonly FactorKind[]
  /** The host's function failed: nothing is satisfied. */
  readonly unavailable?: true
}

/** Everything a decision may depend on besides record and input. */
export interface Context {
  /** Never behind the record's high-water mark: what stamps and comparisons use. */
  readonly nowMs: number
  /** What the clock says: only TOTP steps use it, which move forward by themselves. */
  readonly realNowMs: number
  readonly owner: string
  readonly user: UserRef
  /** The acting session's hash; absent where a user or an administrator acts. */
  readonly acting?: string
  readonly policy: Policy
  readonly issuer: string
  readonly keys: KeyRing
  readonly entropy: Entropy
  readonly enforcement: Enforcement
  readonly unknownSessions: 'refuse' | 'allow_without_mfa'
  readonly hasMessenger: boolean
  /** Whether the host's own limiter lets a message go. */
  readonly sendAllowed: boolean
}

/** A notice to every confirmed address, before and after the change. */
export interface NoticeDraft {
  readonly notice: NoticeName
  readonly details?: Readonly<Record<string, string | number | readonly string[]>>
  /** Not to addresses of this channel. */
  readonly exceptChannel?: Channel
}

/** Whether a code or link went out. `none`: nothing was to be sent. */
export type Delivery = 'sent' | 'failed' | 'none'

export interface Decision<T> {
  readonly outcome: Result<T>
  /** The record to save, or `null` when there is nothing to save. */
  readonly next: MfaRecord | null
  readonly events: readonly MfaEventBody[]
  readonly notices: readonly NoticeDraft[]
  /** Takes the real time as the new mark, for the day a server's clock ran ahead. */
  readonly resetsClock?: true
  /** The acting session's hash after this decision, where it changed. */
  readonly actingAfter?: string
  /** A code or link to send after the save, and the outcome when sending fails. */
  readonly message?: { readonly content: Message; readonly outcomeIfFailed: Result<T> }
}

/** What accompanies an accepted decision. */
export interface Effects<T> {
  readonly events?: readonly MfaEventBody[]
  readonly notices?: readonly NoticeDraft[]
  readonly message?: Decision<T>['message']
  readonly resetsClock?: true
  readonly actingAfter?: string
}

/** Yes: save `next` (or nothing), then answer `value`. */
export function accept<T extends object>(next: MfaRecord | null, value: T, effects: Effects<T> = {}): Decision<T> {
  return {
    outcome: { ok: true, ...value },
    next,
    events: effects.events ?? [],
    notices: effects.notices ?? [],
    ...(effects.message && { message: effects.message }),
    ...(effects.resetsClock && { resetsClock: true }),
    ...(effects.actingAfter !== undefined && { actingAfter: effects.actingAfter }),
  }
}

/** No. `next` is given where the refusal itself must be remembered, such as a counted attempt. */
export function refuse<T>(
  refusal: Reason | Refusal,
  effects: {
    readonly next?: MfaRecord
    readonly events?: readonly MfaEventBody[]
    readonly notices?: readonly NoticeDraft[]
  } = {},
): Decision<T> {
  const outcome: Refusal = typeof refusal === 'string' ? { ok: false, reason: refusal } : refusal
  return { outcome, next: effects.next ?? null, events: effects.events ?? [], notices: effects.notices ?? [] }
}
