import { createTestMfa } from '@countersign/adapters/testing'
import { type Assessment, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../packages/core/src/decision.js'
import { initialRecord, type Session } from '../../packages/core/src/record/record.js'
import { assess } from '../../packages/core/src/session/assess.js'
import { day, halfway } from './halfway.js'

const names = ({ proofs }: Assessment): readonly string[] => proofs.map(({ name }) => name)
const support = { actor: 'support', reason: 'asked' }

describe('the ledger', () => {
  it('shows its entries as proofs, oldest first, with category, channel, origin, purpose and time', async () => {
    const { mfa, clock, session, user, create, codeTo, app } = await halfway()
    const signedInAtMs = clock.nowMs()
    clock.advance(1000)
    const { id } = await create('phone', session, 'transfer')
    unwrap(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('phone') }))
    const smsAtMs = clock.nowMs()
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    const { items } = unwrap(await mfa.factors.list(user.session))
    const idOf = (kind: string) => items.find((item) => item.kind === kind)?.id
    expect((await mfa.sessions.assess(session)).proofs).toEqual([
      { name: 'password', category: 'knowledge', origin: 'sign_in', atMs: signedInAtMs, independent: false },
      {
        name: 'phone',
        factorId: idOf('phone'),
        category: 'possession',
        channel: 'phone',
        origin: 'challenge',
        purpose: 'transfer',
        atMs: smsAtMs,
        independent: true,
      },
      {
        name: 'totp',
        factorId: idOf('totp'),
        category: 'possession',
        origin: 'challenge',
        purpose: 'sign_in',
        atMs: clock.nowMs(),
        independent: true,
      },
    ])
  })

  it('confirming a factor inside a session is itself a proof and enters that session’s ledger, no other’s', async () => {
    const { mfa, givenUser } = createTestMfa({ policy: { optIn: 'explicit' } })
    const { session, signIn } = await givenUser({ totp: true })
    const other = await signIn()
    expect(await mfa.sessions.assess(session)).toMatchObject({
      level: 'aal2',
      proofs: [{ name: 'password' }, { name: 'totp', origin: 'enrollment', independent: true }],
    })
    expect((await mfa.sessions.assess(session)).lastChallengeAtMs).toBeUndefined()
    expect(await mfa.sessions.assess(other)).toMatchObject({ level: 'aal1', proofs: [{ name: 'password' }] })
  })

  it('counts nothing that is stamped in the future, and no session without a sign-in', async () => {
    const { mfa } = createTestMfa()
    const ctx = { nowMs: 1000, policy: mfa.policy, enforcement: { mfa: 'optional' } } as unknown as Context
    const holding = (atMs: number, origin: 'sign_in' | 'challenge'): Assessment => {
      const entry = { name: 'password', category: 'knowledge', origin, atMs } as const
      const session: Session = { id: 'one', ref: 'ref', startedAtMs: 0, entries: [entry] }
      return assess({ ...initialRecord(), sessions: [session] }, 'one', ctx)
    }
    expect(holding(1000, 'sign_in')).toMatchObject({ level: 'aal1', authTimeMs: 1000, amr: ['pwd'] })
    expect(holding(1000, 'sign_in')).not.toHaveProperty('validUntilMs')
    expect(holding(1001, 'sign_in')).toMatchObject({ level: 'none', proofs: [], amr: [] })
    expect(holding(1001, 'sign_in')).not.toHaveProperty('authTimeMs')
    expect(holding(1000, 'challenge')).toMatchObject({ next: 'sign_in', missing: [{ what: 'session' }], proofs: [] })
  })

  it('a wrong code adds nothing to it', async () => {
    const { mfa, session, wrong } = await halfway()
    const before = await mfa.sessions.assess(session)
    await wrong()
    expect(await mfa.sessions.assess(session)).toEqual(before)
  })

  it('proofs last as long as the session does, and not longer', async () => {
    const { mfa, clock, user, app } = await halfway()
    const session = await user.signIn({ method: 'password', expiresAtMs: clock.nowMs() + 30 * day })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    clock.set(
      unwrap(await mfa.sessions.extend(session, { expiresAtMs: clock.nowMs() + 60 * day })).assessment
        .validUntilMs as number,
    )
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'sign_in', proofs: [] })
    clock.advance(-1)
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true, proofs: [{}, {}] })
  })
})

