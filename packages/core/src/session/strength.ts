/** Whether a proof is as strong as an authenticator app: what may manage one (X18). */

import type { Context } from '../decision.js'
import { isTotp } from '../factor/usable.js'
import { byId } from '../record/change.js'
import type { LedgerEntry, MfaRecord } from '../record/record.js'
import { isVerifiedPasskey } from './ledger.js'

/**
 * A user-verified passkey, an app, or a recovery code. What was itself added beside an app by a weaker proof is not:
 * otherwise a mailbox could add an app, or make recovery codes, and remove the owner's app with them. Where all apps
 * were added so, there is nothing stronger to protect.
 */
export function isAsStrongAsApp(entry: LedgerEntry, record: MfaRecord): boolean {
  if (entry.origin === 'sign_in') return isVerifiedPasskey(entry)
  const protectsNothing = record.factors.filter(isTotp).every(({ addedByWeaker }) => addedByWeaker)
  if (entry.name === 'recovery_code') return protectsNothing || !entry.byWeaker
  const factor = entry.factorId === undefined ? undefined : byId(record.factors, entry.factorId)
  return factor !== undefined && isTotp(factor) && (protectsNothing || !factor.addedByWeaker)
}

/** True when the user has an app that a weaker proof must not be able to manage, active or locked. */
export function hasAppAtStake(record: MfaRecord, ctx: Context): boolean {
  return ctx.policy.managementProof === 'as_strong' && record.factors.some(isTotp)
}
