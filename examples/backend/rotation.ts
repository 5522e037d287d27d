/** A session's secret is replaced when the person proves more: what was stolen before then opens nothing (ASVS 7.2.4). */

import type { HostParts } from './host.js'
import { signedInHeaders } from './session-transport.js'
import { newSecret } from './sessions.js'

export interface Rotation {
  readonly newSessionId: string
  commit(): Headers
  abandon(): void
}

/** The session's `$id` stays. Nothing changes before `commit`. */
export function prepareRotation(host: HostParts, secretHash: string, request: Request): Rotation {
  const { secret, hash } = newSecret()
  return {
    newSessionId: hash,
    commit() {
      host.sessions.replaceHash(secretHash, hash)
      const session = host.sessions.sessionOfHash(hash)
      return signedInHeaders(request, host.settings, { id: session.accountId, secret }, session.expiresAtMs)
    },
    abandon() {},
  }
}
