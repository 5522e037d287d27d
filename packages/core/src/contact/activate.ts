/** Making an address a factor: the step that confirming and attesting share. */

import type { Context, NoticeDraft } from '../decision.js'
import { isKindEnabled } from '../policy/policy.js'
import type { MfaEventBody } from '../ports/events.js'
import type { Channel } from '../ports/messenger.js'
import { withFactor, withoutFactor } from '../record/change.js'
import type { ContactFactor, MfaRecord } from '../record/record.js'
import { isSameAddress, maskAddress } from './address.js'

export interface Activated {
  readonly record: MfaRecord
  readonly factor: ContactFactor
  readonly events: readonly MfaEventBody[]
  readonly notices: readonly NoticeDraft[]
}

/** The one contact of a channel that the user has now; the record's list could hold several. */
export function contactOf(record: MfaRecord, channel: Channel): ContactFactor | undefined {
  return record.factors.find((factor): factor is ContactFactor => factor.kind === channel)
}

/**
 * Makes `address` the channel's factor. A changed address replaces the former factor, voids its challenges and tells
 * the old address; the same address again makes the factor active anew, with a new generation.
 */
export function activateContact(
  record: MfaRecord,
  channel: Channel,
  address: string,
  confirmed: { readonly id: string; readonly bySession?: string },
  ctx: Context,
): Activated {
  const former = contactOf(record, channel)
  const isSame = former !== undefined && isSameAddress(former.address, address)
  const factor: ContactFactor = {
    id: isSame ? former.id : confirmed.id,
    kind: channel,
    generation: isSame ? former.generation + 1 : 1,
    status: 'active',
    createdAtMs: ctx.nowMs,
    address,
    ...(isSame && former.lastUsedAtMs !== undefined && { lastUsedAtMs: former.lastUsedAtMs }),
    ...(former?.label !== undefined && { label: former.label }),
    ...(confirmed.bySession !== undefined && { confirmedBy: confirmed.bySession }),
    ...(isKindEnabled(ctx.policy, channel) && { wasFactor: true }),
  }
  const isChange = former !== undefined && !isSame
  const cleared = former ? withoutFactor(record, former) : record
  return {
    record: { ...withFactor(cleared, factor), factorEverAtMs: record.factorEverAtMs ?? ctx.nowMs },
    factor,
    events: isChange ? [{ type: 'contact.changed', channel, factorId: factor.id }] : [],
    notices: isChange ? [{ notice: 'contact_changed', details: { channel, newAddress: maskAddress(address) } }] : [],
  }
}
