/** Apps, contacts and recovery codes: added, confirmed, attested and removed. */

import type { Mfa } from '@countersign/core'
import {
  ask,
  at,
  channelOf,
  fresh,
  gated,
  idOf,
  isSession,
  minute,
  type Play,
  type Scene,
  stepOf,
  type Typed,
  whileEnrolling,
  wordOf,
  wrongDigits,
} from './scene.js'
import type { Channel, ModelFactor } from './shapes.js'

export const enroll: Play = async (scene) => {
  const { user, person, real } = scene
  if (user.factors.filter(({ kind }) => kind === 'totp').length >= 3) return undefined
  const answer = await ask(real.mfa.totp.enroll(at(scene), { accountName: 'x' }))
  const gate = whileEnrolling(user, idOf(scene))
  if (!isSession(gate)) return { expected: gate, actual: wordOf(answer) }
  user.pending = user.pending.filter(({ ref }) => ref !== gate.ref)
  const id = String(answer['factorId'])
  user.pending.push({ id, ref: gate.ref, expiresAtMs: user.nowMs + 10 * minute, attempts: 0 })
  if (answer.ok) person.apps.set(id, real.newApp(String(answer['uri'])))
  return { expected: 'ok', actual: wordOf(answer) }
}

export function confirm(typed: Typed): Play {
  return async (scene) => {
    const { model, user, person, real } = scene
    const gate = whileEnrolling(user, idOf(scene))
    const pending = isSession(gate)
      ? user.pending.find(({ ref, expiresAtMs }) => ref === gate.ref && user.nowMs < expiresAtMs)
      : undefined
    const right = (pending && person.apps.get(pending.id)?.code()) ?? '123456'
    const code = typed === 'right' ? right : wrongDigits(right)
    const actual = wordOf(await ask(real.mfa.totp.confirm(at(scene), { code })))
    if (!isSession(gate)) return { expected: gate, actual }
    if (pending === undefined) return { expected: 'nothing_pending', actual }
    if (typed === 'wrong') {
      pending.attempts++
      if (pending.attempts >= 10) user.pending = user.pending.filter((each) => each !== pending)
      user.failPending()
      return { expected: 'invalid_code', actual }
    }
    const wasEnforced = user.enforced()
    const isFirst = !user.factors.some(({ kind }) => kind === 'totp')
    const factor: ModelFactor = {
      id: String(++model.counter),
      realId: pending.id,
      kind: 'totp',
      status: 'active',
      wasLocked: false,
      address: '',
      lastStep: stepOf(scene),
      addedByWeaker: user.addsByWeaker(gate),
    }
    user.pending = user.pending.filter((each) => each !== pending)
    user.factors.push(factor)
    const entry = { name: 'totp', origin: 'enrollment', atMs: user.nowMs, factorId: factor.id } as const
    user.prove(gate, { ...entry, ...(wasEnforced && { whileEnforced: true }) })
    user.secondFactorEver = true
    if (isFirst && !user.optedIn) user.optIn(gate)
    return { expected: 'ok', actual }
  }
}

function addressOf({ person, pick }: Scene, channel: Channel): string {
  if (pick % 4 !== 3) return person[channel]
  return channel === 'email' ? `other-${person.email}` : person.phone.replace('+49151', '+49152')
}

export const attest: Play = async (scene) => {
  const { model, user, person, real } = scene
  const channel = channelOf(scene)
  const address = addressOf(scene, channel)
  const answer = await ask(real.mfa.contacts.attest(person.ref, { channel, address }))
  const former = user.factors.find(({ kind }) => kind === channel)
  if (former?.address === address && former.status !== 'withdrawn') return { expected: 'ok', actual: wordOf(answer) }
  if (former) user.dropFactor(former.id)
  // Attesting lifts no lock.
  const isLocked = former !== undefined && (former.status === 'locked' || former.wasLocked)
  user.factors.push({
    id: String(++model.counter),
    realId: String(answer['factorId']),
    kind: channel,
    status: isLocked ? 'locked' : 'active',
    wasLocked: false,
    address,
    lastStep: 0,
    addedByWeaker: false,
  })
  return { expected: 'ok', actual: wordOf(answer) }
}

export function remove(
  kindOf: (scene: Scene) => 'totp' | Channel,
  call: (mfa: Mfa, scene: Scene) => Promise<unknown>,
): Play {
  return gated(
    (user, id, scene) => {
      const targets = user.factors.filter(({ kind }) => kind === kindOf(scene))
      if (targets.length > 0 && user.leavesNothing(targets.map((each) => each.id))) {
        return user.fresh(id, user.switchOffDemand())
      }
      const hasApp = targets.some(({ kind }) => kind === 'totp')
      return user.fresh(id, hasApp ? { anyOf: ['totp', 'recovery_code'], strong: true } : {})
    },
    (user, _session, scene) => {
      const ids = user.factors.filter(({ kind }) => kind === kindOf(scene)).map((each) => each.id)
      if (ids.length === 0) return 'not_found'
      if (user.required && user.leavesNothing(ids)) return 'required_by_policy'
      user.takeAway(ids)
      return 'ok'
    },
    call,
  )
}

export function makeCodes(name: 'generate' | 'regenerate'): Play {
  return async (scene) => {
    const { user, real } = scene
    const answer = await ask(real.mfa.recoveryCodes[name](at(scene)))
    const actual = wordOf(answer)
    const gate = name === 'generate' ? whileEnrolling(user, idOf(scene)) : fresh(user, idOf(scene))
    if (!isSession(gate)) return { expected: gate, actual }
    if (name === 'generate' && (user.recovery?.locked || user.codesLeft() > 0)) {
      return { expected: 'already_generated', actual }
    }
    if (name === 'regenerate' && user.recovery === undefined) return { expected: 'not_found', actual }
    delete user.failures.recovery_code
    user.endRecoveryCredit(gate)
    user.recovery = {
      codes: (answer['codes'] as string[] | undefined) ?? [],
      used: new Set(),
      addedByWeaker: user.addsByWeaker(gate),
      locked: false,
    }
    return { expected: 'ok', actual }
  }
}
