/** Completing a challenge: counted before compared, spent before told. The save makes both true (X01, X02). */

import { accept, type Context, type Decision, type NoticeDraft, refuse } from '../decision.js'
import { unusedCodes } from '../factor/usable.js'
import type { FailureDetail, MfaEventBody } from '../ports/events.js'
import { byId, withChallenge, without, withoutChallenge, withSession } from '../record/change.js'
import type { Challenge, Factor, MfaRecord, Session } from '../record/record.js'
import { makeReplacement } from '../recovery/code.js'
import { assess } from '../session/assess.js'
import type { Assessment, FactorKind } from '../session/assessment.js'
import { type Admitted, requireBegun } from '../session/gates.js'
import { isByDerivedPassword, isIndependent } from '../session/independence.js'
import { addProof, proofOf } from '../session/ledger.js'
import { moveSession, requireUnknownId } from '../session/lifecycle.js'
import { factorTable } from '../session/methods.js'
import { countFailure, resetFailures, waitUntilMs } from '../throttle/failures.js'
import { type Match, matchCode, type Target } from './match.js'
import { selectFactors } from './select.js'
import { pretendToCompare } from './sent-code.js'

/** The answer of `challenges.complete` and `challenges.verify`: the factor is proven. */
export interface Completed {
  /** The kind that was proven. */
  readonly factor: FactorKind
  /** Which factor; absent for a recovery code. */
  readonly factorId?: string
  /** Where the session stands now. */
  readonly assessment: Assessment
  /** With `policy.replaceUsedRecoveryCode`: the code issued in place of the one used. Shown once. */
  readonly replacementCode?: string
}

export interface CompleteInput {
  readonly challengeId: string
  readonly code: string
  readonly purpose?: string
  readonly newSessionHash?: string
}

export function completeChallenge(record: MfaRecord, input: CompleteInput, ctx: Context): Decision<Completed> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  if (input.newSessionHash !== undefined) requireUnknownId(record, input.newSessionHash)
  const challenge = byId(record.challenges, input.challengeId)
  const detail = whyNotOpen(challenge, gate.session, input.purpose, ctx)
  if (challenge === undefined || detail !== undefined) {
    pretendToCompare(input.code, ctx)
    return refuseCode(detail ?? 'unknown_challenge', undefined, gate)
  }
  const { kind, purpose, factorId } = challenge
  return attempt(record, { kind, purpose, challenge, factorId }, input, gate, ctx)
}

/** Unknown, foreign (X04, X05), for another purpose (X06) or expired: nothing is compared and nothing counted. */
function whyNotOpen(
  challenge: Challenge | undefined,
  session: Session,
  purpose: string | undefined,
  ctx: Context,
): FailureDetail | undefined {
  if (challenge?.session !== session.ref) return 'unknown_challenge'
  if (purpose !== undefined && purpose !== challenge.purpose) return 'purpose_mismatch'
  return ctx.nowMs >= (challenge.code?.expiresAtMs ?? challenge.deadlineAtMs) ? 'expired' : undefined
}

export interface VerifyInput {
  readonly factor: 'totp' | 'recovery_code'
  readonly factorId?: string
  readonly code: string
  readonly purpose: string
  readonly newSessionHash?: string
}

/** Create and complete in one save, for what is not sent. */
export function verifyFactor(record: MfaRecord, input: VerifyInput, ctx: Context): Decision<Completed> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  if (input.newSessionHash !== undefined) requireUnknownId(record, input.newSessionHash)
  const { factor: kind, purpose, factorId } = input
  return attempt(record, { kind, purpose, factorId }, input, gate, ctx)
}

function attempt(
  record: MfaRecord,
  target: Target,
  input: { readonly code: string; readonly newSessionHash?: string },
  gate: Admitted,
  ctx: Context,
): Decision<Completed> {
  const selection = selectFactors(record, target.kind, target.factorId, gate.session, ctx)
  if (!selection.ok) {
    if (target.challenge && selection.reason !== 'locked') {
      pretendToCompare(input.code, ctx)
      return refuseCode(
        selection.reason === 'same_channel_as_sign_in' ? 'not_independent' : 'factor_changed',
        target,
        gate,
      )
    }
    return refuse(
      { ...selection, assessment: gate.assessment },
      { events: [{ type: 'challenge.refused', factor: target.kind, reason: selection.reason }] },
    )
  }
  // The right code during a wait gets the wrong code's answer (X16), and neither is counted.
  const retryAtMs = waitUntilMs(record, target.kind, ctx)
  if (retryAtMs !== undefined) return refuse({ ok: false, reason: 'throttled', retryAtMs, assessment: gate.assessment })

  const match = matchCode(record, target, selection.factors, input.code, ctx)
  if (match.ok) return succeed(match, target, input.newSessionHash, gate, ctx)
  if (match.detail === 'malformed' || match.detail === 'factor_changed') return refuseCode(match.detail, target, gate)
  return fail(record, target, match.detail, ctx)
}

