/** What should not happen is thrown as an `MfaError` with a stable code; what can happen is a `Result` (result.ts). */

import type { Reason, Refusal } from './result.js'
import type { Assessment } from './session/assessment.js'

/** Every code an `MfaError` can carry. Meaning, cause and cure of each: docs/errors.md. */
export type MfaErrorCode =
  | 'invalid_configuration'
  | 'invalid_argument'
  | 'store_failed'
  | 'store_misbehaved'
  | 'outcome_unknown'
  | 'undecodable_record'
  | 'unsupported_schema'
  | 'mfa_required'
  | 'refused'

// One registered symbol, so that an error made by another copy of this package (the CommonJS build beside the
// ES module build, say) is still recognized.
const brand = Symbol.for('countersign.MfaError')

/** A fault of configuration, argument, store or record. Its message never holds a secret, a code or an address. */
export class MfaError extends Error {
  /** What went wrong, stable over releases: docs/errors.md. */
  readonly code: MfaErrorCode

  constructor(code: MfaErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'MfaError'
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Thrown by `sessions.require`: this session is not good enough. `assessment` says what comes next. */
export class MfaRequiredError extends MfaError {
  /** Where the session stands: what is missing, what comes next, what can be offered. */
  readonly assessment: Assessment

  constructor(assessment: Assessment) {
    super('mfa_required', 'This session has not proven enough for this action.')
    this.name = 'MfaRequiredError'
    this.assessment = assessment
  }
}

/** Thrown by `unwrap` for a refusal. */
export class MfaRefusedError extends MfaError {
  /** The refusal’s reason: docs/errors.md. */
  readonly reason: Reason
  /** The whole refusal, as the call answered it. */
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super('refused', `Refused: ${refusal.reason}.`)
    this.name = 'MfaRefusedError'
    this.reason = refusal.reason
    this.refusal = refusal
  }
}

/** Recognizes an `MfaError`, also one made by another copy of this package. */
export function isMfaError(value: unknown): value is MfaError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}

/** An `invalid_argument` error that names the argument and never its value. */
export function invalidArgument(argument: string, expected: string): MfaError {
  return new MfaError('invalid_argument', `\`${argument}\` must be ${expected}.`)
}

/** What is expected where only these words are. */
export function oneOf(words: readonly string[]): string {
  return `one of ${words.map((word) => `'${word}'`).join(', ')}`
}

/** An `invalid_configuration` error that names the option and never its value. */
export function invalidConfiguration(option: string, expected: string): MfaError {
  return new MfaError('invalid_configuration', `\`${option}\` must be ${expected}.`)
}
