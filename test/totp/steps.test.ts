import { generateTotp, verifyTotp } from '@countersign/core/totp'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { keyPool, wipe } from '../../packages/core/src/totp/pooled-hmac.js'
import { findMatchingStep, type StepSearch } from '../../packages/core/src/totp/totp.js'
import { seedOf } from './vectors.js'

const secret = seedOf(20)
const periodMs = 30_000
const search = (step: number, window = { past: 1, future: 1 }): StepSearch => ({
  timeMs: step * periodMs,
  window,
  algorithm: 'SHA-1',
  digits: 6,
  periodSeconds: 30,
})

afterEach(() => void vi.restoreAllMocks())

describe('one code for two steps of a window (found by search for the RFC’s secret)', () => {
  const twins = [
    { first: 910_737, second: 910_738, code: '911617' },
    { first: 153_567, second: 153_569, code: '468457' },
  ]

  it.each(twins)(
    '$first and $second share $code: used for one step, it is still good for the other, then dead',
    ({ first, second, code }) => {
      expect(generateTotp(secret, first * periodMs)).toBe(code)
      expect(generateTotp(secret, second * periodMs)).toBe(code)
      const timeMs = (second - 1) * periodMs
      expect(verifyTotp(secret, code, { timeMs, afterStep: first })).toMatchObject({ ok: true, step: second })
      expect(verifyTotp(secret, code, { timeMs, afterStep: second })).toEqual({ ok: false })
    },
  )

  it.each(twins)(
    '$first and $second: the search of the rule books answers the newest, so spending it spends both (X26)',
    ({ first, second, code }) => {
      expect(findMatchingStep(secret, code, search(second - 1))).toBe(second)
      expect(findMatchingStep(secret, code, search(first, { past: 0, future: 0 }))).toBe(first)
    },
  )
})

describe('verifyTotp and the search of the rule books', () => {
  it('agree on every code: accepted exactly when the newest matching step is after the last accepted one', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(910_736, 910_737, 910_738, 153_567, 153_568, 153_569)),
        fc.integer({ min: -3, max: 3 }),
        fc.record({ past: fc.constantFrom(0, 1, 2), future: fc.constantFrom(0, 1, 2) }),
        fc.integer({ min: -4, max: 4 }),
        (step, delta, window, after) => {
          const code = generateTotp(secret, Math.max(step + delta, 0) * periodMs)
          const newest = findMatchingStep(secret, code, search(step, window)) ?? -1
          const verdict = verifyTotp(secret, code, { timeMs: step * periodMs, window, afterStep: step + after })
          expect(verdict.ok).toBe(newest >= 0 && newest > step + after)
        },
      ),
    )
  })

  it('the search costs the same for a right, a wrong, an early, a late code and before the epoch’s second step (X35)', () => {
    const pool = keyPool('SHA-1', secret)
    wipe(pool)
    const digests = vi.spyOn(pool.work, 'digestInto')
    const costOf = (step: number, code: string): number => {
      digests.mockClear()
      findMatchingStep(secret, code, search(step, { past: 2, future: 1 }))
      return digests.mock.calls.length
    }
    const codes = [-2, -1, 0, 1].map((delta) => generateTotp(secret, (1000 + delta) * periodMs))
    const costs = [...codes, '000000'].map((code) => costOf(1000, code))
    expect(costs).toEqual([8, 8, 8, 8, 8])
    expect([costOf(0, '755224'), costOf(1, '755224'), costOf(0, '000000')]).toEqual([8, 8, 8])
  })

  it('a clock that jumped back accepts nothing again: every step up to the last accepted one stays dead (X28)', () => {
    for (let step = 995; step <= 1001; step++) {
      const code = generateTotp(secret, step * periodMs)
      expect(verifyTotp(secret, code, { timeMs: step * periodMs, window: 0, afterStep: 1001 })).toEqual({ ok: false })
    }
  })

  it('the last instant that a Date can hold has a code, and the next has none', () => {
    expect(verifyTotp(secret, generateTotp(secret, 8.64e15), { timeMs: 8.64e15, window: 2 })).toMatchObject({
      ok: true,
      step: 288_000_000_000,
    })
    expect(() => generateTotp(secret, 8.64e15 + 2)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })

  it.each([null, undefined, {}, { past: 1 }, { past: 1, future: '1' }, [1, 1], Number.NaN, -1, 0.5])(
    'a window of %j is invalid_argument or the default, never wider',
    (window) => {
      const late = generateTotp(secret, 998 * periodMs)
      const verify = (): unknown => verifyTotp(secret, late, { timeMs: 1000 * periodMs, window: window as never })
      if (window === undefined) expect(verify()).toEqual({ ok: false })
      else expect(verify).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
    },
  )
})

describe('the pooled state', () => {
  it('is never shared by a check that starts while another reads its options', () => {
    const other = seedOf(32)
    const outcomes: boolean[] = []
    const options = {
      timeMs: 59_000,
      get afterStep(): number {
        outcomes.push(verifyTotp(other, generateTotp(other, 59_000), { timeMs: 59_000 }).ok)
        return -1
      },
    }
    expect(verifyTotp(secret, generateTotp(secret, 59_000), options)).toEqual({ ok: true, step: 1, delta: 0 })
    expect(outcomes).toEqual([true])
    const code = generateTotp(other, 59_000)
    expect(verifyTotp(secret, code, options)).toEqual({ ok: false })
  })

  it('is wiped after every public call, right or wrong', () => {
    for (const algorithm of ['SHA-1', 'SHA-256', 'SHA-512'] as const) {
      const pool = keyPool(algorithm, secret)
      wipe(pool)
      const hashes = [pool.inner, pool.outer, pool.work]
      const destroyed = hashes.map((hash) => vi.spyOn(hash, 'destroy'))
      const digests = vi.spyOn(pool.work, 'digest')
      for (const code of [generateTotp(secret, 0, { algorithm }), '000000']) {
        for (const check of [
          () => generateTotp(secret, 0, { algorithm }),
          () => verifyTotp(secret, code, { timeMs: 0, algorithm }),
          () => findMatchingStep(secret, code, { ...search(0), algorithm }),
        ]) {
          for (const spy of [...destroyed, digests]) spy.mockClear()
          check()
          for (const spy of destroyed) expect(spy).toHaveBeenCalled()
          expect(digests).toHaveBeenCalled()
          const made = digests.mock.results.flatMap(({ value }) => [...(value as Uint8Array)])
          expect([...pool.block, ...made].every((byte) => byte === 0)).toBe(true)
        }
      }
    }
  })
})
