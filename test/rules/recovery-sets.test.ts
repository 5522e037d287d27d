import { createHmac } from 'node:crypto'
import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../packages/core/src/decision.js'
import { readEntropy } from '../../packages/core/src/keys/entropy.js'
import { frame } from '../../packages/core/src/keys/frame.js'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { configurePolicy } from '../../packages/core/src/policy/configure-policy.js'
import {
  findRecoveryCode,
  makeRecoverySet,
  makeReplacement,
  parseRecoveryCode,
} from '../../packages/core/src/recovery/code.js'
import { recordIn } from '../record/parts.js'
import { having } from './having.js'
import { minute, signedIn } from './signed-in.js'

describe('what the calls on recovery codes refuse', () => {
  it('generate: unknown_session, more_factors_required, fresh_proof_required, then already_generated', async () => {
    const { mfa, clock, session, prove } = await having({ totp: true, recoveryCodes: true })
    const generate = (at: SessionRef = session) => mfa.recoveryCodes.generate(at)
    expect(await generate({ ...session, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
    expect(await generate()).toMatchObject({ reason: 'more_factors_required' })
    await prove('totp')
    clock.advance(5 * minute)
    expect(await generate()).toMatchObject({ reason: 'already_generated' })
    clock.advance(1)
    expect(await generate()).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('regenerate: unknown_session, more_factors_required, fresh_proof_required, then not_found', async () => {
    const { mfa, clock, session, prove } = await having({ totp: true })
    const regenerate = (at: SessionRef = session) => mfa.recoveryCodes.regenerate(at)
    expect(await regenerate({ ...session, sessionId: 'unknown' })).toMatchObject({ reason: 'unknown_session' })
    expect(await regenerate()).toMatchObject({ reason: 'more_factors_required' })
    await prove('totp')
    clock.advance(5 * minute)
    expect(await regenerate()).toMatchObject({ reason: 'not_found' })
    clock.advance(1)
    expect(await regenerate()).toMatchObject({ reason: 'fresh_proof_required' })
  })

  it('a session that must enroll may generate, but has nothing to regenerate with', async () => {
    const { mfa, session } = await signedIn({ enforcement: { mfa: 'required' } })
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({ reason: 'more_factors_required' })
  })
})

describe('a set of recovery codes', () => {
  it('is shown once, and only digests are kept (X38)', async () => {
    const { mfa, events, outbox, store, session, ref } = await signedIn()
    const { codes } = unwrap(await mfa.recoveryCodes.generate(session))
    const kept = JSON.stringify([
      await store.load('0:user-1'),
      await mfa.factors.list(session),
      await mfa.admin.inspect(ref),
      events,
      outbox.messages,
    ])
    const digests = (await recordIn(store, '0:user-1')).recovery?.codes.map(({ digest }) => digest) ?? []
    expect(digests).toHaveLength(codes.length)
    for (const digest of digests) expect(kept).toContain(digest)
    for (const code of codes) {
      expect(kept).not.toContain(code)
      expect(kept).not.toContain(code.replaceAll('-', ''))
    }
  })

  it('belongs to its user: another user’s code is a wrong one (X04)', async () => {
    const { mfa, givenUser } = createTestMfa()
    const kim = await givenUser({ recoveryCodes: true })
    const sam = await givenUser({ recoveryCodes: true })
    const code = kim.recoveryCodes[0] as string
    expect(await mfa.challenges.verify(sam.session, { factor: 'recovery_code', code })).toMatchObject({
      reason: 'invalid_code',
    })
    expect((await mfa.challenges.verify(kim.session, { factor: 'recovery_code', code })).ok).toBe(true)
  })

  it('made anew starts its count of failures anew, and lifts its lock', async () => {
    const { mfa, session, ref, prove, user } = await having(
      { totp: true, recoveryCodes: true },
      { policy: { lockAfterFailures: 2 } },
    )
    const wrong = () => mfa.challenges.verify(session, { factor: 'recovery_code', code: '0'.repeat(24) })
    await wrong()
    await wrong()
    await prove('totp')
    expect(await mfa.challenges.create(session, { factor: 'recovery_code' })).toMatchObject({ reason: 'locked' })
    const { codes } = unwrap(await mfa.recoveryCodes.regenerate(session))
    expect(await wrong()).toMatchObject({ attemptsLeft: 1 })
    unwrap(await mfa.recoveryCodes.regenerate(session))
    expect(unwrap(await mfa.admin.inspect(ref)).throttles).toEqual({ total: 0 })
    for (const code of [codes[0] as string, user.recoveryCodes[0] as string]) {
      expect(await mfa.challenges.verify(session, { factor: 'recovery_code', code })).toMatchObject({
        reason: 'invalid_code',
      })
    }
  })

  it('says how many were made, in an event and a notice', async () => {
    const { mfa, events, outbox, givenUser } = createTestMfa({ policy: { recoveryCodeCount: 4 } })
    const { session } = await givenUser({ email: true })
    expect(unwrap(await mfa.recoveryCodes.generate(session)).codes).toHaveLength(4)
    expect(events.at(-1)).toMatchObject({ type: 'recovery_codes.generated', count: 4 })
    unwrap(await mfa.recoveryCodes.regenerate(session))
    expect(events.at(-1)).toMatchObject({ type: 'recovery_codes.regenerated', count: 4 })
    expect(outbox.notices.slice(-2)).toMatchObject(
      Array(2).fill({ notice: 'recovery_codes_generated', details: { count: 4 } }),
    )
  })

  it('is low at the policy’s number, not one above it', async () => {
    const { mfa, events, givenUser } = createTestMfa({ policy: { recoveryCodeCount: 3, recoveryCodesLowAt: 1 } })
    const user = await givenUser({ recoveryCodes: true })
    const lows = []
    for (const code of user.recoveryCodes) {
      unwrap(await mfa.challenges.verify(user.session, { factor: 'recovery_code', code }))
      lows.push(events.filter(({ type }) => type === 'recovery_codes.low').length)
    }
    expect(lows).toEqual([0, 1, 2])
  })

  it('that replaces used codes keeps its size and never runs low', async () => {
    const { mfa, events, user, session } = await having(
      { totp: true, recoveryCodes: true },
      { policy: { replaceUsedRecoveryCode: true } },
    )
    let code = user.recoveryCodes[0] as string
    for (let use = 0; use < 12; use++) {
      const done = unwrap(await mfa.challenges.verify(session, { factor: 'recovery_code', code }))
      expect(done.replacementCode).not.toBe(code)
      code = done.replacementCode as string
    }
    // No other proof makes a code.
    const byApp = await mfa.challenges.verify(session, { factor: 'totp', code: user.app.freshCode() })
    expect(unwrap(byApp)).not.toHaveProperty('replacementCode')
    expect(unwrap(await mfa.factors.list(session)).items.at(-1)).toMatchObject({ codesLeft: 10 })
    expect(events.filter(({ type }) => type === 'recovery_codes.low')).toEqual([])
    const untouched = user.recoveryCodes[9] as string
    expect((await mfa.challenges.verify(session, { factor: 'recovery_code', code: untouched })).ok).toBe(true)
  })

  it('that replaces used codes remembers the sixteen used last: a second use of one of these is told apart', async () => {
    const { mfa, events, user, session } = await having(
      { recoveryCodes: true },
      { policy: { replaceUsedRecoveryCode: true } },
    )
    const verify = (code: string) => mfa.challenges.verify(session, { factor: 'recovery_code', code })
    const used: string[] = []
    for (let code = user.recoveryCodes[0]; used.length < 18; ) {
      used.push(code as string)
      code = unwrap(await verify(code as string)).replacementCode
    }
    for (const [index, detail] of [
      [1, 'wrong'],
      [2, 'already_used'],
      [17, 'already_used'],
    ] as const) {
      expect(await verify(used[index] as string)).toMatchObject({ reason: 'invalid_code' })
      expect(events.at(-1)).toMatchObject({ type: 'challenge.failed', detail })
    }
  })

  it('is used up with the removal of the last factor; a new one can be generated then', async () => {
    const { mfa, session, prove } = await having({ totp: true, recoveryCodes: true })
    await prove('totp')
    unwrap(await mfa.factors.remove(session, { kind: 'totp' }))
    expect(await mfa.recoveryCodes.regenerate(session)).toMatchObject({ reason: 'not_found' })
    expect((await mfa.recoveryCodes.generate(session)).ok).toBe(true)
  })
})

describe('a code of a set', () => {
  const contextOf = (id: string) =>
    ({
      owner: '0:kim',
      nowMs: 5,
      policy: configurePolicy(),
      keys: createKeyRing([{ id, secret: testKey }]),
      entropy: readEntropy(() => Uint8Array.from({ length: 512 }, (_, index) => (index * 7) & 255)),
    }) as Context
  const ctx = contextOf('test')
  const { set, codes } = makeRecoverySet('session', ctx)
  const [code = ''] = codes.map((each) => each.replaceAll('-', ''))

  it('is kept as an HMAC over what it belongs to, as another library computes it', () => {
    const fields = frame('mfa/recovery/v1', '0:kim', set.batch, code)
    const subkey = ctx.keys.subkey('test', 'recovery') as Uint8Array
    const digest = createHmac('sha256', subkey).update(fields).digest().subarray(0, 16).toString('base64url')
    expect(set).toMatchObject({ key: 'test', createdAtMs: 5, createdBy: 'session' })
    expect(set.codes[0]).toStrictEqual({ digest })
  })

  it('is found in that set alone: in none without a set, or once its key is gone', () => {
    expect([findRecoveryCode(set, code, ctx), findRecoveryCode(undefined, code, ctx)]).toEqual([0, -1])
    expect(findRecoveryCode({ ...set, batch: 'other' }, code, ctx)).toBe(-1)
    expect(findRecoveryCode(set, code, contextOf('later'))).toBe(-1)
    expect(makeReplacement(set, contextOf('later'))).toBeUndefined()
  })
})

describe('forgiving input', () => {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const code = fc.array(fc.constantFrom(...alphabet), { minLength: 24, maxLength: 24 }).map((each) => each.join(''))
  const looks: Readonly<Record<string, readonly string[]>> = { '0': ['0', 'O', 'o'], '1': ['1', 'I', 'i', 'L', 'l'] }

  it('reads every way of writing a code as that code', () => {
    const written = fc.tuple(code, fc.infiniteStream(fc.nat())).map(([plain, stream]) => {
      const next = () => stream.next().value as number
      const typed = [...plain].map((char) => {
        const ways = looks[char] ?? [char, char.toLowerCase()]
        return `${ways[next() % ways.length]}${['', '-', ' '][next() % 3]}`
      })
      return { plain, typed: typed.join('') }
    })
    fc.assert(fc.property(written, ({ plain, typed }) => parseRecoveryCode(typed) === plain))
  })

  it('reads no two codes as one, and a code with one character more or less as none', () => {
    fc.assert(
      fc.property(code, code, fc.constantFrom(...alphabet), (a, b, extra) => {
        expect(parseRecoveryCode(a) === parseRecoveryCode(b)).toBe(a === b)
        expect([parseRecoveryCode(a + extra), parseRecoveryCode(a.slice(1))]).toEqual([undefined, undefined])
      }),
    )
  })

  it('folds nothing from outside ASCII into a code (X32)', () => {
    fc.assert(
      fc.property(
        code,
        fc.nat({ max: 23 }),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        (a, at, c) => {
          fc.pre(!/^[\x20-\x7e]$/.test(c))
          expect(parseRecoveryCode(a.slice(0, at) + c + a.slice(at + 1))).toBeUndefined()
        },
      ),
    )
  })
})
