/** When a second proof is independent of the sign-in: another medium, not derived from it (X19), in `nist` another category. */

import { foldAddress } from '../contact/address.js'
import type { Context } from '../decision.js'
import { existingFactors } from '../factor/usable.js'
import type { Channel } from '../ports/messenger.js'
import type { LedgerEntry, MfaRecord } from '../record/record.js'
import type { FactorKind } from './assessment.js'
import { factorTable } from './methods.js'

/** The first-factor entries of a ledger: what the host proved itself. */
export function signInEntries(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.filter(({ origin }) => origin === 'sign_in')
}

/** Every channel that the sign-in of this session went over, or that its password was derived from. */
export function signInMedia(entries: readonly LedgerEntry[], record: MfaRecord, ctx: Context): ReadonlySet<Channel> {
  const media = new Set<Channel>()
  for (const entry of signInEntries(entries)) {
    if (entry.channel !== undefined) media.add(entry.channel)
    if (vouchesForEmailFactor(entry, record)) media.add('email')
    const derived = derivedFrom(entry, record, ctx)
    if (derived !== undefined) media.add(derived)
  }
  return media
}

/** True when proving a factor of this kind would add something to this sign-in. */
export function isIndependent(
  kind: FactorKind,
  entries: readonly LedgerEntry[],
  record: MfaRecord,
  ctx: Context,
): boolean {
  const { medium, category } = factorTable[kind]
  if (medium !== 'none' && signInMedia(entries, record, ctx).has(medium)) return false
  return ctx.policy.profile !== 'nist' || signInEntries(entries).some((entry) => entry.category !== category)
}

/** A password set over a channel proves no more than that channel until something else has been proven since. */
function derivedFrom(entry: LedgerEntry, record: MfaRecord, ctx: Context): Channel | undefined {
  const derived = record.derivedPassword
  if (derived === undefined || !isByDerivedPassword(entry, record)) return undefined
  // A withdrawn factor can never be proven: waiting for it would exclude the channel for ever.
  const hasOtherMedium = existingFactors(record, ctx).some(
    ({ kind, status }) => status !== 'withdrawn' && factorTable[kind].medium !== derived.via,
  )
  return hasOtherMedium || ctx.nowMs < derived.atMs + ctx.policy.resetIndependenceMs ? derived.via : undefined
}

/** True for a sign-in by the password as it was set over a channel. */
export function isByDerivedPassword({ name, atMs }: LedgerEntry, { derivedPassword }: MfaRecord): boolean {
  return derivedPassword !== undefined && name === 'password' && atMs >= derivedPassword.atMs
}

function vouchesForEmailFactor(entry: LedgerEntry, record: MfaRecord): boolean {
  const { verifiedEmail } = entry
  if (verifiedEmail === undefined) return false
  return record.factors.some(
    (factor) => factor.kind === 'email' && foldAddress(factor.address) === foldAddress(verifiedEmail),
  )
}
