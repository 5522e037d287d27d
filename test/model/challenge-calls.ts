/** Challenges and codes: on the model as the rules say, on the library as they are. */

import {
  appOf,
  ask,
  at,
  idOf,
  isSession,
  minute,
  type Play,
  purposeOf,
  type Scene,
  stepOf,
  type Typed,
  wordOf,
  wrongDigits,
  wrongRecovery,
} from './scene.js'
import type { Channel, Kind, ModelSession } from './shapes.js'

/** What the code typed for this kind leads to, once the session is begun and the challenge, if any, is open. */
function attempt(
  scene: Scene,
  session: ModelSession,
  kind: Kind,
  isRight: boolean,
  code: string,
  purpose: string,
): string {
  const { user } = scene
  const factors = user.select(kind, session)
  if (typeof factors === 'string') return factors
  if (user.waits(kind)) return 'throttled'
  if (kind === 'recovery_code') {
    const set = user.recovery
    if (!set?.codes.includes(code) || set.used.has(code)) {
      user.fail(kind)
      return 'invalid_code'
    }
    set.used.add(code)
    user.succeed(session, kind, undefined, purpose)
    return 'ok'
  }
  const factor = kind === 'totp' ? factors.find(({ realId }) => realId === appOf(scene)?.factor.realId) : factors[0]
  const isReplay = kind === 'totp' && factor !== undefined && stepOf(scene) <= factor.lastStep
  if (!isRight || factor === undefined || isReplay) {
    user.fail(kind)
    return 'invalid_code'
  }
  if (kind === 'totp') factor.lastStep = stepOf(scene)
  user.succeed(session, kind, factor, purpose)
  return 'ok'
}

export function verifyApp(typed: Typed): Play {
  return async (scene) => {
    const right = appOf(scene)?.code ?? '123456'
    const code = typed === 'right' ? right : wrongDigits(right)
    const gate = scene.user.begun(idOf(scene))
    const purpose = purposeOf(scene)
    const expected = isSession(gate) ? attempt(scene, gate, 'totp', typed === 'right', code, purpose) : gate
    const answer = await ask(scene.real.mfa.challenges.verify(at(scene), { factor: 'totp', code, purpose }))
    return { expected, actual: wordOf(answer) }
  }
}

export function verifyRecovery(choose: (scene: Scene) => string): Play {
  return async (scene) => {
    const code = choose(scene)
    const gate = scene.user.begun(idOf(scene))
    const purpose = purposeOf(scene)
    const expected = isSession(gate) ? attempt(scene, gate, 'recovery_code', true, code, purpose) : gate
    const answer = await ask(scene.real.mfa.challenges.verify(at(scene), { factor: 'recovery_code', code, purpose }))
    return { expected, actual: wordOf(answer) }
  }
}

const challengeKinds = ['email', 'phone', 'email', 'phone', 'totp', 'recovery_code'] as const

export const create: Play = async (scene) => {
  const { user, person, real, pick } = scene
  const kind = challengeKinds[pick % challengeKinds.length] as Kind
  const purpose = purposeOf(scene)
  const answer = await ask(real.mfa.challenges.create(at(scene), { factor: kind, purpose }))
  const given = (answer['challenge'] as { id: string } | undefined)?.id ?? 'none'
  const actual = wordOf(answer)
  const session = user.begun(idOf(scene))
  if (!isSession(session)) return { expected: session, actual }
  const factors = user.select(kind, session)
  if (typeof factors === 'string') return { expected: factors, actual }
  if (user.waits(kind)) return { expected: 'throttled', actual }
  const former = user.challenges.find(
    (each) =>
      each.ref === session.ref &&
      each.kind === kind &&
      each.purpose === purpose &&
      user.nowMs < each.createdAtMs + 10 * minute,
  )
  const startedMs = former?.sentAtMs ?? former?.createdAtMs ?? 0
  if (former && user.nowMs < Math.min(startedMs + minute, former.expiresAtMs)) {
    return { expected: `ok ${former.id}`, actual: `${actual} ${given}` }
  }
  const channel = kind === 'email' || kind === 'phone' ? kind : undefined
  if (channel && !user.maySend(channel)) return { expected: 'throttled', actual }
  if (channel) user.sentAtMs[channel].push(user.nowMs)
  if (former) user.challenges = user.challenges.filter((each) => each !== former)
  const lifeMs = kind === 'phone' ? 5 * minute : 10 * minute
  user.challenges.push({
    id: given,
    ref: session.ref,
    kind,
    purpose,
    factorId: channel && factors[0]?.id,
    createdAtMs: user.nowMs,
    attempts: 0,
    sentAtMs: channel && user.nowMs,
    expiresAtMs: user.nowMs + lifeMs,
    sends: channel ? 1 : 0,
  })
  person.challenges.push({ id: given, slot: scene.slot })
  return { expected: 'ok', actual }
}

