/** `mfa.admin`, `mfa.credentials` and `mfa.users`: what the host does to a user, without a session of the user's. */

import { type Inspection, inspectUser } from '../admin/inspect.js'
import { adminRemoveFactor, type Intervention, resetUser, unlockUser } from '../admin/intervene.js'
import { tagKeyOf } from '../record/codec.js'
import type { UserRef } from '../refs.js'
import type { Result } from '../result.js'
import { changeCredentials } from '../session/lifecycle.js'
import type { Shell } from '../shell/run.js'
import { asFields, asId, asLabel, asOneOf, asOptions, asSessionHash, optional, userActor } from './arguments.js'

/**
 * What support staff do to a user. Throws `invalid_argument` for a call that does not say who acts and why. Every call
 * refuses with `not_found` for an unknown user or factor; those that change something also with `busy`.
 */
export interface AdminApi {
  /** A redacted view: no secret, no whole address, no digest. */
  inspect(user: UserRef): Promise<Result<Inspection>>
  /** Back to a user without MFA. Send budgets survive. */
  reset(user: UserRef, options: Intervention): Promise<Result<object>>
  /** Lifts one factor's lock, or all; also drops what a clock that ran ahead has stamped. */
  unlock(user: UserRef, options: Intervention & { readonly factorId?: string }): Promise<Result<object>>
  /**
   * Removes one factor. Refuses with `required_by_policy` for the last one of a user who must have MFA: that takes
   * `reset`.
   */
  removeFactor(user: UserRef, options: Intervention & { readonly factorId: string }): Promise<Result<object>>
}

/** What the host says of a user’s first factors. */
export interface CredentialsApi {
  /**
   * A first-factor credential changed: all sessions but `except` lose credit; over a channel, the password counts as
   * derived from it (X19). So call it before the new session begins; and a session that signed in by a password set over
   * a channel is not kept by another such change. Refuses with `busy` alone.
   */
  changed(
    user: UserRef,
    options: { readonly via: 'email' | 'phone' | 'session' | 'admin'; readonly except?: string },
  ): Promise<Result<object>>
}

/** The end of a user. */
export interface UsersApi {
  /** Forgets the user. Repeatable. Refuses with `busy` alone. */
  erase(user: UserRef): Promise<Result<object>>
}

export function createAdminApi(shell: Shell): AdminApi {
  return {
    async inspect(user) {
      return shell.query((record, ctx, { data }) => {
        const tagKey = data === null ? undefined : tagKeyOf(data)
        return inspectUser(record, tagKey === undefined ? {} : { tagKey }, ctx).outcome
      }, userActor(user))
    },
    async reset(user, options) {
      return shell.command(resetUser, asIntervention(options), userActor(user))
    },
    async unlock(user, options) {
      const input = { ...asIntervention(options), ...asFields(asOptions(options, 'options'), { factorId: asId }) }
      return shell.command(unlockUser, input, userActor(user))
    },
    async removeFactor(user, options) {
      const factorId = asId(asOptions(options, 'options')['factorId'], 'factorId')
      return shell.command(adminRemoveFactor, { ...asIntervention(options), factorId }, userActor(user))
    },
  }
}

export function createCredentialsApi(shell: Shell): CredentialsApi {
  return {
    async changed(user, options) {
      const { via, except } = asOptions(options, 'options')
      const exceptHash = optional(except, (each) => asSessionHash(each, 'except'))
      const input = {
        via: asOneOf(via, 'via', ['email', 'phone', 'session', 'admin']),
        ...(exceptHash !== undefined && { exceptHash }),
      }
      return shell.command(changeCredentials, input, userActor(user))
    },
  }
}

export function createUsersApi(shell: Shell): UsersApi {
  return {
    async erase(user) {
      return shell.erase(userActor(user))
    },
  }
}

function asIntervention(options: unknown): Intervention {
  const { actor, reason } = asOptions(options, 'options')
  return { actor: asLabel(actor, 'actor', 128), reason: asLabel(reason, 'reason', 512) }
}
