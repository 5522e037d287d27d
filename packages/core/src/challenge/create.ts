/** Creating a challenge, sending its code again, and giving it up. One open per session, factor and purpose (X09). */

import { maskAddress } from '../contact/address.js'
import { accept, type Context, type Decision, type Delivery, refuse } from '../decision.js'
import { takeId } from '../keys/entropy.js'
import type { MfaEventBody } from '../ports/events.js'
import { byId, withChallenge, withoutChallenge } from '../record/change.js'
import type { Challenge, ContactFactor, Factor, MfaRecord, Session } from '../record/record.js'
import type { Refusal } from '../result.js'
import type { FactorKind } from '../session/assessment.js'
import { type Admitted, requireBegun } from '../session/gates.js'
import { waitUntilMs } from '../throttle/failures.js'
import { selectFactors } from './select.js'
import { prepareCode } from './sent-code.js'

const recoveryCodeLength = 24

/** A challenge as its creator sees it. Never holds the code. */
export interface ChallengeView {
  /** What `complete`, `resend` and `cancel` are given. */
  readonly id: string
  /** The kind that is asked for. */
  readonly factor: FactorKind
  /** Which factor; absent where every authenticator app may answer, and for recovery codes. */
  readonly factorId?: string
  /** What the proof will be for: `sign_in`, `manage`, or the host’s own name. */
  readonly purpose: string
  /** In milliseconds since the epoch. */
  readonly createdAtMs: number
  /** Until when it can be completed, in milliseconds since the epoch. */
  readonly expiresAtMs: number
  /** Masked address. */
  readonly sentTo?: string
  /** Characters of the code, for an input field. */
  readonly codeLength: number
  /** Whether a message went out. */
  readonly delivery: Delivery
}

export interface CreateChallengeInput {
  readonly factor: FactorKind
  readonly factorId?: string
  readonly purpose: string
}

/** The answer of `challenges.create` and `challenges.resend`. */
export interface ChallengeAnswer {
  /** The challenge that is open now, without its code. */
  readonly challenge: ChallengeView
}

export function createChallenge(
  record: MfaRecord,
  input: CreateChallengeInput,
  ctx: Context,
): Decision<ChallengeAnswer> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const { factor: kind, factorId, purpose } = input
  const selection = selectFactors(record, kind, factorId, gate.session, ctx)
  if (!selection.ok) return refuseChallenge(selection, kind, gate)
  const retryAtMs = waitUntilMs(record, kind, ctx)
  if (retryAtMs !== undefined) return refuseChallenge({ ok: false, reason: 'throttled', retryAtMs }, kind, gate)

  const former = lastChallenge(record, gate.session, input)
  // A double click or a reload sends nothing.
  if (former && isJustStarted(former, ctx)) {
    return accept(null, { challenge: view(former, selection.factors, 'none', ctx) })
  }
  const challenge: Challenge = {
    id: takeId(ctx.entropy),
    session: gate.session.ref,
    kind,
    purpose,
    createdAtMs: ctx.nowMs,
    deadlineAtMs: ctx.nowMs + ctx.policy.challengeLifetimeMs,
    attempts: 0,
    ...boundFactor(selection.factors, factorId),
  }
  const cleared = former ? withoutChallenge(record, former.id) : record
  return issue(cleared, challenge, selection.factors, gate, 'challenge.created', ctx)
}

/** A named app, or the contact the code goes to; without a name every authenticator app may answer. */
function boundFactor(
  factors: readonly Factor[],
  factorId: string | undefined,
): Pick<Challenge, 'factorId' | 'generation'> {
  const factor = factors[0]
  if (factor === undefined || (factor.kind === 'totp' && factorId === undefined)) return {}
  return { factorId: factor.id, generation: factor.generation }
}

