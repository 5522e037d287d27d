/** Enrolling an authenticator app: a new secret is shown, and is pending until a first code confirms it (X10). */

import { accept, type Context, type Decision, refuse } from '../decision.js'
import { takeRef } from '../keys/entropy.js'
import { type SealedPlace, seal } from '../keys/seal.js'
import { isKindEnabled } from '../policy/policy.js'
import { withPending } from '../record/change.js'
import type { MfaRecord, PendingTotp, Session } from '../record/record.js'
import { isAddedByWeaker, requireFresh } from '../session/gates.js'
import type { TotpAlgorithm } from '../totp/hotp.js'
import { formatKeyUri } from '../totp/key-uri.js'
import { encodeSecret } from '../totp/secret.js'
import { isTotp } from './usable.js'

export interface EnrollTotpInput {
  readonly accountName: string
  readonly label?: string
  readonly algorithm?: TotpAlgorithm
  readonly digits?: number
  readonly periodSeconds?: number
}

/** The answer of `totp.enroll`: what the user needs to set the app up. */
export interface TotpEnrollment {
  /** The id that the factor will have. */
  readonly factorId: string
  /** Base32, for typing. Shown in this answer only. */
  readonly secret: string
  /** `otpauth://totp/...`, for a QR code. Shown in this answer only. */
  readonly uri: string
  /** Until when it can be confirmed, in milliseconds since the epoch. */
  readonly expiresAtMs: number
}

// RFC 6238, 5.1: a key SHOULD be as long as the HMAC's output.
const outputBytes: Readonly<Record<TotpAlgorithm, number>> = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 }

export function enrollTotp(record: MfaRecord, input: EnrollTotpInput, ctx: Context): Decision<TotpEnrollment> {
  const gate = requireFresh(record, ctx, { whileEnrolling: true })
  if (!gate.ok) return refuse(gate)
  const { policy } = ctx
  if (!isKindEnabled(policy, 'totp')) return refuse({ ok: false, reason: 'factor_not_available', why: 'disabled' })
  if (hasNoRoomForApp(record, gate.session, ctx)) return refuse('too_many_factors')

  const { accountName, label, algorithm = policy.totpAlgorithm } = input
  const { digits = policy.totpDigits, periodSeconds = policy.totpPeriodSeconds } = input
  const id = takeRef(ctx.entropy)
  const secret = ctx.entropy.take(Math.max(policy.totpSecretBytes, outputBytes[algorithm]))
  const pending: PendingTotp = {
    id,
    kind: 'totp',
    startedBy: gate.session.ref,
    createdAtMs: ctx.nowMs,
    expiresAtMs: ctx.nowMs + policy.pendingLifetimeMs,
    attempts: 0,
    ...(label !== undefined && { label }),
    algorithm,
    digits,
    periodSeconds,
    secret: seal(ctx.keys, totpSecretPlace(ctx.owner, id), secret, ctx.entropy.take(16)),
  }
  const replaced = {
    ...record,
    pending: record.pending.filter(({ kind, startedBy }) => kind !== 'totp' || startedBy !== gate.session.ref),
  }
  return accept(
    withPending(replaced, pending),
    {
      factorId: id,
      secret: encodeSecret(secret),
      uri: formatKeyUri({ issuer: ctx.issuer, accountName, secret, algorithm, digits, periodSeconds }),
      expiresAtMs: pending.expiresAtMs,
    },
    { events: [{ type: 'factor.pending', factor: 'totp', factorId: id }] },
  )
}

/** What a sealed TOTP secret is bound to. */
export function totpSecretPlace(owner: string, factorId: string): SealedPlace {
  return { owner, factorId, field: 'totp-secret' }
}

/** A locked app makes room for one enrolled anew, but not to a proof weaker than an app's. */
export function hasNoRoomForApp(record: MfaRecord, session: Session, ctx: Context): boolean {
  const apps = record.factors.filter(isTotp)
  const { maxTotpFactors } = ctx.policy
  if (apps.filter(({ status }) => status === 'active').length >= maxTotpFactors) return true
  return apps.length >= maxTotpFactors && isAddedByWeaker(record, session, ctx)
}