describe('an entry counts only while its factor is active with the same generation, computed at every question', () => {
  it('not while the factor is locked; unlocked it counts again', async () => {
    const { mfa, user, wrong } = await halfway({ totp: true }, { policy: { lockAfterFailures: 1 } })
    expect(await mfa.sessions.assess(user.session)).toMatchObject({ satisfied: true, level: 'aal2' })
    await wrong()
    expect(await mfa.sessions.assess(user.session)).toMatchObject({
      satisfied: false,
      enforced: true,
      level: 'aal1',
      next: 'other_sign_in_method',
      missing: [{ what: 'second_factor', why: 'locked' }],
    })
    unwrap(await mfa.admin.unlock({ userId: user.userId }, support))
    expect(await mfa.sessions.assess(user.session)).toMatchObject({ satisfied: true, level: 'aal2' })
  })

  it('not once the address is withdrawn or changed, in every session at once (X23)', async () => {
    const { mfa, session, user, create, codeTo } = await halfway({ email: true, phone: true, enabled: true })
    const proveEmail = async () => {
      const { id } = await create('email')
      return unwrap(await mfa.challenges.complete(session, { challengeId: id, code: codeTo('email') })).assessment
    }
    expect((await proveEmail()).satisfied).toBe(true)
    unwrap(await mfa.contacts.attest(user, { channel: 'email', address: 'new@example.com' }))
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      next: 'second_factor',
      lastChallengeAtMs: expect.any(Number),
    })
    unwrap(await mfa.contacts.attest(user, { channel: 'email', address: user.email as string }))
    expect(names(await mfa.sessions.assess(session))).toEqual(['password'])
  })

  it('lastChallengeAtMs is for display, also when its factor is gone; never credit', async () => {
    const { mfa, clock, session, user, app } = await halfway({ totp: true, email: true })
    unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode() }))
    const provenAtMs = clock.nowMs()
    const { items } = unwrap(await mfa.factors.list(session))
    const factorId = items.find(({ kind }) => kind === 'totp')?.id as string
    unwrap(await mfa.admin.removeFactor({ userId: user.userId }, { factorId, ...support }))
    expect(await mfa.sessions.assess(session)).toMatchObject({
      satisfied: false,
      level: 'aal1',
      lastChallengeAtMs: provenAtMs,
      proofs: [{ name: 'password' }],
    })
  })
})

describe('proving the first factor again', () => {
  it('takes the place of the older proof of the same method and moves authTimeMs', async () => {
    const { mfa, clock, session } = await halfway()
    clock.advance(5000)
    const { assessment } = unwrap(await mfa.sessions.reauthenticate(session, { method: 'password' }))
    expect(assessment.authTimeMs).toBe(clock.nowMs())
    expect(names(assessment)).toEqual(['password'])
  })

  it('by another method stands beside it, and authTimeMs is the newest', async () => {
    const { mfa, clock, session } = await halfway()
    clock.advance(5000)
    const { assessment } = unwrap(await mfa.sessions.reauthenticate(session, { method: 'passkey' }))
    expect(assessment).toMatchObject({ authTimeMs: clock.nowMs(), amr: ['pwd', 'swk'] })
    expect(names(assessment)).toEqual(['password', 'passkey'])
  })

  it('by a passkey with userVerified satisfies; by one without it takes nothing back', async () => {
    const { mfa, session } = await halfway()
    const verified = unwrap(await mfa.sessions.reauthenticate(session, { method: 'passkey', userVerified: true }))
    expect(verified.assessment).toMatchObject({ satisfied: true, level: 'aal2' })
    const plain = unwrap(await mfa.sessions.reauthenticate(session, { method: 'passkey' }))
    expect(plain.assessment).toMatchObject({ satisfied: true, level: 'aal2' })
  })

  it('never frees the medium of the sign-in: oauth again without a channel leaves email excluded (X19)', async () => {
    const { mfa, user } = await halfway({ email: 'kim@example.com', phone: true, enabled: true })
    const signIns = [
      { method: 'oauth', channel: 'email' },
      { method: 'oauth', verified: { email: 'kim@example.com' } },
      { method: 'own', channel: 'email' },
    ] as const
    for (const { method, ...options } of signIns) {
      const session = await user.signIn({ method, ...options })
      const again = method === 'own' ? ({ method, channel: 'none' } as const) : { method }
      const { assessment } = unwrap(await mfa.sessions.reauthenticate(session, again))
      expect(assessment.offers.map(({ factor }) => factor)).toEqual(['phone'])
      expect(await mfa.challenges.create(session, { factor: 'email' })).toMatchObject({
        reason: 'same_channel_as_sign_in',
      })
    }
  })
})
