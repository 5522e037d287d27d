/** A wrong code for something pending counts on it and in the total; once it is used up, it is gone. */

import { type Context, type Decision, refuse } from '../decision.js'
import type { MfaEventBody } from '../ports/events.js'
import { withoutPending, withPending } from '../record/change.js'
import type { MfaRecord, Pending } from '../record/record.js'
import { assess } from '../session/assess.js'
import { countPendingFailure } from '../throttle/failures.js'

export function refuseWrongCode<T>(
  record: MfaRecord,
  pending: Pending,
  type: 'contact.confirm_failed' | 'factor.confirm_failed',
  ctx: Context,
): Decision<T> {
  const attempts = pending.attempts + 1
  const attemptsLeft = ctx.policy.pendingAttempts - attempts
  const counted = countPendingFailure(
    attemptsLeft > 0 ? withPending(record, { ...pending, attempts }) : withoutPending(record, pending.id),
    ctx,
  )
  const event: MfaEventBody = { type, factor: pending.kind, detail: 'wrong' }
  return refuse(
    { ok: false, reason: 'invalid_code', attemptsLeft, assessment: assess(counted.record, ctx.acting, ctx) },
    { next: counted.record, events: [event, ...counted.events], notices: counted.notices },
  )
}
