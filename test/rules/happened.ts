import type { MfaEvent } from '@countersign/core'

/** What happened since it was last asked, without time, user and session. */
export function happenedIn(events: MfaEvent[]): () => readonly object[] {
  return () => events.splice(0).map(({ atMs, userId, session: _by, ...body }) => body)
}