function succeed(
  match: Extract<Match, { ok: true }>,
  target: Target,
  newSessionHash: string | undefined,
  gate: Admitted,
  ctx: Context,
): Decision<Completed> {
  const { kind, purpose, challenge } = target
  const { factor } = match
  const afterFailures = match.record.throttles[kind]?.failures ?? 0
  const spent = challenge ? withoutChallenge(match.record, challenge.id) : match.record
  const byWeaker = kind === 'recovery_code' && match.record.recovery?.addedByWeaker
  const proof = proofOf(factor, 'challenge', ctx.nowMs, { purpose, ...(byWeaker && { byWeaker }) })
  const proven = withSession(
    noteProven(resetFailures(spent, kind), factor, gate.session, ctx),
    addProof(gate.session, proof),
  )
  const replaced = kind === 'recovery_code' ? replaceUsed(proven, ctx) : { record: proven }
  const next =
    newSessionHash === undefined ? replaced.record : moveSession(replaced.record, gate.session, newSessionHash)
  const recovery = kind === 'recovery_code' ? recoveryEffects(next, ctx) : { events: [], notices: [] }
  return accept(
    next,
    {
      factor: kind,
      ...(factor && { factorId: factor.id }),
      assessment: assess(next, newSessionHash ?? ctx.acting, ctx),
      ...(replaced.code !== undefined && { replacementCode: replaced.code }),
    },
    {
      events: [
        {
          type: 'challenge.completed',
          ...(challenge && { challengeId: challenge.id }),
          factor: kind,
          ...(factor && { factorId: factor.id }),
          purpose,
          afterFailures,
        },
        ...recovery.events,
      ],
      notices: recovery.notices,
      ...(newSessionHash !== undefined && { actingAfter: newSessionHash }),
    },
  )
}

/**
 * A proof over another medium, or a recovery code, ends the doubt about a password set over a channel, where it was
 * made by someone who signed in with that password (X19).
 */
function noteProven(record: MfaRecord, factor: Factor | undefined, session: Session, ctx: Context): MfaRecord {
  const kind = factor?.kind ?? 'recovery_code'
  const isOverAnother = factorTable[kind].medium !== record.derivedPassword?.via
  const usedIt = session.entries.some((entry) => isByDerivedPassword(entry, record))
  const cleared = isOverAnother && usedIt ? without(record, 'derivedPassword') : record
  const isSecondFactor = factor !== undefined && isIndependent(factor.kind, session.entries, record, ctx)
  return isSecondFactor ? { ...cleared, secondFactorEverAtMs: record.secondFactorEverAtMs ?? ctx.nowMs } : cleared
}

const rememberedUsedCodes = 16

function replaceUsed(record: MfaRecord, ctx: Context): { record: MfaRecord; code?: string } {
  const set = record.recovery
  const replacement = set && ctx.policy.replaceUsedRecoveryCode ? makeReplacement(set, ctx) : undefined
  if (set === undefined || replacement === undefined) return { record }
  const unused = unusedCodes(set)
  // Used digests are kept for the alarm that a second use is.
  const used = set.codes.filter(({ usedAtMs }) => usedAtMs !== undefined).slice(-rememberedUsedCodes)
  return {
    record: { ...record, recovery: { ...set, codes: [...used, ...unused, replacement.entry] } },
    code: replacement.code,
  }
}

function recoveryEffects(
  record: MfaRecord,
  ctx: Context,
): { events: readonly MfaEventBody[]; notices: readonly NoticeDraft[] } {
  const left = record.recovery ? unusedCodes(record.recovery).length : 0
  const low = left <= ctx.policy.recoveryCodesLowAt ? [{ type: 'recovery_codes.low', left } as const] : []
  return {
    events: [{ type: 'recovery_code.used', left }, ...low],
    notices: [{ notice: 'recovery_code_used', details: { left } }],
  }
}

/** A failure counts on the challenge and on the user; at the limit the challenge is dead, also for the right code. */
function fail(record: MfaRecord, target: Target, detail: FailureDetail, ctx: Context): Decision<Completed> {
  const { kind, challenge } = target
  const counted = countFailure(record, kind, ctx, detail === 'replayed')
  const spent = challenge && spendAttempt(counted.record, challenge, ctx)
  const { record: next, attemptsLeft } = spent ?? { record: counted.record, attemptsLeft: counted.failuresLeft }
  const retryAtMs = waitUntilMs(next, kind, ctx)
  return refuse(
    {
      ok: false,
      reason: 'invalid_code',
      attemptsLeft,
      ...(retryAtMs !== undefined && { retryAtMs }),
      assessment: assess(next, ctx.acting, ctx),
    },
    { next, events: [failedEvent(detail, target), ...counted.events], notices: counted.notices },
  )
}

function refuseCode(detail: FailureDetail, target: Target | undefined, gate: Admitted): Decision<Completed> {
  return refuse(
    { ok: false, reason: 'invalid_code', assessment: gate.assessment },
    { events: [failedEvent(detail, target)] },
  )
}

function spendAttempt(
  record: MfaRecord,
  challenge: Challenge,
  ctx: Context,
): { record: MfaRecord; attemptsLeft: number } {
  const attempts = challenge.attempts + 1
  const attemptsLeft = Math.max(ctx.policy.attemptsPerChallenge - attempts, 0)
  const isDead = attemptsLeft === 0
  return {
    record: isDead ? withoutChallenge(record, challenge.id) : withChallenge(record, { ...challenge, attempts }),
    attemptsLeft,
  }
}

function failedEvent(detail: FailureDetail, target: Target | undefined): MfaEventBody {
  return {
    type: 'challenge.failed',
    ...(target?.challenge && { challengeId: target.challenge.id }),
    ...(target && { factor: target.kind, purpose: target.purpose }),
    detail,
  }
}
