/** The public types, held by the compiler: what must compile does, what must not is marked. Part of the type check. */

import {
  type Assessment,
  type ChallengeView,
  createMfa,
  type Mfa,
  type MfaStore,
  meets,
  type Offer,
  type Reason,
  type Refusal,
  type Result,
  type SessionRef,
  unwrap,
} from '@countersign/core'
import { generateTotp, verifyTotp } from '@countersign/core/totp'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

declare const mfa: Mfa
declare const store: MfaStore
declare const session: SessionRef

export async function answers(): Promise<void> {
  const begun = await mfa.sessions.begin(session, { method: 'password' })
  const generated = await mfa.recoveryCodes.generate(session)
  // @ts-expect-error an answer must be looked at before its fields are used
  generated.codes satisfies readonly string[]
  if (begun.ok) holds<Equal<typeof begun.assessment, Assessment>>()
  else holds<Equal<typeof begun.reason, Reason>>()

  const created = unwrap(await mfa.challenges.create(session, { factor: 'email' }))
  holds<Equal<typeof created.challenge, ChallengeView>>()
  holds<Equal<Assessment['offers'], readonly Offer[]>>()
  holds<Equal<Awaited<ReturnType<Mfa['sessions']['assess']>>, Assessment>>()
  holds<Equal<Refusal['retryAtMs'], number | undefined>>()

  const verified: Result<{ readonly factor: string }> = await mfa.challenges.verify(session, {
    factor: 'totp',
    code: '1',
  })
  if (!verified.ok) verified.attemptsLeft satisfies number | undefined
}

export function misuse(): void {
  // @ts-expect-error a session has an id
  mfa.sessions.begin({ userId: 'u' }, { method: 'password' })
  // @ts-expect-error the method is required
  mfa.sessions.begin(session, {})
  // @ts-expect-error what is sent is not verified in one call
  mfa.challenges.verify(session, { factor: 'email', code: '1' })
  // @ts-expect-error codes are text: a number would lose its zeros
  mfa.challenges.complete(session, { challengeId: 'x', code: 123456 })
  // @ts-expect-error one factor or one kind
  mfa.factors.remove(session, {})
  // @ts-expect-error support acts under a name and for a reason
  mfa.admin.reset({ userId: 'u' }, { actor: 'me' })
  // @ts-expect-error an assessment is read, not written
  ;(({}) as Assessment).satisfied = true
  // @ts-expect-error the policy is fixed
  mfa.policy.codeDigits = 4
  // @ts-expect-error no such kind
  mfa.challenges.create(session, { factor: 'sms' })
  // @ts-expect-error a store is required
  createMfa({ issuer: 'Acme', keys: [] })
  // @ts-expect-error time is a number
  verifyTotp(new Uint8Array(20), '123456', {})
}

export function fits(): void {
  createMfa({ issuer: 'Acme', keys: [{ id: '1', secret: process.env['MFA_KEY'] }], store })
  createMfa({
    issuer: 'Acme',
    keys: [],
    store,
    enforcement: async ({ tenantId }) => ({ mfa: tenantId ? 'required' : 'optional' }),
  })
  meets({} as Assessment, { anyOf: ['totp'], maxAgeMs: 1 }) satisfies boolean
  generateTotp(new Uint8Array(20), 0) satisfies string
  // A host's own method is any string, and the known ones are suggested.
  mfa.sessions.begin(session, { method: 'kerberos', channel: 'none' })
}