/** The newest challenge of this session, or for some picks any other, also a foreign one. */
export function challengeOf({ person, slot, pick }: Scene): string {
  const own = person.challenges.filter((each) => each.slot === slot)
  const list = pick % 5 === 0 ? person.challenges : own
  return list.at(pick % 7 === 0 ? -2 : -1)?.id ?? 'unknown'
}

export const resend: Play = async (scene) => {
  const { user, real } = scene
  const challengeId = challengeOf(scene)
  const actual = wordOf(await ask(real.mfa.challenges.resend(at(scene), { challengeId })))
  const session = user.begun(idOf(scene))
  if (!isSession(session)) return { expected: session, actual }
  const challenge = user.challenges.find(({ id, ref }) => id === challengeId && ref === session.ref)
  if (challenge?.sentAtMs === undefined || user.nowMs >= challenge.createdAtMs + 10 * minute) {
    return { expected: 'not_found', actual }
  }
  const channel = challenge.kind as Channel
  const factors = user.select(channel, session)
  if (typeof factors === 'string') return { expected: factors, actual }
  if (challenge.sends >= 3 || user.nowMs < challenge.sentAtMs + minute || !user.maySend(channel)) {
    return { expected: 'throttled', actual }
  }
  challenge.sends++
  challenge.sentAtMs = user.nowMs
  const lifeMs = channel === 'phone' ? 5 * minute : 10 * minute
  challenge.expiresAtMs = Math.min(user.nowMs + lifeMs, challenge.createdAtMs + 10 * minute)
  user.sentAtMs[channel].push(user.nowMs)
  return { expected: 'ok', actual }
}

export function complete(typed: Typed): Play {
  return async (scene) => {
    const { user, real } = scene
    const challengeId = challengeOf(scene)
    const challenge = user.challenges.find(({ id }) => id === challengeId)
    const code = typedFor(scene, challenge?.kind, challengeId)
    const given = typed === 'right' ? code : challenge?.kind === 'recovery_code' ? wrongRecovery : wrongDigits(code)
    const session = user.begun(idOf(scene))
    const call = real.mfa.challenges.complete(at(scene), { challengeId, code: given })
    const actual = wordOf(await ask(call))
    if (!isSession(session)) return { expected: session, actual }
    if (challenge?.ref !== session.ref || user.nowMs >= challenge.expiresAtMs)
      return { expected: 'invalid_code', actual }
    const factors = user.select(challenge.kind, session)
    if (typeof factors === 'string') return { expected: factors === 'locked' ? 'locked' : 'invalid_code', actual }
    const expected = attempt(scene, session, challenge.kind, typed === 'right', given, challenge.purpose)
    if (expected === 'invalid_code') challenge.attempts++
    if (expected === 'ok' || challenge.attempts >= 5) {
      user.challenges = user.challenges.filter((each) => each !== challenge)
    }
    return { expected, actual }
  }
}

function typedFor(scene: Scene, kind: Kind | undefined, challengeId: string): string {
  const { user, person, real } = scene
  if (kind === 'totp') return appOf(scene)?.code ?? '123456'
  if (kind === 'recovery_code')
    return user.recovery?.codes.find((each) => !user.recovery?.used.has(each)) ?? wrongRecovery
  const sent = real.outbox.messages.findLast(
    (each) => each.kind === 'code' && each.idempotencyKey.startsWith(challengeId) && each.userId === person.ref.userId,
  )
  return sent?.kind === 'code' ? sent.code : '123456'
}
