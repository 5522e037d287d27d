/** Every kind of call: what it does to the model and to the library, answering the same words. */

import { challengeOf, complete, create, resend, verifyApp, verifyRecovery } from './challenge-calls.js'
import { attest, confirm, enroll, makeCodes, remove } from './factor-calls.js'
import {
  appOf,
  ask,
  at,
  begun,
  channelOf,
  fresh,
  gated,
  idOf,
  isSession,
  minute,
  type Play,
  simple,
  word,
  wordOf,
  wrongRecovery,
} from './scene.js'
import type { Channel, MethodName } from './shapes.js'

function begin(method: MethodName): Play {
  return simple(
    ({ model, user, ...rest }) => {
      const id = idOf({ model, user, ...rest })
      user.dropSessions((session) => session.id === id)
      const entry = { name: method, origin: 'sign_in', atMs: user.nowMs } as const
      user.sessions.push({ id, ref: ++model.counter, expiresAtMs: undefined, entries: [entry] })
      return 'ok'
    },
    (mfa, scene) => mfa.sessions.begin(at(scene), { method, ...(method === 'passkey' && { userVerified: true }) }),
  )
}

function changed(via: Channel | 'session'): Play {
  return simple(
    (scene) => {
      const { user } = scene
      user.dropSessions(({ id }) => via !== 'session' || id !== idOf(scene))
      const kept = user.sessions[0]?.ref
      user.pending = user.pending.filter(({ ref }) => ref === kept)
      if (via !== 'session') user.derived = { via, atMs: user.nowMs }
      return 'ok'
    },
    (mfa, scene) =>
      mfa.credentials.changed(scene.person.ref, { via, ...(via === 'session' && { except: idOf(scene) }) }),
  )
}

