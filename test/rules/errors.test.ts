import { createTestMfa } from '@countersign/adapters/testing'
import { httpStatusOf, isMfaError, MfaError, MfaRefusedError, MfaRequiredError, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

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

  it('httpStatusOf knows every reason and error, and answers 500 for anything else', () => {
    expect(httpStatusOf('throttled')).toBe(429)
    expect(httpStatusOf('busy')).toBe(503)
    expect(httpStatusOf('required_by_policy')).toBe(403)
    expect(httpStatusOf(new MfaError('invalid_argument', 'x'))).toBe(400)
    for (const value of ['toString', '__proto__', 'nonsense', new Error('x'), null, undefined, 5, {}])
      expect(httpStatusOf(value)).toBe(500)
  })
})
