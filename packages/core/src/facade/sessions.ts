/** `mfa.sessions`: opening and ending ledgers, and the question a guard asks on every request. */

import { invalidArgument, MfaRequiredError } from '../errors.js'
import type { Clock } from '../ports/clock.js'
import type { Channel } from '../ports/messenger.js'
import type { SessionRef, UserRef } from '../refs.js'
import type { Result } from '../result.js'
import { assess } from '../session/assess.js'
import type { Assessment, Method, Requirement } from '../session/assessment.js'
import { type Assessed, adoptSession, beginSession, type FirstFactor, reauthenticate } from '../session/begin.js'
import { endAllSessions, endOtherSessions, endSession, extendSession, rotateSession } from '../session/lifecycle.js'
import { isKnownMethod, standingOfMethod } from '../session/methods.js'
import type { Shell } from '../shell/run.js'
import {
  asAddressOf,
  asBoolean,
  asFields,
  asFutureInstant,
  asInstant,
  asLabel,
  asOneOf,
  asOptions,
  asRequirement,
  asSessionHash,
  sessionActor,
  userActor,
} from './arguments.js'

/** How the host proved the first factor. */
export interface FirstFactorProof {
  /** Name it honestly: it decides which second factors prove anything new. */
  readonly method: Method
  /** What it went over. A host's own method must state it (`'none'` allowed); for `oauth` it marks an email-based provider. */
  readonly channel?: Channel | 'none'
  /** For the host's own reading, such as the identity provider's name. */
  readonly provider?: string
  /** With `passkey`: the authenticator verified the user, which is two categories by itself. */
  readonly userVerified?: boolean
}

/** Options of `sessions.begin`. */
export interface BeginOptions extends FirstFactorProof {
  /** When the host ends the session, in milliseconds since the epoch. */
  readonly expiresAtMs?: number
  /** Addresses the host verified; attested in the same save unless MFA is enforced. */
  readonly verified?: { readonly email?: string; readonly phone?: string }
}

/** Options of `sessions.adopt`. */
export interface AdoptOptions extends FirstFactorProof {
  /** When the session really signed in. */
  readonly authenticatedAtMs: number
  /** When the host ends the session, in milliseconds since the epoch. */
  readonly expiresAtMs?: number
}

/**
 * Opening and ending ledgers, and the question a guard asks on every request. Every call that saves refuses with `busy`;
 * `reauthenticate`, `extend`, `rotate` and `endOthers` also with `unknown_session`.
 */
export interface SessionsApi {
  /** Opens a ledger with the first factor. Beginning a known id again starts an empty one. */
  begin(session: SessionRef, options: BeginOptions): Promise<Result<Assessed>>
  /** Gives a session that already lived a first-factor credit; a known one is left alone. Refuses with `sign_in_again`. */
  adopt(session: SessionRef, options: AdoptOptions): Promise<Result<Assessed>>
  /** Is this session good enough? One load, no save. Never throws for a "no". */
  assess(session: SessionRef, requirement?: Requirement): Promise<Assessment>
  /** The same, but throws `MfaRequiredError` (carrying the assessment) for a "no". */
  require(session: SessionRef, requirement?: Requirement): Promise<Assessment>
  /** The host proved the first factor again. */
  reauthenticate(session: SessionRef, proof: FirstFactorProof): Promise<Result<Assessed>>
  /** Moves the session's end. `policy.sessionMaxAgeMs` still holds. */
  extend(session: SessionRef, options: { readonly expiresAtMs: number }): Promise<Result<Assessed>>
  /**
   * Moves the ledger to a new session id (ASVS 7.2.4); the old id has no credit any more. Throws `invalid_argument` where
   * the new one is in use.
   */
  rotate(session: SessionRef, options: { readonly newSessionId: string }): Promise<Result<Assessed>>
  /** Forgets this session. Repeatable. */
  end(session: SessionRef): Promise<Result<object>>
  /** Ends all other sessions (ASVS 7.4.3). Refuses with `more_factors_required`. */
  endOthers(session: SessionRef): Promise<Result<{ readonly ended: number }>>
  /** Ends all sessions and voids everything pending. */
  endAll(user: UserRef): Promise<Result<object>>
}

export function createSessionsApi(shell: Shell, clock: Clock): SessionsApi {
  const ask = (session: SessionRef, requirement?: Requirement): Promise<Assessment> => {
    const actor = sessionActor(session)
    const checked = asRequirement(requirement)
    return shell.query((record, ctx) => assess(record, actor.sessionHash, ctx, checked), actor)
  }
  return {
    async begin(session, options) {
      const actor = sessionActor(session)
      const given = asOptions(options, 'options')
      const verified = asOptions(given['verified'], 'verified')
      const input = {
        ...asFirstFactor(given),
        sessionHash: actor.sessionHash,
        ...asFields(given, { expiresAtMs: (value, name) => asFutureInstant(value, name, clock.nowMs()) }),
        verified: asFields(verified, { email: asAddressOf('email'), phone: asAddressOf('phone') }, 'verified.'),
      }
      return shell.command(beginSession, input, actor)
    },
    async adopt(session, options) {
      const actor = sessionActor(session)
      const given = asOptions(options, 'options')
      const input = {
        ...asFirstFactor(given),
        sessionHash: actor.sessionHash,
        authenticatedAtMs: asInstant(given['authenticatedAtMs'], 'authenticatedAtMs'),
        ...asFields(given, { expiresAtMs: asInstant }),
      }
      return shell.command(adoptSession, input, actor)
    },
    async assess(session, requirement) {
      return ask(session, requirement)
    },
    async require(session, requirement) {
      const assessment = await ask(session, requirement)
      if (!assessment.satisfied) throw new MfaRequiredError(assessment)
      return assessment
    },
    async reauthenticate(session, proof) {
      return shell.command(reauthenticate, asFirstFactor(asOptions(proof, 'options')), sessionActor(session))
    },
    async extend(session, options) {
      const expiresAtMs = asFutureInstant(asOptions(options, 'options')['expiresAtMs'], 'expiresAtMs', clock.nowMs())
      return shell.command(extendSession, { expiresAtMs }, sessionActor(session))
    },
    async rotate(session, options) {
      const newSessionHash = asSessionHash(asOptions(options, 'options')['newSessionId'], 'newSessionId')
      return shell.command(rotateSession, { newSessionHash }, sessionActor(session))
    },
    async end(session) {
      return shell.command(endSession, undefined, sessionActor(session))
    },
    async endOthers(session) {
      return shell.command(endOtherSessions, undefined, sessionActor(session))
    },
    async endAll(user) {
      return shell.command(endAllSessions, undefined, userActor(user))
    },
  }
}

/** A known method's channel is the table's; `oauth` may add one; a host's own method must state one. */
function asFirstFactor(given: Readonly<Record<string, unknown>>): FirstFactor {
  const method = asLabel(given['method'], 'method')
  const fields = asFields(given, {
    channel: (value, name) => asOneOf(value, name, ['email', 'phone', 'none']),
    provider: asLabel,
    userVerified: asBoolean,
  })
  const { channel } = fields
  if (!isKnownMethod(method)) {
    if (channel === undefined) throw invalidArgument('channel', `'email', 'phone' or 'none' for a method of your own`)
  } else if (method !== 'oauth' && channel !== undefined && channel !== standingOfMethod(method, false).medium) {
    throw invalidArgument('channel', 'left out for this method')
  }
  return { method, ...fields }
}
