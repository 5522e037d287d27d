/** The routes of recovery codes: made and regenerated, each set shown once and never read again. */

import { grantedTo, refOf, requireRecentChallenge, type SessionCall } from './call.js'
import { HttpRefusal, jsonResponse } from './error-types.js'

export async function createRecoveryCodes<C>(call: SessionCall<C>): Promise<Response> {
  const { codes } = grantedTo(call, await call.mfa.recoveryCodes.generate(refOf(call.session)))
  return jsonResponse({ recoveryCodes: codes }, 201)
}

/** Only digests are kept, so there is nothing to read; whoever may not ask is told that first. */
export async function getRecoveryCodes<C>(call: SessionCall<C>): Promise<Response> {
  await requireCodes(call)
  throw new HttpRefusal('user_recovery_codes_not_readable')
}

export async function updateRecoveryCodes<C>(call: SessionCall<C>): Promise<Response> {
  await requireCodes(call)
  const { codes } = grantedTo(call, await call.mfa.recoveryCodes.regenerate(refOf(call.session)))
  return jsonResponse({ recoveryCodes: codes })
}

async function requireCodes<C>(call: SessionCall<C>): Promise<void> {
  const exists = await requireRecentChallenge(call, async () => {
    const { items } = grantedTo(call, await call.mfa.factors.list(refOf(call.session)))
    return items.some(({ kind, codesLeft = 0 }) => kind === 'recovery_code' && codesLeft > 0)
  })
  if (!exists) throw new HttpRefusal('user_recovery_codes_not_found')
}
