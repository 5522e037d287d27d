/** What every call of the model needs: the scene it plays in, its code on the screen, and the words of its answer. */

import { isMfaError, type Mfa, type SessionRef } from '@countersign/core'
import type { ModelUser } from './reference.js'
import type { Channel, Gate, ModelFactor, ModelSession } from './shapes.js'
import type { Model, Person, Real } from './world.js'

/** One call on one user: which session acts, and a number to choose things with. */
export interface Scene {
  readonly model: Model
  readonly user: ModelUser
  readonly real: Real
  readonly person: Person
  readonly slot: number
  readonly pick: number
}

/** Performs the call on both, and answers what the model expected and what the library said. */
export type Play = (scene: Scene) => Promise<{ readonly expected: string; readonly actual: string } | undefined>

export const minute = 60_000
export const word = { actor: 'support', reason: 'test' }
export const wrongRecovery = '0000-0000-0000-0000-0000-0000'
type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly reason?: string }

export function at({ person, slot }: Scene): SessionRef {
  return { ...person.ref, sessionId: person.ids[slot] as string }
}
export const idOf = ({ person, slot }: Scene): string => person.ids[slot] as string
const mediumKinds = ['email', 'phone'] as const
export const channelOf = ({ pick }: Scene): Channel => mediumKinds[pick % 2] as Channel
export const purposeOf = ({ pick }: Scene): string => (pick % 3 === 0 ? 'manage' : 'sign_in')
export const isSession = (gate: Gate): gate is ModelSession => typeof gate !== 'string'

export async function ask(call: Promise<unknown>): Promise<Answer> {
  try {
    return (await call) as Answer
  } catch (error) {
    if (!isMfaError(error)) throw error
    return { ok: false, reason: error.code }
  }
}
export const wordOf = ({ ok, reason }: Answer): string => (ok ? 'ok' : String(reason))

/** A call whose effect on the model needs nothing from the library's answer. */
export function simple(expect: (scene: Scene) => string, call: (mfa: Mfa, scene: Scene) => Promise<unknown>): Play {
  return async (scene) => {
    const expected = expect(scene)
    return { expected, actual: wordOf(await ask(call(scene.real.mfa, scene))) }
  }
}

/** A call behind a gate. */
export function gated(
  gate: (user: ModelUser, id: string, scene: Scene) => Gate,
  effect: (user: ModelUser, session: ModelSession, scene: Scene) => string,
  call: (mfa: Mfa, scene: Scene) => Promise<unknown>,
): Play {
  return simple((scene) => {
    const found = gate(scene.user, idOf(scene), scene)
    return isSession(found) ? effect(scene.user, found, scene) : found
  }, call)
}

export const begun = (user: ModelUser, id: string): Gate => user.begun(id)
export const fresh = (user: ModelUser, id: string): Gate => user.fresh(id)
export const whileEnrolling = (user: ModelUser, id: string): Gate => user.fresh(id, { whileEnrolling: true })

export function wrongDigits(code: string): string {
  return code.slice(0, -1) + ((Number(code.at(-1)) + 5) % 10)
}
export const stepOf = ({ real }: Scene): number => Math.floor(real.clock.nowMs() / 30_000)

export function appOf({ user, person, pick }: Scene): { factor: ModelFactor; code: string } | undefined {
  const apps = user.factors.filter(({ kind }) => kind === 'totp')
  const factor = apps[pick % Math.max(apps.length, 1)]
  const app = factor && person.apps.get(factor.realId)
  return factor && app ? { factor, code: app.code() } : undefined
}

export type Typed = 'right' | 'wrong'
