/** An assessment as OpenID Connect claims (OIDC Core 2, RFC 8176, RFC 9470). */

import type { Assessment } from './assessment.js'

/** Claims of an ID or access token (OpenID Connect Core 1.0, 2; RFC 9068). */
export interface Claims {
  /** `urn:countersign:aal1`, `urn:countersign:aal2`, or `0` where nothing was proven. */
  readonly acr: string
  /** How the user signed in (RFC 8176). */
  readonly amr: readonly string[]
  /** Seconds since the epoch of the newest first-factor proof; absent where there is none. */
  readonly auth_time?: number
}

/** Says what was proven, never what was demanded. */
export function toClaims(assessment: Assessment): Claims {
  const { level, amr, authTimeMs } = assessment
  return {
    acr: level === 'none' ? '0' : `urn:countersign:${level}`,
    amr,
    ...(authTimeMs !== undefined && { auth_time: Math.floor(authTimeMs / 1000) }),
  }
}
