/** The routes of the authenticator app: one per user in this dialect. */

import type { FactorItem } from '@countersign/core'
import { describeAccount, grantedTo, refOf, requireRecentChallenge, type SessionCall } from './call.js'
import { HttpRefusal, invalidParameter, jsonResponse } from './error-types.js'
import type { AuthenticatedSession } from './options.js'
import { textParam } from './params.js'

/** The only type of authenticator. */
export function requireType(type: string): void {
  if (type !== 'totp') throw invalidParameter('type', 'totp')
}

export async function createAuthenticator<C>(call: SessionCall<C>): Promise<Response> {
  await requireNoApp(call)
  const { secret, uri } = grantedTo(
    call,
    await call.mfa.totp.enroll(refOf(call.session), { accountName: accountNameOf(call.session) }),
  )
  return jsonResponse({ secret, uri })
}

export async function verifyAuthenticator<C>(call: SessionCall<C>): Promise<Response> {
  const code = textParam(call.params, 'otp')
  await requireNoApp(call)
  const { assessment } = grantedTo(call, await call.mfa.totp.confirm(refOf(call.session), { code }))
  return jsonResponse(await describeAccount(call, assessment))
}

export async function deleteAuthenticator<C>(call: SessionCall<C>): Promise<Response> {
  const exists = await requireRecentChallenge(call, async () => (await appsOf(call)).length > 0)
  if (!exists) throw new HttpRefusal('user_authenticator_not_found')
  grantedTo(call, await call.mfa.factors.remove(refOf(call.session), { kind: 'totp' }))
  return new Response(null, { status: 204 })
}

/** A locked app may be replaced by one enrolled anew. */
async function requireNoApp<C>(call: SessionCall<C>): Promise<void> {
  const apps = await appsOf(call)
  if (apps.some(({ status }) => status === 'active')) throw new HttpRefusal('user_authenticator_already_verified')
}

async function appsOf<C>(call: SessionCall<C>): Promise<readonly FactorItem[]> {
  const { items } = grantedTo(call, await call.mfa.factors.list(refOf(call.session)))
  return items.filter(({ kind, status }) => kind === 'totp' && status !== 'pending')
}

/** What the app shows: no colon, which a key URI could not hold, and nothing that is no label (X30). */
function accountNameOf({ email, phone, userId }: AuthenticatedSession): string {
  const isName = (name: string | null | undefined): name is string =>
    typeof name === 'string' && /^[^:\p{C}\u2028\u2029]{1,254}$/u.test(name) && name.trim() !== ''
  return [email, phone, userId].find(isName) ?? 'account'
}
