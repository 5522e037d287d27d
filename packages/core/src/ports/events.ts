/** What happened, for audit logs and alerts. Typed, ordered, at most once, after the save, never holding a secret. */

import type { CallContext } from '../refs.js'
import type { Reason } from '../result.js'
import type { FactorKind } from '../session/assessment.js'
import type { Channel, NoticeName } from './messenger.js'

/** Why a code or challenge was not accepted: the difference that the public `invalid_code` hides. */
export type FailureDetail =
  | 'malformed'
  | 'wrong'
  | 'expired'
  | 'replayed'
  | 'already_used'
  | 'unknown_challenge'
  | 'purpose_mismatch'
  | 'not_independent'
  | 'factor_changed'
  | 'void'
  | 'exhausted'

/** The event-specific fields, by `type`. */
export type MfaEventBody =
  | {
      readonly type: 'session.started' | 'session.adopted' | 'session.reauthenticated'
      readonly method: string
      /** As the host named it, such as an identity provider. */
      readonly provider?: string
    }
  | { readonly type: 'session.rotated' | 'session.ended' | 'session.extended' }
  | { readonly type: 'sessions.ended'; readonly scope: 'all' | 'others'; readonly count: number }
  | { readonly type: 'credentials.changed'; readonly via: 'email' | 'phone' | 'session' | 'admin' }
  | {
      readonly type: 'factor.pending' | 'factor.confirmed' | 'factor.removed' | 'factor.renamed'
      readonly factor: FactorKind
      readonly factorId: string
    }
  | { readonly type: 'factor.locked'; readonly factor: FactorKind; readonly factorId?: string }
  | { readonly type: 'factor.unlocked'; readonly factorId?: string; readonly actor: string; readonly reason: string }
  | {
      readonly type: 'contact.changed' | 'contact.attested' | 'contact.withdrawn'
      readonly channel: Channel
      readonly factorId: string
    }
  | { readonly type: 'contact.verified_ignored'; readonly channel: Channel }
  | {
      readonly type: 'contact.confirm_failed' | 'factor.confirm_failed'
      readonly factor: FactorKind
      readonly detail: FailureDetail
    }
  | {
      readonly type: 'challenge.created' | 'challenge.resent' | 'challenge.canceled'
      readonly challengeId: string
      readonly factor: FactorKind
      readonly purpose: string
    }
  | {
      readonly type: 'challenge.completed'
      readonly challengeId?: string
      readonly factor: FactorKind
      readonly factorId?: string
      readonly purpose: string
      readonly afterFailures: number
    }
  | {
      readonly type: 'challenge.failed'
      readonly challengeId?: string
      readonly factor?: FactorKind
      readonly purpose?: string
      readonly detail: FailureDetail
    }
  | { readonly type: 'challenge.refused'; readonly factor: FactorKind; readonly reason: Reason }
  | { readonly type: 'recovery_codes.generated' | 'recovery_codes.regenerated'; readonly count: number }
  | { readonly type: 'recovery_codes.low'; readonly left: number }
  | { readonly type: 'recovery_code.used'; readonly left: number }
  | { readonly type: 'mfa.enabled'; readonly warnings: readonly string[] }
  | { readonly type: 'mfa.disabled'; readonly by: 'user' | 'last_factor_removed' }
  | { readonly type: 'sends.exhausted'; readonly channel: Channel }
  | { readonly type: 'clock.behind'; readonly behindMs: number }
  | {
      readonly type: 'admin.reset' | 'admin.factor_removed'
      readonly factorId?: string
      readonly actor: string
      readonly reason: string
    }
  | { readonly type: 'user.erased' }
  | {
      readonly type: 'message.failed'
      readonly channel: Channel
      readonly kind: 'code' | 'link' | 'notice'
      readonly notice?: NoticeName
    }
  | { readonly type: 'port.failed'; readonly port: 'enforcement' | 'allow_send' }

/** One thing that happened to one user. */
export type MfaEvent = MfaEventBody & {
  /** When it was decided, in milliseconds since the epoch. */
  readonly atMs: number
  /** To whom, by the host’s id. */
  readonly userId: string
  /** The user’s tenant, where there are tenants. */
  readonly tenantId?: string
  /** The first 16 characters of the session's hash as stored: tells sessions apart, opens none. */
  readonly session?: string
  /** What the host said of the request. */
  readonly context?: CallContext
}
