import { createTestMfa } from '@countersign/adapters/testing'
import { type Assessment, type FactorKind, meets, type Requirement, toClaims, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { halfway, minute } from './halfway.js'

const factorKinds: readonly FactorKind[] = ['totp', 'email', 'phone', 'recovery_code']
const requirements: fc.Arbitrary<Requirement> = fc.record(
  {
    level: fc.constantFrom('none', 'aal1', 'aal2'),
    anyOf: fc.subarray([...factorKinds]),
    maxAgeMs: fc.constantFrom(0, minute, 2 * minute, 10 * minute),
    origin: fc.constant('challenge' as const),
    purpose: fc.constantFrom('sign_in', 'transfer'),
  },
  { requiredKeys: [] },
)
type Begin = Parameters<Awaited<ReturnType<typeof halfway>>['user']['signIn']>[0]
const signIns: readonly NonNullable<Begin>[] = [
  { method: 'password' },
  { method: 'email_link' },
  { method: 'passkey' },
  { method: 'passkey', userVerified: true },
]

/** A session after a sign-in and some second proofs, a minute after each other. */
async function sessionWith(begin: NonNullable<Begin>, proofs: readonly (FactorKind | 'transfer')[]) {
  const test = await halfway({ email: true, phone: true, totp: true, recoveryCodes: true })
  const { mfa, clock, user, app } = test
  const session = await user.signIn(begin)
  for (const [index, proof] of proofs.entries()) {
    clock.advance(minute)
    if (proof === 'totp' || proof === 'transfer') {
      const purpose = proof === 'transfer' ? 'transfer' : 'sign_in'
      unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: app.freshCode(), purpose }))
    } else if (proof === 'recovery_code') {
      const code = user.recoveryCodes[index] as string
      unwrap(await mfa.challenges.verify(session, { factor: proof, code }))
    } else {
      const created = await mfa.challenges.create(session, { factor: proof })
      if (!created.ok) continue
      const code = test.codeTo(proof)
      unwrap(await mfa.challenges.complete(session, { challengeId: created.challenge.id, code }))
    }
  }
  return { ...test, session }
}

const situations = fc.record({
  begin: fc.constantFrom(...signIns),
  proofs: fc.array(fc.constantFrom(...factorKinds, 'transfer' as const), { maxLength: 3 }),
  laterMs: fc.constantFrom(0, 1, minute, minute + 1, 3 * minute),
})

describe('laws of requirements', () => {
  it('meets over a plain assessment agrees with assess given the requirement, and require with both', async () => {
    await fc.assert(
      fc.asyncProperty(situations, requirements, async ({ begin, proofs, laterMs }, requirement) => {
        const { mfa, clock, session } = await sessionWith(begin, proofs)
        const earlier = await mfa.sessions.assess(session)
        clock.advance(laterMs)
        const { satisfied } = await mfa.sessions.assess(session, requirement)
        expect(meets(await mfa.sessions.assess(session), requirement)).toBe(satisfied)
        expect(meets(earlier, requirement, clock.nowMs())).toBe(satisfied)
        const passed = await mfa.sessions.require(session, requirement).then(
          () => true,
          () => false,
        )
        expect(passed).toBe(satisfied)
      }),
      { numRuns: 60 },
    )
  })

  it('a requirement only ever takes away: less is never met where more is, and time meets nothing', async () => {
    await fc.assert(
      fc.asyncProperty(situations, requirements, async ({ begin, proofs }, requirement) => {
        const { mfa, session } = await sessionWith(begin, proofs)
        const plain = await mfa.sessions.assess(session)
        const isMet = meets(plain, requirement)
        if (isMet) expect(plain.satisfied).toBe(true)
        const { maxAgeMs: _, ...ageless } = requirement
        if (isMet) expect(meets(plain, ageless)).toBe(true)
        if (!isMet) expect(meets(plain, requirement, plain.assessedAtMs + minute)).toBe(false)
        if (requirement.level === 'aal2' && isMet) expect(plain.level).toBe('aal2')
      }),
      { numRuns: 60 },
    )
  })

  it('a refused requirement says what is missing, and offers only what would count', async () => {
    await fc.assert(
      fc.asyncProperty(situations, requirements, async ({ begin, proofs }, requirement) => {
        const { mfa, session } = await sessionWith(begin, proofs)
        const plain = await mfa.sessions.assess(session)
        const judged: Assessment = await mfa.sessions.assess(session, requirement)
        if (judged.satisfied || !plain.satisfied) {
          expect(judged).toEqual(plain)
          return
        }
        expect(judged.missing).not.toEqual([])
        expect(judged.next).not.toBe('none')
        const { anyOf } = requirement
        for (const { factor } of judged.offers) expect(anyOf ?? ['totp', 'phone', 'email']).toContain(factor)
        if (judged.next === 'second_factor') expect(judged.offers).not.toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('claims say what was proven: aal2 in acr and mfa in amr come and go together', async () => {
    await fc.assert(
      fc.asyncProperty(situations, async ({ begin, proofs }) => {
        const { mfa, session } = await sessionWith(begin, proofs)
        const assessment = await mfa.sessions.assess(session)
        const claims = toClaims(assessment)
        expect(claims.acr === 'urn:countersign:aal2').toBe(claims.amr.includes('mfa'))
        expect(claims.auth_time).toBe(Math.floor((assessment.authTimeMs as number) / 1000))
      }),
      { numRuns: 40 },
    )
  })
})

describe('a level that there is not', () => {
  it('is met by nothing (X20)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const { session } = await givenUser({ totp: true })
    const assessment = await mfa.sessions.assess(session)
    expect(meets(assessment, { level: 'aal2' })).toBe(true)
    for (const level of ['AAL2', 'aal3', null, 2]) expect(meets(assessment, { level } as never)).toBe(false)
  })
})
