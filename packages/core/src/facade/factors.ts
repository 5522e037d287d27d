/** `mfa.totp`, `mfa.factors`, `mfa.recoveryCodes`, `mfa.enable` and `mfa.disable`: what a signed-in user manages. */

import { invalidArgument } from '../errors.js'
import { type ConfirmedTotp, confirmTotp } from '../factor/confirm.js'
import { enrollTotp, type TotpEnrollment } from '../factor/enroll.js'
import { type FactorList, listFactors } from '../factor/list.js'
import { disableMfa, enableMfa, type Switched } from '../factor/opt-in.js'
import { removeFactors, renameFactor } from '../factor/remove.js'
import { generateRecoveryCodes, type RecoveryCodesShown, regenerateRecoveryCodes } from '../recovery/generate.js'
import type { SessionRef } from '../refs.js'
import type { Result } from '../result.js'
import type { Assessed } from '../session/begin.js'
import type { Shell } from '../shell/run.js'
import type { TotpAlgorithm } from '../totp/hotp.js'
import { asFields, asId, asLabel, asOneOf, asOptions, asString, sessionActor } from './arguments.js'

/** Options of `totp.enroll`. The parameters default to the policy's and stay with the factor. */
export interface EnrollTotpOptions {
  /** What the app shows beside the issuer, such as the user's email address; no colon. */
  readonly accountName: string
  /** How the user calls this app, 1 to 64 characters; shown in lists and offers. */
  readonly label?: string
  /** Many apps ignore other values than `SHA-1`. */
  readonly algorithm?: TotpAlgorithm
  /** 6 to 8. */
  readonly digits?: number
  /** 15 to 60 seconds. */
  readonly periodSeconds?: number
}

/**
 * Enrolling an authenticator app (RFC 6238). Both calls refuse with `unknown_session`, `more_factors_required`,
 * `fresh_proof_required` and `busy`.
 */
export interface TotpApi {
  /**
   * Makes a secret and its QR text, shown in this answer only; pending until confirmed. Refuses with `too_many_factors`,
   * and with `factor_not_available` where the policy has no authenticator apps.
   */
  enroll(session: SessionRef, options: EnrollTotpOptions): Promise<Result<TotpEnrollment>>
  /**
   * The first code makes the app active and enters this session's ledger. Refuses with `invalid_code`, with
   * `nothing_pending` where this session has enrolled none or its time is over, and with `too_many_factors`.
   */
  confirm(
    session: SessionRef,
    options: { readonly factorId?: string; readonly code: string },
  ): Promise<Result<ConfirmedTotp>>
}

/**
 * The factors a user has. Every call refuses with `unknown_session`; those that change something also with
 * `more_factors_required`, `fresh_proof_required` and `busy`.
 */
export interface FactorsApi {
  /** Which factors exist; to an unsatisfied session no more than its offers show. */
  list(session: SessionRef): Promise<Result<FactorList>>
  /** Gives a factor another label, 1 to 64 characters. Refuses with `not_found`. */
  rename(session: SessionRef, options: { readonly factorId: string; readonly label: string }): Promise<Result<Assessed>>
  /**
   * Removes one factor, or all of a kind in one save. The last one switches MFA off and drops the recovery codes.
   * Refuses with `not_found`, and with `required_by_policy` for the last one where the host demands MFA.
   */
  remove(
    session: SessionRef,
    options: { readonly factorId: string } | { readonly kind: 'totp' | 'email' | 'phone' },
  ): Promise<Result<Assessed>>
}

/**
 * Codes for the day the second factor is lost. Both calls refuse with `unknown_session`, `more_factors_required`,
 * `fresh_proof_required` and `busy`.
 */
export interface RecoveryCodesApi {
  /** A set of codes, shown in this answer only. Refuses with `already_generated` while codes are left or locked. */
  generate(session: SessionRef): Promise<Result<RecoveryCodesShown>>
  /** A new set; the old one is dead. Refuses with `not_found` where there is none. */
  regenerate(session: SessionRef): Promise<Result<RecoveryCodesShown>>
}

/**
 * Switching MFA on and off. Both calls refuse with `unknown_session`, `more_factors_required`, `fresh_proof_required`
 * and `busy`.
 */
export interface SwitchApi {
  /** Switches MFA on; grants nothing. */
  enable(session: SessionRef): Promise<Result<Switched>>
  /** Switches MFA off. Refuses with `required_by_policy` where the host demands it. */
  disable(session: SessionRef): Promise<Result<Switched>>
}

const parameterChecks = {
  label: asLabel,
  algorithm: (value: unknown, name: string) => asOneOf(value, name, ['SHA-1', 'SHA-256', 'SHA-512']),
  digits: (value: unknown, name: string) => asWholeNumber(value, name, 6, 8),
  periodSeconds: (value: unknown, name: string) => asWholeNumber(value, name, 15, 60),
}

export function createTotpApi(shell: Shell): TotpApi {
  return {
    async enroll(session, options) {
      const given = asOptions(options, 'options')
      const input = { accountName: asAccountName(given['accountName']), ...asFields(given, parameterChecks) }
      return shell.command(enrollTotp, input, sessionActor(session))
    },
    async confirm(session, options) {
      const given = asOptions(options, 'options')
      const input = { code: asString(given['code'], 'code'), ...asFields(given, { factorId: asId }) }
      return shell.command(confirmTotp, input, sessionActor(session))
    },
  }
}

export function createFactorsApi(shell: Shell): FactorsApi {
  return {
    async list(session) {
      return shell.query((record, ctx) => listFactors(record, undefined, ctx).outcome, sessionActor(session))
    },
    async rename(session, options) {
      const { factorId, label } = asOptions(options, 'options')
      return shell.command(
        renameFactor,
        { factorId: asId(factorId, 'factorId'), label: asLabel(label, 'label') },
        sessionActor(session),
      )
    },
    async remove(session, options) {
      const { factorId, kind } = asOptions(options, 'options')
      if ((factorId === undefined) === (kind === undefined))
        throw invalidArgument('options', '{ factorId } or { kind }')
      const selection =
        factorId === undefined
          ? { kind: asOneOf(kind, 'kind', ['totp', 'email', 'phone']) }
          : { factorId: asId(factorId, 'factorId') }
      return shell.command(removeFactors, selection, sessionActor(session))
    },
  }
}

export function createRecoveryCodesApi(shell: Shell): RecoveryCodesApi {
  return {
    async generate(session) {
      return shell.command(generateRecoveryCodes, undefined, sessionActor(session))
    },
    async regenerate(session) {
      return shell.command(regenerateRecoveryCodes, undefined, sessionActor(session))
    },
  }
}

export function createSwitchApi(shell: Shell): SwitchApi {
  return {
    async enable(session) {
      return shell.command(enableMfa, undefined, sessionActor(session))
    },
    async disable(session) {
      return shell.command(disableMfa, undefined, sessionActor(session))
    },
  }
}

// Key URI format: neither issuer nor account name may contain a colon (X30).
function asAccountName(value: unknown): string {
  const name = asLabel(value, 'accountName', 254)
  if (name.includes(':')) throw invalidArgument('accountName', 'without a colon')
  return name
}

function asWholeNumber(value: unknown, name: string, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalidArgument(name, `a whole number from ${least} to ${most}`)
  }
  return value as number
}
