/** The routes of challenges and factors: open also to a session that is halfway through its sign-in. */

import type { Assessment, FactorKind } from '@countersign/core'
import { type Call, grantedTo, refOf, type SessionCall } from './call.js'
import { HttpRefusal, invalidParameter, jsonResponse } from './error-types.js'
import { reportFault } from './faults.js'
import { formatDate, sessionModel } from './models.js'
import { textParam } from './params.js'

const factorKinds: ReadonlyMap<string, FactorKind> = new Map([
  ['totp', 'totp'],
  ['email', 'email'],
  ['phone', 'phone'],
  ['recoverycode', 'recovery_code'],
])

/** Per session: what its sign-in has proven already is no factor to it. */
export async function listFactors<C>(call: SessionCall<C>): Promise<Response> {
  const list = grantedTo(call, await call.mfa.factors.list(refOf(call.session)))
  const isOffered = (kind: FactorKind): boolean => call.assessment.offers.some(({ factor }) => factor === kind)
  return jsonResponse({
    totp: list.totp && isOffered('totp'),
    phone: list.phone && isOffered('phone'),
    email: list.email && isOffered('email'),
    recoveryCode: list.recoveryCode && isOffered('recovery_code'),
    custom: false,
  })
}

export async function createChallenge<C>(call: SessionCall<C>): Promise<Response> {
  const factor = factorParam(textParam(call.params, 'factor'))
  const ref = refOf(call.session)
  const result = await call.mfa.challenges.create(ref, { factor })
  // The account has an address, though it never became a factor.
  const hasAddress = (factor === 'email' || factor === 'phone') && Boolean(call.session[factor])
  const isUnverified = !result.ok && result.why === 'none' && hasAddress
  const { challenge } = grantedTo(call, isUnverified ? { ...result, why: 'unverified' } : result, factor)
  if (challenge.delivery === 'failed') {
    // Given up, so that asking again sends again, instead of answering the one that never arrived.
    await call.mfa.challenges.cancel(ref, { challengeId: challenge.id })
    throw new HttpRefusal(factor === 'phone' ? 'general_phone_disabled' : 'general_smtp_disabled')
  }
  const { id, createdAtMs, expiresAtMs } = challenge
  return jsonResponse(
    { $id: id, $createdAt: formatDate(createdAtMs), userId: ref.userId, expire: formatDate(expiresAtMs) },
    201,
  )
}

/** The reference client's enumeration says `recoverycode`, its models `recoveryCode`: any case is taken. */
function factorParam(text: string): FactorKind {
  const name = text.toLowerCase()
  if (name === 'custom') throw new HttpRefusal('user_auth_method_unsupported')
  const kind = factorKinds.get(name)
  if (kind === undefined) throw invalidParameter('factor', 'one of email, phone, totp, recoverycode')
  return kind
}

export async function updateChallenge<C>(call: SessionCall<C>): Promise<Response> {
  const challengeId = textParam(call.params, 'challengeId')
  const code = textParam(call.params, 'otp')
  const { settings, mfa, ctx, headers } = call
  const ref = refOf(call.session)
  if (settings.rotateSession === undefined) {
    const { assessment } = grantedTo(call, await mfa.challenges.complete(ref, { challengeId, code }))
    return jsonResponse(sessionModel(await settings.describeSession(ref, ctx), ref.userId, assessment))
  }
  const rotation = await settings.rotateSession(ref, ctx)
  const { newSessionId } = rotation
  const renewed = { ...ref, sessionId: newSessionId }
  let assessment: Assessment
  try {
    assessment = grantedTo(call, await mfa.challenges.complete(ref, { challengeId, code, newSessionId })).assessment
  } catch (error) {
    await tryAll(call, [() => rotation.abandon()])
    throw error
  }
  try {
    for (const [name, value] of await rotation.commit()) headers.append(name, value)
  } catch (error) {
    // The ledger has moved: where the host does not follow, neither id may keep credit.
    await tryAll(call, [() => mfa.sessions.end(renewed), () => rotation.abandon()])
    throw error
  }
  return jsonResponse(sessionModel(await settings.describeSession(renewed, ctx), ref.userId, assessment))
}

/** Clears up after a refusal or a throw, which stays the answer whatever becomes of this. */
async function tryAll<C>({ settings, ctx }: Call<C>, steps: readonly (() => unknown)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      reportFault(error, settings, ctx)
    }
  }
}
