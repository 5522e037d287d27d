/** What a session could prove now: best first, recovery last, nothing over the sign-in's own channel (X19, X20). */

import { maskAddress } from '../contact/address.js'
import type { Context } from '../decision.js'
import { isAllowedKind, unusableBecause, usableRecoveryCodes } from '../factor/usable.js'
import type { Factor, LedgerEntry, MfaRecord } from '../record/record.js'
import { waitUntilMs } from '../throttle/failures.js'
import { sendableFromMs } from '../throttle/sends.js'
import type { Offer } from './assessment.js'
import { isIndependent } from './independence.js'
import { offerOrder } from './methods.js'

export function offersFor(entries: readonly LedgerEntry[], record: MfaRecord, ctx: Context): readonly Offer[] {
  return offerOrder.flatMap((kind) => {
    if (kind === 'recovery_code') return recoveryOffer(record, ctx)
    if (!isIndependent(kind, entries, record, ctx)) return []
    return record.factors
      .filter((factor) => factor.kind === kind && unusableBecause(factor, ctx) === undefined)
      .map((factor) => factorOffer(factor, record, ctx))
  })
}

function recoveryOffer(record: MfaRecord, ctx: Context): readonly Offer[] {
  if (usableRecoveryCodes(record, ctx) === 0) return []
  return [{ factor: 'recovery_code', ...availability(waitUntilMs(record, 'recovery_code', ctx)) }]
}

function factorOffer(factor: Factor, record: MfaRecord, ctx: Context): Offer {
  const tryFromMs = waitUntilMs(record, factor.kind, ctx)
  const sendFromMs = factor.kind === 'totp' ? undefined : sendableFromMs(record, factor.kind, ctx)
  return {
    factor: factor.kind,
    factorId: factor.id,
    ...(factor.label !== undefined && { label: factor.label }),
    ...(factor.kind !== 'totp' && { sentTo: maskAddress(factor.address) }),
    ...(!isAllowedKind(factor.kind, ctx) && { notAccepted: true }),
    ...availability(tryFromMs, sendFromMs),
  }
}

function availability(...waits: readonly (number | undefined)[]): { availableAtMs?: number } {
  const running = waits.filter((wait) => wait !== undefined)
  return running.length === 0 ? {} : { availableAtMs: Math.max(...running) }
}
