/** What follows when the thing that signs an account in has changed. */

import { type Channel, unwrap } from '@countersign/core'
import type { Context } from 'hono'
import type { Host, HostEnv } from './host.js'
import { refOf } from './mfa.js'
import type { HostSession } from './sessions.js'

/** Every session of the account but this one ends, in the library first: if that fails, nothing has changed here. */
export async function endOtherSessions(
  { mfa, sessions }: Host,
  session: HostSession,
  via: Channel | 'session',
  c: Context<HostEnv>,
): Promise<void> {
  unwrap(await mfa.credentials.changed(refOf(session, c), { via, except: session.secretHash }))
  for (const { id } of sessions.list(session.accountId)) if (id !== session.id) sessions.remove(id)
}
