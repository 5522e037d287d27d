/** One request on its way through a route, and the one way a refusal of the core becomes an error of the dialect. */

import {
  type Assessment,
  type Mfa,
  meets,
  type Refusal,
  type Result,
  type SessionRef,
  type UserRef,
} from '@countersign/core'
import type { Params } from './body.js'
import { HttpRefusal } from './error-types.js'
import { type Admitted, recentChallenge, wasChallengedLately } from './gate.js'
import { userModel } from './models.js'
import type { AuthenticatedSession, HostModel, Settings } from './options.js'
import { type RouteName, typeOfRefusal } from './refusals.js'
import { retryAfterMs } from './waits.js'

/** Everything a route has at hand. */
export interface Call<C> {
  readonly settings: Settings<C>
  readonly mfa: Mfa
  readonly route: RouteName
  readonly request: Request
  readonly ctx: C
  readonly params: Params
  /** Null only on a public route. */
  readonly admitted: Admitted | null
  /** Laid on the answer whatever becomes of the rest: a session that was rotated must reach its client. */
  readonly headers: Headers
}

/** A call with a session. */
export interface SessionCall<C> extends Call<C> {
  readonly session: AuthenticatedSession
  readonly assessment: Assessment
}

/** The fields of a success, or the error that this route answers to the refusal. */
export function granted<T>(
  result: Result<T>,
  call: Pick<SessionCall<unknown>, 'route' | 'mfa'> & { readonly nowMs?: number },
  factor?: string,
): { readonly ok: true } & T {
  if (result.ok) return result as { readonly ok: true } & T
  const refusal = result as Refusal
  const type = typeOfRefusal(call.route, refusal, factor)
  throw new HttpRefusal(
    type,
    type === 'general_rate_limit_exceeded' ? { retryAfterMs: retryAfterMs(refusal, call.mfa, call.nowMs) } : {},
  )
}

/** `granted`, for a call with a session, whose assessment tells the time. */
export function grantedTo<C, T>(call: SessionCall<C>, result: Result<T>, factor?: string): { readonly ok: true } & T {
  const { route, mfa, assessment } = call
  return granted(result, { route, mfa, nowMs: assessment.assessedAtMs }, factor)
}

/**
 * What exists is judged after the recent challenge, except where the challenge was lately and its factor is gone:
 * then nothing is left, and that is the answer.
 */
export async function requireRecentChallenge<C>(
  call: SessionCall<C>,
  exists: () => Promise<boolean>,
): Promise<boolean> {
  const isRecent = meets(call.assessment, recentChallenge)
  if (!isRecent && !wasChallengedLately(call.assessment)) throw new HttpRefusal('user_challenge_required')
  const found = await exists()
  if (found && !isRecent) throw new HttpRefusal('user_challenge_required')
  return found
}

/** The host's part of the account; a user it does not know is none. */
export async function hostAccount<C>({ settings, ctx }: Call<C>, user: UserRef): Promise<HostModel> {
  const account = await settings.describeUser(userOf(user), ctx)
  if (account === null || account === undefined) throw new HttpRefusal('user_not_found')
  return account
}

/** The account model as it is after a change. */
export async function describeAccount<C>(call: SessionCall<C>, assessment: Assessment): Promise<object> {
  return userModel(await hostAccount(call, call.session), assessment)
}

export function userOf({ userId, tenantId, context }: UserRef): UserRef {
  return { userId, ...(tenantId !== undefined && { tenantId }), ...(context !== undefined && { context }) }
}

/** Without the addresses, which are no part of a reference. */
export function refOf(session: AuthenticatedSession): SessionRef {
  return { ...userOf(session), sessionId: session.sessionId }
}