/** Every kind of call, by name. */
export const plays = {
  'begin with a password': begin('password'),
  'begin with an email link': begin('email_link'),
  'begin with a phone code': begin('phone_otp'),
  'begin with a passkey': begin('passkey'),
  reauthenticate: gated(
    begun,
    (user, session) => {
      user.prove(session, { name: 'password', origin: 'sign_in', atMs: user.nowMs })
      return 'ok'
    },
    (mfa, scene) => mfa.sessions.reauthenticate(at(scene), { method: 'password' }),
  ),
  extend: gated(
    begun,
    (user, session) => {
      session.expiresAtMs = user.realMs + 20 * minute
      return 'ok'
    },
    (mfa, scene) => mfa.sessions.extend(at(scene), { expiresAtMs: scene.real.clock.nowMs() + 20 * minute }),
  ),
  rotate: async (scene) => {
    const { model, user, person, real, slot } = scene
    const next = `rotated-${++model.counter}`
    const actual = wordOf(await ask(real.mfa.sessions.rotate(at(scene), { newSessionId: next })))
    const session = user.begun(idOf(scene))
    if (!isSession(session)) return { expected: session, actual }
    session.id = next
    person.ids[slot] = next
    return { expected: 'ok', actual }
  },
  end: simple(
    (scene) => {
      scene.user.dropSessions(({ id }) => id === idOf(scene))
      return 'ok'
    },
    (mfa, scene) => mfa.sessions.end(at(scene)),
  ),
  'end others': gated(
    (user, id) => {
      const gate = user.begun(id)
      return isSession(gate) && !user.assess(id).satisfied ? 'more_factors_required' : gate
    },
    (user, session) => {
      user.dropSessions(({ ref }) => ref !== session.ref)
      user.pending = user.pending.filter(({ ref }) => ref === session.ref)
      return 'ok'
    },
    (mfa, scene) => mfa.sessions.endOthers(at(scene)),
  ),
  'end all': simple(
    ({ user }) => {
      user.dropSessions(() => true)
      user.pending = []
      return 'ok'
    },
    (mfa, { person }) => mfa.sessions.endAll(person.ref),
  ),
  'password changed': changed('session'),
  'password reset by email': changed('email'),
  'password reset by phone': changed('phone'),
  enroll,
  'confirm right': confirm('right'),
  'confirm wrong': confirm('wrong'),
  'attest a contact': attest,
  'withdraw a contact': simple(
    (scene) => {
      const { user } = scene
      const factor = user.factors.find(({ kind }) => kind === channelOf(scene))
      if (factor === undefined || factor.status === 'withdrawn') return 'ok'
      factor.wasLocked = factor.status === 'locked'
      factor.status = 'withdrawn'
      user.challenges = user.challenges.filter(({ factorId }) => factorId !== factor.id)
      return 'ok'
    },
    (mfa, scene) => mfa.contacts.withdraw(scene.person.ref, { channel: channelOf(scene) }),
  ),
  'remove a contact': remove(channelOf, (mfa, scene) => mfa.contacts.remove(at(scene), { channel: channelOf(scene) })),
  'remove the apps': remove(
    () => 'totp',
    (mfa, scene) => mfa.factors.remove(at(scene), { kind: 'totp' }),
  ),
  'generate codes': makeCodes('generate'),
  'regenerate codes': makeCodes('regenerate'),
  'list factors': gated(
    begun,
    () => 'ok',
    (mfa, scene) => mfa.factors.list(at(scene)),
  ),
  'rename an app': gated(
    fresh,
    (user) => (user.factors.some(({ kind }) => kind === 'totp') ? 'ok' : 'not_found'),
    (mfa, scene) => mfa.factors.rename(at(scene), { factorId: appOf(scene)?.factor.realId ?? 'none', label: 'Phone' }),
  ),
  enable: gated(
    fresh,
    (user, session) => {
      if (!user.optedIn) user.optIn(session)
      return 'ok'
    },
    (mfa, scene) => mfa.enable(at(scene)),
  ),
  disable: gated(
    (user, id) => user.fresh(id, user.switchOffDemand()),
    (user) => {
      if (user.required) return 'required_by_policy'
      user.optedIn = false
      return 'ok'
    },
    (mfa, scene) => mfa.disable(at(scene)),
  ),
  'create a challenge': create,
  'resend a challenge': resend,
  'complete right': complete('right'),
  'complete wrong': complete('wrong'),
  'cancel a challenge': gated(
    begun,
    (user, session, scene) => {
      const challengeId = challengeOf(scene)
      user.challenges = user.challenges.filter(({ id, ref }) => id !== challengeId || ref !== session.ref)
      return 'ok'
    },
    (mfa, scene) => mfa.challenges.cancel(at(scene), { challengeId: challengeOf(scene) }),
  ),
  'verify an app': verifyApp('right'),
  'verify an app wrongly': verifyApp('wrong'),
  'verify a recovery code': verifyRecovery(
    ({ user }) => user.recovery?.codes.find((each) => !user.recovery?.used.has(each)) ?? wrongRecovery,
  ),
  'verify a used recovery code': verifyRecovery(({ user }) => [...(user.recovery?.used ?? [])][0] ?? wrongRecovery),
  'admin.reset': simple(
    ({ user }) => {
      if (!user.exists) return 'not_found'
      const { sentAtMs, derived } = user
      Object.assign(user, {
        ...{ sessions: [], factors: [], challenges: [], pending: [], recovery: undefined, failures: {}, total: 0 },
        ...{ optedIn: false, everOptedIn: false, secondFactorEver: false, sentAtMs, derived },
      })
      return 'ok'
    },
    (mfa, { person }) => mfa.admin.reset(person.ref, word),
  ),
  'admin.unlock': async (scene) => {
    const { user, person, real } = scene
    // What it does to a clock that ran ahead has tests of its own.
    if (user.markMs > user.realMs) return undefined
    const actual = wordOf(await ask(real.mfa.admin.unlock(person.ref, word)))
    if (!user.exists) return { expected: 'not_found', actual }
    user.failures = {}
    user.total = 0
    for (const factor of user.factors) {
      factor.wasLocked = false
      if (factor.status === 'locked') factor.status = 'active'
    }
    if (user.recovery) user.recovery.locked = false
    return { expected: 'ok', actual }
  },
  'admin.removeFactor': async (scene) => {
    const { user, person, real, pick } = scene
    const factor = user.factors[pick % Math.max(user.factors.length, 1)]
    const call = real.mfa.admin.removeFactor(person.ref, { factorId: factor?.realId ?? 'none', ...word })
    const actual = wordOf(await ask(call))
    if (factor === undefined) return { expected: 'not_found', actual }
    if (user.required && user.leavesNothing([factor.id])) return { expected: 'required_by_policy', actual }
    user.takeAway([factor.id])
    return { expected: 'ok', actual }
  },
  'users.erase': simple(
    ({ user }) => {
      Object.assign(user, {
        ...{ sessions: [], factors: [], challenges: [], pending: [], recovery: undefined, failures: {}, total: 0 },
        ...{ optedIn: false, everOptedIn: false, secondFactorEver: false, derived: undefined },
        sentAtMs: { email: [], phone: [] },
      })
      return 'ok'
    },
    (mfa, { person }) => mfa.users.erase(person.ref),
  ),
} satisfies Readonly<Record<string, Play>>
