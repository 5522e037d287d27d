import { readFileSync } from 'node:fs'
import { createTestMfa } from '@countersign/adapters/testing'
import {
  httpStatusOf,
  isMfaError,
  MfaError,
  type MfaErrorCode,
  MfaRefusedError,
  MfaRequiredError,
  type Reason,
  unwrap,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'

const statusOfReason: Readonly<Record<Reason, number>> = {
  unknown_session: 401,
  more_factors_required: 401,
  fresh_proof_required: 401,
  sign_in_again: 401,
  invalid_code: 401,
  throttled: 429,
  locked: 429,
  factor_not_available: 400,
  same_channel_as_sign_in: 400,
  invalid_address: 400,
  already_verified: 409,
  nothing_pending: 404,
  too_many_factors: 409,
  already_generated: 409,
  required_by_policy: 403,
  not_found: 404,
  busy: 503,
}
const statusOfCode: Readonly<Record<MfaErrorCode, number>> = {
  invalid_configuration: 500,
  invalid_argument: 400,
  store_failed: 503,
  store_misbehaved: 500,
  outcome_unknown: 503,
  undecodable_record: 500,
  unsupported_schema: 500,
  mfa_required: 401,
  refused: 400,
}

describe('errors', () => {
  it('carry a stable code, and the cause', () => {
    const cause = new Error('inner')
    const error = new MfaError('store_failed', 'The store failed.', { cause })
    expect(error).toMatchObject({ name: 'MfaError', code: 'store_failed', cause })
    expect(error).toBeInstanceOf(Error)
  })

  it('are recognized by isMfaError, also when made by another copy of the package', async () => {
    const path = '../../packages/core/src/errors.js'
    const other = (await import(`${path}?another-copy`)) as { MfaError: typeof MfaError }
    const foreign = new other.MfaError('refused', 'x')
    expect(foreign).not.toBeInstanceOf(MfaError)
    expect(isMfaError(foreign)).toBe(true)
    for (const value of [new Error('x'), { code: 'refused' }, null, undefined, 'refused', 5])
      expect(isMfaError(value)).toBe(false)
  })

  it('require throws an MfaRequiredError that carries the assessment', async () => {
    const { mfa } = createTestMfa()
    const error = await mfa.sessions.require({ userId: 'u', sessionId: 's' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MfaRequiredError)
    expect(error).toMatchObject({ code: 'mfa_required', assessment: { satisfied: false, next: 'sign_in' } })
    expect(httpStatusOf(error)).toBe(401)
  })

  it('unwrap answers the fields, or throws a refusal as an MfaRefusedError', async () => {
    const { mfa } = createTestMfa()
    const refused = await mfa.factors.list({ userId: 'u', sessionId: 's' })
    expect(() => unwrap(refused)).toThrow(MfaRefusedError)
    try {
      unwrap(refused)
    } catch (error) {
      expect(error).toMatchObject({ code: 'refused', reason: 'unknown_session', refusal: refused })
      expect(httpStatusOf(error)).toBe(401)
    }
    expect(unwrap({ ok: true, value: 5 })).toEqual({ ok: true, value: 5 })
  })

  it('unwrap keeps everything the refusal says, and its message only the reason', () => {
    const refusal = { ok: false, reason: 'throttled', retryAtMs: 5, attemptsLeft: 0 } as const
    const thrown = expect.objectContaining({ message: 'Refused: throttled.', reason: 'throttled', refusal })
    expect(() => unwrap(refusal)).toThrow(thrown)
  })

  it.each(Object.entries(statusOfReason))(
    'httpStatusOf of the reason %s is %i, also when unwrap threw it',
    (reason, status) => {
      expect(httpStatusOf(reason)).toBe(status)
      expect(httpStatusOf(new MfaRefusedError({ ok: false, reason: reason as Reason }))).toBe(status)
    },
  )

  it.each(Object.entries(statusOfCode))('httpStatusOf of an error with the code %s is %i', (code, status) => {
    expect(httpStatusOf(new MfaError(code as MfaErrorCode, 'x'))).toBe(status)
  })

  it('httpStatusOf answers 500 for anything else: an error’s code is no reason', () => {
    for (const value of ['toString', '__proto__', 'constructor', 'nonsense', '', 'invalid_argument', 'mfa_required'])
      expect(httpStatusOf(value)).toBe(500)
    for (const value of [new Error('x'), { code: 'invalid_argument' }, { reason: 'busy' }, null, undefined, 5, {}, []])
      expect(httpStatusOf(value)).toBe(500)
    expect(httpStatusOf(new MfaError('not_a_code' as MfaErrorCode, 'x'))).toBe(500)
  })

  it('the page on errors names each reason and code with its status', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}|by its reason) \|/gm)].map(([, name, status]) => [
      name,
      status,
    ])
    const { refused: _, ...codes } = statusOfCode
    const expected = Object.entries({ ...statusOfReason, ...codes }).map(([name, status]) => [name, String(status)])
    expect(rows).toEqual([...expected, ['refused', 'by its reason']])
  })
})
