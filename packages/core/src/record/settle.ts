/** What happens inside every decision that saves: the mark of time, pruning, caps, voids, and re-sealing. */

import type { Context } from '../decision.js'
import { totpSecretPlace } from '../factor/enroll.js'
import { open, seal } from '../keys/seal.js'
import { isEnforced } from '../session/enforced.js'
import { isLive, withoutRecoveryProofs } from '../session/ledger.js'
import { byId, withoutOthersPending, withoutSessions } from './change.js'
import type { MfaRecord, Session, TotpFactor } from './record.js'

/** Completes a record before it is saved. `actingHash`: the session that acts after the decision, which is never pruned. */
export function settle(before: MfaRecord, next: MfaRecord, actingHash: string | undefined, ctx: Context): MfaRecord {
  const marked = { ...next, seenAtMs: Math.max(next.seenAtMs, ctx.nowMs) }
  const pruned = capSessions(pruneExpired(marked, ctx), actingHash, ctx.policy.maxSessions)
  const capped = {
    ...pruned,
    challenges: pruned.challenges.slice(-ctx.policy.maxOpenChallenges),
    pending: pruned.pending.slice(-maxPending),
  }
  const actingRef = actingHash === undefined ? undefined : byId(capped.sessions, actingHash)?.ref
  // Nothing that another session planted before MFA was enforced is confirmed, or counts, afterwards (X11, X46).
  const becameOn = !isEnforced(before, ctx) || before.optedInAtMs !== capped.optedInAtMs
  const voided =
    becameOn && isEnforced(capped, ctx)
      ? withoutOthersPending(withoutRecoveryProofs(capped, actingRef), actingRef)
      : capped
  return reseal(voided, ctx)
}

const maxPending = 40

/** Drops what has expired. Nothing that still counts anywhere is touched. */
export function pruneExpired(record: MfaRecord, ctx: Context): MfaRecord {
  const live = withoutSessions(record, (session) => !isLive(session, ctx))
  return {
    ...live,
    challenges: live.challenges.filter(({ deadlineAtMs }) => ctx.nowMs < deadlineAtMs),
    pending: live.pending.filter(({ expiresAtMs }) => ctx.nowMs < expiresAtMs),
  }
}

/** Over the cap, sessions without a second factor go first, then the oldest, never the acting one. */
function capSessions(record: MfaRecord, actingHash: string | undefined, maxSessions: number): MfaRecord {
  const excess = record.sessions.length - maxSessions
  if (excess <= 0) return record
  const dropped = new Set(evictionOrder(record, actingHash).slice(0, excess))
  return withoutSessions(record, (session) => dropped.has(session))
}

function evictionOrder(record: MfaRecord, actingHash: string | undefined): readonly Session[] {
  return record.sessions
    .filter(({ id }) => id !== actingHash)
    .sort((a, b) => Number(hasSecondFactor(a)) - Number(hasSecondFactor(b)) || a.startedAtMs - b.startedAtMs)
}

function hasSecondFactor(session: Session): boolean {
  return session.entries.some(({ origin, userVerified }) => origin !== 'sign_in' || userVerified === true)
}

/** One session or challenge less, for a record too large to store; `undefined` when nothing is left to prune. */
export function shrink(record: MfaRecord, actingHash: string | undefined): MfaRecord | undefined {
  const session = evictionOrder(record, actingHash)[0]
  if (session) return withoutSessions(record, ({ ref }) => ref === session.ref)
  if (record.challenges.length > 0) return { ...record, challenges: record.challenges.slice(1) }
  return record.pending.length > 0 ? { ...record, pending: record.pending.slice(1) } : undefined
}

/** Seals under the first key what an older one still holds, so that a key can be retired. */
function reseal(record: MfaRecord, ctx: Context): MfaRecord {
  const isOld = (factor: { readonly kind: string }): factor is TotpFactor =>
    factor.kind === 'totp' && (factor as TotpFactor).secret.key !== ctx.keys.currentId
  if (!record.factors.some(isOld)) return record
  return {
    ...record,
    factors: record.factors.map((factor) => {
      if (!isOld(factor)) return factor
      const place = totpSecretPlace(ctx.owner, factor.id)
      const secret = open(ctx.keys, place, factor.secret)
      return secret === undefined ? factor : { ...factor, secret: seal(ctx.keys, place, secret, ctx.entropy.take(16)) }
    }),
  }
}
