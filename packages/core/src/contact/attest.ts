/** The host verified an address itself, or dropped it. */

import { accept, type Context, type Decision } from '../decision.js'
import { takeRef } from '../keys/entropy.js'
import type { Channel } from '../ports/messenger.js'
import { withFactor, withoutUnderWay } from '../record/change.js'
import type { MfaRecord } from '../record/record.js'
import { type Activated, activateContact, contactOf } from './activate.js'
import { isSameAddress } from './address.js'

/** Attests one normalized address. Attesting lifts no lock, whatever was withdrawn or changed in between. */
export function attestAddress(record: MfaRecord, channel: Channel, address: string, ctx: Context): Activated {
  const former = contactOf(record, channel)
  if (former && former.status !== 'withdrawn' && isSameAddress(former.address, address)) {
    return { record, factor: former, events: [], notices: [] }
  }
  const activated = activateContact(record, channel, address, { id: takeRef(ctx.entropy) }, ctx)
  const event = { type: 'contact.attested', channel, factorId: activated.factor.id } as const
  const attested = { ...activated, events: [event, ...activated.events] }
  if (former?.status !== 'locked' && !former?.lockedWhenWithdrawn) return attested
  const factor = { ...activated.factor, status: 'locked' as const }
  return { ...attested, record: withFactor(activated.record, factor), factor }
}

/** `contacts.attest`: repeatable; works also while MFA is enforced, on the host's authority. */
export function attestContact(
  record: MfaRecord,
  input: { readonly channel: Channel; readonly address: string },
  ctx: Context,
): Decision<{ readonly factorId: string }> {
  const { record: next, factor, events, notices } = attestAddress(record, input.channel, input.address, ctx)
  return accept(next === record ? null : next, { factorId: factor.id }, { events, notices })
}

/** `contacts.withdraw`: the factor stays as withdrawn, unusable and existing, so MFA is never switched off by it. */
export function withdrawContact(
  record: MfaRecord,
  input: { readonly channel: Channel },
  _ctx: Context,
): Decision<object> {
  const factor = contactOf(record, input.channel)
  if (factor === undefined || factor.status === 'withdrawn') return accept(null, {})
  const lock = factor.status === 'locked' ? { lockedWhenWithdrawn: true as const } : {}
  const withdrawn = withFactor(record, { ...factor, ...lock, status: 'withdrawn' })
  const next = withoutUnderWay(withdrawn, factor)
  return accept(
    next,
    {},
    {
      events: [{ type: 'contact.withdrawn', channel: input.channel, factorId: factor.id }],
      notices: [{ notice: 'contact_withdrawn', details: { channel: input.channel } }],
    },
  )
}
