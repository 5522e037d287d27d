/** `mfa.challenges`: proving a second factor, at sign-in and for a step-up. */

import { type Completed, completeChallenge, verifyFactor } from '../challenge/complete.js'
import { type ChallengeAnswer, cancelChallenge, createChallenge, resendChallenge } from '../challenge/create.js'
import type { SessionRef } from '../refs.js'
import type { Result } from '../result.js'
import type { FactorKind } from '../session/assessment.js'
import type { Shell } from '../shell/run.js'
import {
  asFields,
  asId,
  asOneOf,
  asOptions,
  asPurpose,
  asSessionHash,
  asString,
  factorKinds,
  optional,
  sessionActor,
} from './arguments.js'

/** Options of `challenges.create`. */
export interface CreateChallengeOptions {
  /** Which kind to ask for; one that `assessment.offers` names. */
  readonly factor: FactorKind
  /** One of several authenticator apps; without it each may answer. */
  readonly factorId?: string
  /** `sign_in` (default), `manage`, or the host's own name. */
  readonly purpose?: string
}

/** Options of `challenges.complete`. */
export interface CompleteChallengeOptions {
  /** The id that `create` answered. An unknown one is refused with `invalid_code`. */
  readonly challengeId: string
  /** As typed; spaces and hyphens are ignored. */
  readonly code: string
  /** Must be the challenge's, if given. */
  readonly purpose?: string
  /** Moves the ledger to this session id in the same save. */
  readonly newSessionId?: string
}

/** Options of `challenges.verify`. */
export interface VerifyOptions {
  /** An authenticator app or a recovery code. */
  readonly factor: 'totp' | 'recovery_code'
  /** One of several authenticator apps; without it each may answer, and one attempt is counted. */
  readonly factorId?: string
  /** As typed; spaces and hyphens are ignored. */
  readonly code: string
  /** `sign_in` (default), `manage`, or the host’s own name. */
  readonly purpose?: string
  /** Moves the ledger to this session id in the same save. */
  readonly newSessionId?: string
}

/**
 * Proving a second factor. Every call refuses with `unknown_session` for a session that is not known, and with `busy`;
 * what each reason asks for: `docs/errors.md`.
 */
export interface ChallengesApi {
  /**
   * Asks for one factor; sends the code where there is one to send. Within the cooldown it answers the open one again.
   * Refuses with `factor_not_available` (its `why` says more), `same_channel_as_sign_in`, `locked`, `throttled`.
   */
  create(session: SessionRef, options: CreateChallengeOptions): Promise<Result<ChallengeAnswer>>
  /**
   * Sends a new code; attempts and deadline stay (NIST 63B-4, 3.1.3.2). Refuses with `not_found` for an id that is not
   * open in this session or has nothing to send, with `throttled`, and, where the factor has changed meanwhile, as
   * `create` does.
   */
  resend(session: SessionRef, options: { readonly challengeId: string }): Promise<Result<ChallengeAnswer>>
  /**
   * Checks a code. Counted before it is compared; single use. Refuses with `invalid_code` for any code or id that is not
   * good, with `throttled` during a wait, also for the right code, and with `locked`. Throws `invalid_argument` where
   * `newSessionId` is in use.
   */
  complete(session: SessionRef, options: CompleteChallengeOptions): Promise<Result<Completed>>
  /**
   * Create and complete in one save, for an authenticator app or a recovery code. Refuses with `invalid_code`,
   * `throttled`, `locked`, `factor_not_available`, `same_channel_as_sign_in`; throws as `complete` does.
   */
  verify(session: SessionRef, options: VerifyOptions): Promise<Result<Completed>>
  /** Gives a challenge up. Repeatable; an unknown or foreign id changes nothing. */
  cancel(session: SessionRef, options: { readonly challengeId: string }): Promise<Result<object>>
}

export function createChallengesApi(shell: Shell): ChallengesApi {
  return {
    async create(session, options) {
      const given = asOptions(options, 'options')
      const input = {
        factor: asOneOf(given['factor'], 'factor', factorKinds),
        purpose: 'sign_in',
        ...asFields(given, { factorId: asId, purpose: asPurpose }),
      }
      return shell.command(createChallenge, input, sessionActor(session))
    },
    async resend(session, options) {
      return shell.command(resendChallenge, asChallengeId(options), sessionActor(session))
    },
    async complete(session, options) {
      const given = asOptions(options, 'options')
      const input = {
        ...asChallengeId(options),
        code: asString(given['code'], 'code'),
        ...asFields(given, { purpose: asPurpose }),
        ...asNewSession(given['newSessionId']),
      }
      return shell.command(completeChallenge, input, sessionActor(session))
    },
    async verify(session, options) {
      const given = asOptions(options, 'options')
      const input = {
        factor: asOneOf(given['factor'], 'factor', ['totp', 'recovery_code']),
        code: asString(given['code'], 'code'),
        purpose: 'sign_in',
        ...asFields(given, { factorId: asId, purpose: asPurpose }),
        ...asNewSession(given['newSessionId']),
      }
      return shell.command(verifyFactor, input, sessionActor(session))
    },
    async cancel(session, options) {
      return shell.command(cancelChallenge, asChallengeId(options), sessionActor(session))
    },
  }
}

/** Any string may be asked for; one that is no id of ours is simply unknown. */
function asChallengeId(options: unknown): { readonly challengeId: string } {
  return { challengeId: asString(asOptions(options, 'options')['challengeId'], 'challengeId').slice(0, 64) }
}

function asNewSession(newSessionId: unknown): { readonly newSessionHash?: string } {
  const newSessionHash = optional(newSessionId, (each) => asSessionHash(each, 'newSessionId'))
  return newSessionHash === undefined ? {} : { newSessionHash }
}
