/** Confirming an authenticator app by its first code, which spends that code's time step too. */

import { parseDecimalCode } from '../challenge/typed-code.js'
import { accept, type Context, type Decision, type NoticeDraft, refuse } from '../decision.js'
import { open } from '../keys/seal.js'
import { withFactor, withoutFactor, withoutPending, withSession } from '../record/change.js'
import type { MfaRecord, PendingTotp, Session, TotpFactor } from '../record/record.js'
import { assess } from '../session/assess.js'
import type { Assessment } from '../session/assessment.js'
import { isEnforced } from '../session/enforced.js'
import { isAddedByWeaker, requireFresh } from '../session/gates.js'
import { isIndependent } from '../session/independence.js'
import { addProof, proofOf } from '../session/ledger.js'
import { findMatchingStep } from '../totp/totp.js'
import { hasNoRoomForApp, totpSecretPlace } from './enroll.js'
import { type EnableWarning, enableWarnings } from './opt-in.js'
import { refuseWrongCode } from './pending.js'
import { isTotp } from './usable.js'

export interface ConfirmTotpInput {
  readonly factorId?: string
  readonly code: string
}

/** The answer of `totp.confirm`: the authenticator app is active. */
export interface ConfirmedTotp {
  /** The id of the app, for `factors.rename` and `factors.remove`. */
  readonly factorId: string
  /** Where the session stands now; the confirmation counts as its proof. */
  readonly assessment: Assessment
  /** Where this switched MFA on: what to tell the user, as `enable` does. */
  readonly warnings?: readonly EnableWarning[]
}

export function confirmTotp(record: MfaRecord, input: ConfirmTotpInput, ctx: Context): Decision<ConfirmedTotp> {
  const gate = requireFresh(record, ctx, { whileEnrolling: true })
  if (!gate.ok) return refuse(gate)
  const pending = pendingTotpOf(record, gate.session, input.factorId, ctx)
  if (pending === undefined) return refuse('nothing_pending')
  if (hasNoRoomForApp(record, gate.session, ctx)) return refuse('too_many_factors')
  const code = parseDecimalCode(input.code, pending.digits)
  if (code === undefined) {
    return refuse('invalid_code', { events: [{ type: 'factor.confirm_failed', factor: 'totp', detail: 'malformed' }] })
  }
  const step = matchPending(pending, code, ctx)
  return step === undefined
    ? refuseWrongCode(record, pending, 'factor.confirm_failed', ctx)
    : activate(record, pending, step, gate.session, ctx)
}

function pendingTotpOf(
  record: MfaRecord,
  session: Session,
  factorId: string | undefined,
  ctx: Context,
): PendingTotp | undefined {
  return record.pending.find(
    (each): each is PendingTotp =>
      each.kind === 'totp' &&
      each.startedBy === session.ref &&
      (factorId === undefined || each.id === factorId) &&
      ctx.nowMs < each.expiresAtMs,
  )
}

function matchPending(pending: PendingTotp, code: string, ctx: Context): number | undefined {
  const secret = open(ctx.keys, totpSecretPlace(ctx.owner, pending.id), pending.secret)
  if (secret === undefined) return undefined
  const { algorithm, digits, periodSeconds } = pending
  const window = ctx.policy.totpWindow
  return findMatchingStep(secret, code, { timeMs: ctx.realNowMs, window, algorithm, digits, periodSeconds })
}

function activate(
  record: MfaRecord,
  pending: PendingTotp,
  step: number,
  session: Session,
  ctx: Context,
): Decision<ConfirmedTotp> {
  const { id, label, algorithm, digits, periodSeconds, secret } = pending
  const wasEnforced = isEnforced(record, ctx)
  const isFirstApp = !record.factors.some(isTotp)
  const optsIn = ctx.policy.optIn === 'on_first_authenticator' && isFirstApp && record.optedInAtMs === undefined
  const factor: TotpFactor = {
    id,
    kind: 'totp',
    generation: 1,
    status: 'active',
    createdAtMs: ctx.nowMs,
    ...(label !== undefined && { label }),
    algorithm,
    digits,
    periodSeconds,
    secret,
    lastStep: step,
    ...(isAddedByWeaker(record, session, ctx) && { addedByWeaker: true }),
    confirmedBy: session.ref,
  }
  const added = withFactor(withRoomForApp(withoutPending(record, id), ctx), factor)
  const proof = proofOf(factor, 'enrollment', ctx.nowMs, wasEnforced ? { whileEnforced: true } : {})
  const next: MfaRecord = {
    ...withSession(added, addProof(session, proof)),
    factorEverAtMs: record.factorEverAtMs ?? ctx.nowMs,
    ...(isIndependent('totp', session.entries, added, ctx) && {
      secondFactorEverAtMs: record.secondFactorEverAtMs ?? ctx.nowMs,
    }),
    ...(optsIn && { optedInAtMs: ctx.nowMs, everOptedInAtMs: record.everOptedInAtMs ?? ctx.nowMs }),
  }
  const switchedOn = optsIn ? { warnings: enableWarnings(next, session, ctx) } : undefined
  const addedNotice: NoticeDraft = {
    notice: 'factor_added',
    details: { factor: 'totp', ...(label !== undefined && { label }) },
  }
  return accept(
    next,
    { factorId: id, assessment: assess(next, ctx.acting, ctx), ...switchedOn },
    {
      events: [
        { type: 'factor.confirmed', factor: 'totp', factorId: id },
        ...(switchedOn ? [{ type: 'mfa.enabled', ...switchedOn } as const] : []),
      ],
      notices: [addedNotice, ...(switchedOn ? [{ notice: 'mfa_enabled', details: switchedOn } as const] : [])],
    },
  )
}

function withRoomForApp(record: MfaRecord, ctx: Context): MfaRecord {
  const apps = record.factors.filter(isTotp)
  const locked = apps.find(({ status }) => status === 'locked')
  return locked && apps.length >= ctx.policy.maxTotpFactors ? withoutFactor(record, locked) : record
}
