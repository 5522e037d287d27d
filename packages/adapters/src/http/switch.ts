/** PATCH /account/mfa: the user switches MFA on or off. */

import { describeAccount, grantedTo, refOf, type SessionCall } from './call.js'
import { jsonResponse } from './error-types.js'
import { booleanParam } from './params.js'

export async function updateMfa<C>(call: SessionCall<C>): Promise<Response> {
  const isOn = booleanParam(call.params, 'mfa')
  const ref = refOf(call.session)
  const { assessment } = grantedTo(call, isOn ? await call.mfa.enable(ref) : await call.mfa.disable(ref))
  return jsonResponse(await describeAccount(call, assessment))
}
