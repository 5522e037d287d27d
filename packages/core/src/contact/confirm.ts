/** Proving a pending address: by the code, in the session that started it, or by the link, also without a session. */

import { parseDecimalCode } from '../challenge/typed-code.js'
import { accept, type Context, type Decision, refuse } from '../decision.js'
import { refuseWrongCode } from '../factor/pending.js'
import { isKindEnabled } from '../policy/policy.js'
import type { FailureDetail, MfaEventBody } from '../ports/events.js'
import type { Channel } from '../ports/messenger.js'
import { withoutPending, withSession } from '../record/change.js'
import type { MfaRecord, PendingContact, Session } from '../record/record.js'
import { assess } from '../session/assess.js'
import type { Assessment } from '../session/assessment.js'
import { isEnforced } from '../session/enforced.js'
import { requireFresh } from '../session/gates.js'
import { isIndependent } from '../session/independence.js'
import { addProof, liveSession, proofOf } from '../session/ledger.js'
import { activateContact } from './activate.js'
import { pendingContactOf } from './set.js'
import { isLinkSecret, isVerificationCode } from './verification.js'

/** The answer of `contacts.confirm`: the address is a factor now. */
export interface ConfirmedContact {
  /** The factor that the address has become. */
  readonly factorId: string
  /** The whole address, normalized. */
  readonly address: string
  /** When the verification began, in milliseconds since the epoch. */
  readonly createdAtMs: number
  /** When what was confirmed would have expired. */
  readonly expiresAtMs: number
  /** With a session: where it stands now. */
  readonly assessment?: Assessment
}

export interface ConfirmContactInput {
  readonly channel: Channel
  /** The code from the message, or the `secret` of the link. */
  readonly code: string
}

const linkSecretPattern = /^[A-Za-z0-9_-]{22}$/

export function confirmContact(
  record: MfaRecord,
  input: ConfirmContactInput,
  ctx: Context,
): Decision<ConfirmedContact> {
  const digits = parseDecimalCode(input.code, ctx.policy.codeDigits)
  if (digits !== undefined) return confirmByCode(record, input.channel, digits, ctx)
  if (linkSecretPattern.test(input.code)) return confirmByLink(record, input, ctx)
  return refuseCode(input.channel, 'malformed')
}

function confirmByCode(record: MfaRecord, channel: Channel, code: string, ctx: Context): Decision<ConfirmedContact> {
  // A short code is guessable: it means nothing without the begun session it was sent for.
  if (ctx.acting === undefined) return refuseCode(channel, 'unknown_challenge')
  const gate = requireFresh(record, ctx, { whileEnrolling: true })
  if (!gate.ok) return refuse(gate)
  const pending = pendingContactOf(record, gate.session.ref, channel, ctx)
  if (pending?.code === undefined) return refuseCode(channel, 'unknown_challenge')
  if (ctx.nowMs >= pending.code.expiresAtMs) return refuseCode(channel, 'expired')

  if (isVerificationCode(pending, code, ctx)) return activate(record, pending, gate.session, ctx)
  return refuseWrongCode(record, pending, 'contact.confirm_failed', ctx)
}

function confirmByLink(record: MfaRecord, input: ConfirmContactInput, ctx: Context): Decision<ConfirmedContact> {
  const candidates = record.pending.filter((each): each is PendingContact => each.kind === input.channel)
  const pending = candidates.find((each) => isLinkSecret(each, input.code, ctx))
  if (pending?.link === undefined) return refuseCode(input.channel, 'unknown_challenge')
  if (ctx.nowMs >= pending.link.expiresAtMs) return refuseCode(input.channel, 'expired')

  const session = liveSession(record, ctx.acting, ctx)
  if (session?.ref === pending.startedBy) {
    const gate = requireFresh(record, ctx, { whileEnrolling: true })
    return gate.ok ? activate(record, pending, gate.session, ctx) : refuse(gate)
  }
  // Nothing planted with a stolen password before MFA was switched on is confirmed afterwards (X11).
  if (isEnforced(record, ctx) && !pending.sentWhileEnforced) return refuseCode(input.channel, 'void')
  return activate(record, pending, undefined, ctx)
}

function activate(
  record: MfaRecord,
  pending: PendingContact,
  session: Session | undefined,
  ctx: Context,
): Decision<ConfirmedContact> {
  const wasEnforced = isEnforced(record, ctx)
  const activated = activateContact(
    withoutPending(record, pending.id),
    pending.kind,
    pending.address,
    { id: pending.id, bySession: pending.startedBy },
    ctx,
  )
  const { factor } = activated
  const isNew = activated.notices.length === 0
  const effects = {
    events: [
      { type: 'factor.confirmed', factor: factor.kind, factorId: factor.id } satisfies MfaEventBody,
      ...activated.events,
    ],
    notices: isNew ? [{ notice: 'factor_added', details: { factor: factor.kind } } as const] : activated.notices,
  }
  const value = {
    factorId: factor.id,
    address: factor.address,
    createdAtMs: pending.createdAtMs,
    expiresAtMs: (pending.code ?? pending.link)?.expiresAtMs ?? pending.expiresAtMs,
  }
  if (session === undefined) return accept(activated.record, value, effects)

  const proof = proofOf(factor, 'enrollment', ctx.nowMs, wasEnforced ? { whileEnforced: true } : {})
  const next = withSession(
    isKindEnabled(ctx.policy, factor.kind) && isIndependent(factor.kind, session.entries, activated.record, ctx)
      ? { ...activated.record, secondFactorEverAtMs: record.secondFactorEverAtMs ?? ctx.nowMs }
      : activated.record,
    addProof(session, proof),
  )
  return accept(next, { ...value, assessment: assess(next, ctx.acting, ctx) }, effects)
}

function refuseCode(channel: Channel, detail: FailureDetail): Decision<ConfirmedContact> {
  return refuse('invalid_code', { events: [{ type: 'contact.confirm_failed', factor: channel, detail }] })
}
