/** Making a set of recovery codes: once, and again under a fresh proof; shown in this answer only. */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { usableRecoveryCodes } from '../factor/usable.js'
import type { MfaRecord, Session } from '../record/record.js'
import { isAddedByWeaker, requireFresh } from '../session/gates.js'
import { withoutRecoveryProofs } from '../session/ledger.js'
import { resetFailures } from '../throttle/failures.js'
import { makeRecoverySet } from './code.js'

/** The answer of `recoveryCodes.generate` and `regenerate`. */
export interface RecoveryCodesShown {
  /** Shown once; only digests are kept. */
  readonly codes: readonly string[]
}

/** The first set; also possible before any factor, and again once every code is used or the set's key is gone. */
export function generateRecoveryCodes(record: MfaRecord, _input: unknown, ctx: Context): Decision<RecoveryCodesShown> {
  const gate = requireFresh(record, ctx, { whileEnrolling: true })
  if (!gate.ok) return refuse(gate)
  if (record.recovery?.locked || usableRecoveryCodes(record, ctx) > 0) return refuse('already_generated')
  return issue(record, gate.session, 'recovery_codes.generated', ctx)
}

/** A new set in place of the old one, which is dead from then on. */
export function regenerateRecoveryCodes(
  record: MfaRecord,
  _input: unknown,
  ctx: Context,
): Decision<RecoveryCodesShown> {
  const gate = requireFresh(record, ctx)
  if (!gate.ok) return refuse(gate)
  if (record.recovery === undefined) return refuse('not_found')
  return issue(record, gate.session, 'recovery_codes.regenerated', ctx)
}

function issue(
  record: MfaRecord,
  session: Session,
  type: 'recovery_codes.generated' | 'recovery_codes.regenerated',
  ctx: Context,
): Decision<RecoveryCodesShown> {
  const { set, codes } = makeRecoverySet(session.ref, ctx)
  const recovery = isAddedByWeaker(record, session, ctx) ? { ...set, addedByWeaker: true as const } : set
  const next = { ...resetFailures(withoutRecoveryProofs(record, session.ref), 'recovery_code'), recovery }
  return accept(
    next,
    { codes },
    {
      events: [{ type, count: codes.length }],
      notices: [{ notice: 'recovery_codes_generated', details: { count: codes.length } }],
    },
  )
}
