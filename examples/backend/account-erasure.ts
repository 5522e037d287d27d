/** DELETE /v1/account: everything about a person goes, here and in the library. */

import { unwrap } from '@countersign/core'
import { Hono } from 'hono'
import type { Host, HostEnv } from './host.js'
import { admitAgain, guard } from './requests.js'
import { signedOutHeaders } from './session-transport.js'

export function accountErasure(host: Host): Hono<HostEnv> {
  return new Hono<HostEnv>().delete('/v1/account', guard(host, 'session'), async (c) => {
    const { id } = c.var.account
    await admitAgain(host, c)
    // The account first: if the rest fails, nobody signs in without their second factor.
    host.accounts.remove(id)
    unwrap(await host.mfa.users.erase({ userId: id }))
    return new Response(null, { status: 204, headers: signedOutHeaders(c.req.raw, host.settings) })
  })
}
