/** Who may pass: the host's session, and what Countersign says of it, before any look-up, body or 404. */

import type { Assessment, Requirement } from '@countersign/core'
import { HttpRefusal } from './error-types.js'
import type { AuthenticatedSession, Settings } from './options.js'

/**
 * Whom a route lets in: `session` a satisfied session; `enroll` also one that must enroll first; `open` any that is
 * signed in, also halfway; `public` also a request without a session, but not a session that is halfway.
 */
export type Access = 'session' | 'enroll' | 'open' | 'public'

/** A session that passed, with where it stands. */
export interface Admitted {
  readonly session: AuthenticatedSession
  readonly assessment: Assessment
}

/** Answers the session that may pass, or null for a guest on a public route; else refuses. */
export async function admit<C>(
  settings: Settings<C>,
  access: Access,
  request: Request,
  ctx: C,
): Promise<Admitted | null> {
  const session = await settings.authenticate(request, ctx)
  if (session === null || session === undefined) {
    if (access === 'public') return null
    throw new HttpRefusal('general_unauthorized_scope')
  }
  const assessment = await settings.mfa.sessions.assess(session)
  const { satisfied, next } = assessment
  if (assessment.missing.some(({ what }) => what === 'enforcement'))
    throw new HttpRefusal('general_service_unavailable')
  if (next === 'sign_in') {
    if (access === 'public') return null
    throw new HttpRefusal('general_unauthorized_scope')
  }
  const passes = satisfied || access === 'open' || (next === 'enroll' && access !== 'session')
  if (!passes) throw new HttpRefusal('user_more_factors_required')
  return { session, assessment }
}

const recentChallengeMs = 1_800_000

/** The dialect's own demand on reading and regenerating codes and on removing the app; the core's still holds after it. */
export const recentChallenge: Requirement = {
  origin: 'challenge',
  maxAgeMs: recentChallengeMs,
  anyOf: ['totp', 'email', 'phone', 'recovery_code'],
}

/** True when a challenge was completed lately, be its factor gone since. */
export function wasChallengedLately({ assessedAtMs, lastChallengeAtMs }: Assessment): boolean {
  return lastChallengeAtMs !== undefined && assessedAtMs - lastChallengeAtMs <= recentChallengeMs
}
