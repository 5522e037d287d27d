/** The routes that verify an email address by a link and a phone number by a code. */

import type { Channel, Result, SessionRef, UserRef, VerificationUnderWay } from '@countersign/core'
import { type Call, granted, grantedTo, hostAccount, refOf, type SessionCall, userOf } from './call.js'
import { HttpRefusal, jsonResponse } from './error-types.js'
import { tokenModel } from './models.js'
import { textParam, urlParam, userIdParam } from './params.js'

/** Sends the link or code to the account's address, in this answer's session. */
export async function createVerification<C>(call: SessionCall<C>, channel: Channel): Promise<Response> {
  const { settings, session, mfa, assessment } = call
  const url = channel === 'email' ? urlParam(call.params, 'url', settings.verificationUrls) : undefined
  const account = await hostAccount(call, session)
  if (account[`${channel}Verification`] === true && (await isActive(call, channel))) {
    throw new HttpRefusal(channel === 'email' ? 'user_email_already_verified' : 'user_phone_already_verified')
  }
  const token = grantedTo(call, await send(call, channel, url))
  if (token.delivery === 'failed') {
    throw new HttpRefusal(channel === 'email' ? 'general_smtp_disabled' : 'general_phone_disabled')
  }
  if (token.delivery === 'none') {
    const retryAtMs = token.createdAtMs + mfa.policy.resendCooldownMs
    throw new HttpRefusal('general_rate_limit_exceeded', { retryAfterMs: retryAtMs - assessment.assessedAtMs })
  }
  return jsonResponse(tokenModel(token, session.userId), 201)
}

/**
 * One that is locked, or that Countersign does not have, may be verified anew, whatever the host has noted. The items tell
 * a session that must enroll first nothing.
 */
async function isActive<C>(call: SessionCall<C>, channel: Channel): Promise<boolean> {
  const list = grantedTo(call, await call.mfa.factors.list(refOf(call.session)))
  return list[channel] || list.items.some(({ kind, status }) => kind === channel && status === 'active')
}

/** The account's present address, where the host tells it; else what this session has pending. */
async function send<C>(
  call: SessionCall<C>,
  channel: Channel,
  url: string | undefined,
): Promise<Result<VerificationUnderWay>> {
  const { session, mfa } = call
  const address = session[channel]
  const target = { channel, ...(url !== undefined && { url }) }
  if (!address) return mfa.contacts.sendVerification(refOf(session), target)
  return mfa.contacts.set(refOf(session), { ...target, address })
}

/** Proves an address. A link's secret needs no session; a typed code needs the one it was sent in. */
export async function updateVerification<C>(call: Call<C>, channel: Channel): Promise<Response> {
  const { settings, mfa, ctx, params, admitted } = call
  const userId = userIdParam(params, 'userId')
  const code = textParam(params, 'secret')
  const ref = userId === undefined ? undefined : await whoseVerification(call, userId)
  if (ref === undefined) throw new HttpRefusal('user_not_found')
  await hostAccount(call, ref)
  const nowMs = admitted?.assessment.assessedAtMs
  const confirmed = granted(await mfa.contacts.confirm(ref, { channel, code }), {
    ...call,
    ...(nowMs !== undefined && { nowMs }),
  })
  await settings.onContactVerified({ user: userOf(ref), channel, address: confirmed.address }, ctx)
  return jsonResponse(tokenModel(confirmed, ref.userId))
}

/** The request's session only if it is that user's, of that tenant: nobody confirms inside another user's session. */
async function whoseVerification<C>(call: Call<C>, userId: string): Promise<UserRef | SessionRef> {
  const { settings, request, ctx, admitted } = call
  const session = admitted?.session
  const tenantId = settings.tenantOf ? await settings.tenantOf(request, ctx) : session?.tenantId
  if (session?.userId === userId && session.tenantId === tenantId) return refOf(session)
  return { userId, ...(tenantId !== undefined && { tenantId }) }
}
