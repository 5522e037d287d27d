/** Whom the attacks are tried on: a victim with every kind of factor, and a store that interleaves calls at will. */

import { createTestMfa, type GivenUserOptions, type TestMfa, testKey } from '@countersign/adapters/testing'
import { createMfa, type FactorKind, type Mfa, type MfaStore, type SessionRef, unwrap } from '@countersign/core'
import type fc from 'fast-check'

export const second = 1000
export const minute: number = 60 * second
export const hour: number = 60 * minute
export const url = 'https://acme.example/verify'

/** A well-formed code that is not this one. */
export const wrongOf = (code: string): string => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10))

/** `ok` or the reason. */
export const outcomeOf = (answer: { readonly ok: boolean; readonly reason?: string }): string =>
  answer.ok ? 'ok' : (answer.reason as string)

/** A victim with these factors, and a session of theirs that knows the password only: the attacker's. */
export async function victimWith(
  has: GivenUserOptions = { email: true, phone: true, totp: true, recoveryCodes: true },
  overrides: Parameters<typeof createTestMfa>[0] = {},
) {
  const test = createTestMfa(overrides)
  const user = await test.givenUser(has)
  const session = await user.signIn()
  test.outbox.clear()
  test.events.length = 0
  const ref = { userId: user.userId, ...(user.tenantId !== undefined && { tenantId: user.tenantId }) }
  const inspect = async () => unwrap(await test.mfa.admin.inspect(ref))
  const send = async (factor: 'email' | 'phone', at: SessionRef = session, purpose?: string) => {
    const options = { factor, ...(purpose !== undefined && { purpose }) }
    const { challenge } = unwrap(await test.mfa.challenges.create(at, options))
    return { challengeId: challenge.id, code: test.outbox.codeTo(user[factor] as string) }
  }
  const prove = async (factor: FactorKind, at: SessionRef = session) => {
    if (factor === 'email' || factor === 'phone') {
      return unwrap(await test.mfa.challenges.complete(at, await send(factor, at)))
    }
    const code = factor === 'totp' ? user.app.freshCode() : (user.recoveryCodes[0] as string)
    return unwrap(await test.mfa.challenges.verify(at, { factor, code }))
  }
  return { ...test, user, ref, session, inspect, send, prove }
}

/** Another server on the same store. */
export function anotherServer({ outbox, clock }: Pick<TestMfa, 'outbox' | 'clock'>, store: MfaStore): Mfa {
  return createMfa({ issuer: 'Acme', keys: [{ id: 'test', secret: testKey }], store, messenger: outbox, clock })
}

/** Every load and save of this store happens when the scheduler says so. */
export function interleaved(store: MfaStore, scheduler: fc.Scheduler): MfaStore {
  const turn = (name: string): Promise<unknown> => scheduler.schedule(Promise.resolve(), name)
  return {
    load: (owner) => turn('load').then(() => store.load(owner)),
    save: (owner, data, version, expected) => turn('save').then(() => store.save(owner, data, version, expected)),
    erase: (owner) => turn('erase').then(() => store.erase(owner)),
  }
}