export function resendChallenge(
  record: MfaRecord,
  input: { readonly challengeId: string },
  ctx: Context,
): Decision<ChallengeAnswer> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const challenge = byId(record.challenges, input.challengeId)
  if (challenge?.code === undefined || challenge.session !== gate.session.ref || ctx.nowMs >= challenge.deadlineAtMs) {
    return refuse({ ok: false, reason: 'not_found', assessment: gate.assessment })
  }
  const { kind, factorId, code } = challenge
  const selection = selectFactors(record, kind, factorId, gate.session, ctx)
  if (!selection.ok) return refuseChallenge(selection, kind, gate)
  if (code.sends >= ctx.policy.sendsPerChallenge) return refuseChallenge({ ok: false, reason: 'throttled' }, kind, gate)
  const retryAtMs = code.sentAtMs + ctx.policy.resendCooldownMs
  if (ctx.nowMs < retryAtMs) return refuseChallenge({ ok: false, reason: 'throttled', retryAtMs }, kind, gate)
  return issue(record, challenge, selection.factors, gate, 'challenge.resent', ctx)
}

/** Gives a challenge up. Repeatable; a foreign one stays. */
export function cancelChallenge(
  record: MfaRecord,
  input: { readonly challengeId: string },
  ctx: Context,
): Decision<object> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const challenge = byId(record.challenges, input.challengeId)
  if (challenge?.session !== gate.session.ref) return accept(null, {})
  const { id: challengeId, kind: factor, purpose } = challenge
  return accept(
    withoutChallenge(record, challengeId),
    {},
    { events: [{ type: 'challenge.canceled', challengeId, factor, purpose }] },
  )
}

function issue(
  record: MfaRecord,
  challenge: Challenge,
  factors: readonly Factor[],
  gate: Admitted,
  type: 'challenge.created' | 'challenge.resent',
  ctx: Context,
): Decision<ChallengeAnswer> {
  const { id: challengeId, kind: factor, purpose } = challenge
  const events = [{ type, challengeId, factor, purpose }]
  const contact = factors.find((each): each is ContactFactor => each.kind !== 'totp')
  if (contact === undefined) {
    return accept(withChallenge(record, challenge), { challenge: view(challenge, factors, 'none', ctx) }, { events })
  }
  const prepared = prepareCode(record, challenge, contact, ctx)
  if (!prepared.ok) return refuseChallenge(prepared, factor, gate, [{ type: 'sends.exhausted', channel: contact.kind }])
  return accept(
    withChallenge(prepared.record, prepared.challenge),
    { challenge: view(prepared.challenge, factors, 'sent', ctx) },
    {
      events,
      message: {
        content: prepared.message,
        outcomeIfFailed: { ok: true, challenge: view(prepared.challenge, factors, 'failed', ctx) },
      },
    },
  )
}

/** The last challenge of this session, factor and purpose, open or past its deadline. */
function lastChallenge(record: MfaRecord, session: Session, input: CreateChallengeInput): Challenge | undefined {
  return record.challenges.find(
    (each) =>
      each.session === session.ref &&
      each.kind === input.factor &&
      each.purpose === input.purpose &&
      (input.factor !== 'totp' || each.factorId === input.factorId),
  )
}

/** Within the cooldown, and its code still good. */
function isJustStarted({ code, createdAtMs, deadlineAtMs }: Challenge, ctx: Context): boolean {
  const cooledAtMs = (code?.sentAtMs ?? createdAtMs) + ctx.policy.resendCooldownMs
  return ctx.nowMs < Math.min(cooledAtMs, code?.expiresAtMs ?? deadlineAtMs)
}

function view(challenge: Challenge, factors: readonly Factor[], delivery: Delivery, ctx: Context): ChallengeView {
  const factor = factors[0]
  const isContact = factor !== undefined && factor.kind !== 'totp'
  return {
    id: challenge.id,
    factor: challenge.kind,
    ...(challenge.factorId !== undefined && { factorId: challenge.factorId }),
    purpose: challenge.purpose,
    createdAtMs: challenge.createdAtMs,
    expiresAtMs: challenge.code?.expiresAtMs ?? challenge.deadlineAtMs,
    ...(isContact && { sentTo: maskAddress(factor.address) }),
    codeLength: factor === undefined ? recoveryCodeLength : isContact ? ctx.policy.codeDigits : factor.digits,
    delivery,
  }
}

function refuseChallenge<T>(
  refusal: Refusal,
  factor: FactorKind,
  gate: Admitted,
  events: readonly MfaEventBody[] = [],
): Decision<T> {
  return refuse(
    { ...refusal, assessment: gate.assessment },
    { events: [{ type: 'challenge.refused', factor, reason: refusal.reason }, ...events] },
  )
}
