/** What a user has: for an unsatisfied session no more than its offers already show (X36). */

import { maskAddress } from '../contact/address.js'
import { accept, type Context, type Decision, refuse } from '../decision.js'
import type { Factor, MfaRecord, Pending } from '../record/record.js'
import type { FactorKind } from '../session/assessment.js'
import { requireBegun } from '../session/gates.js'
import { type Unusable, unusableBecause, unusedCodes, usableRecoveryCodes } from './usable.js'

/** One factor, or the set of recovery codes, without anything secret. */
export interface FactorItem {
  /** Absent for recovery codes. */
  readonly id?: string
  /** What it is. */
  readonly kind: FactorKind
  /** How the user calls it. */
  readonly label?: string
  /** `pending`: not confirmed. `locked`: after too many failures. `withdrawn`: the host dropped the address. */
  readonly status: 'pending' | 'active' | 'locked' | 'withdrawn'
  /** Masked address. */
  readonly address?: string
  /** In milliseconds since the epoch. */
  readonly createdAtMs?: number
  /** When it last proved something, in milliseconds since the epoch. */
  readonly lastUsedAtMs?: number
  /** Pending ones only: until when it can be confirmed, in milliseconds since the epoch. */
  readonly expiresAtMs?: number
  /** Recovery codes only. */
  readonly codesLeft?: number
  /** Whether a challenge of it could succeed now. */
  readonly usable: boolean
  /** Why it is not usable. */
  readonly why?: Unusable | 'pending' | 'none_left'
}

/** The answer of `factors.list`. */
export interface FactorList {
  /** Whether a usable authenticator app exists. */
  readonly totp: boolean
  /** Whether a usable email address exists. */
  readonly email: boolean
  /** Whether a usable phone number exists. */
  readonly phone: boolean
  /** Whether unused recovery codes exist that can be checked. */
  readonly recoveryCode: boolean
  /** Everything there is; to an unsatisfied session only what it could prove now. */
  readonly items: readonly FactorItem[]
}

export function listFactors(record: MfaRecord, _input: unknown, ctx: Context): Decision<FactorList> {
  const gate = requireBegun(record, ctx)
  if (!gate.ok) return refuse(gate)
  const has = (kind: FactorKind): boolean =>
    record.factors.some((factor) => factor.kind === kind && unusableBecause(factor, ctx) === undefined)
  const items = gate.assessment.satisfied
    ? fullItems(record, gate.session.ref, ctx)
    : gate.assessment.offers.map(({ factor, factorId, label, sentTo }) => ({
        kind: factor,
        ...(factorId !== undefined && { id: factorId }),
        ...(label !== undefined && { label }),
        ...(sentTo !== undefined && { address: sentTo }),
        status: 'active' as const,
        usable: true,
      }))
  return accept(null, {
    totp: has('totp'),
    email: has('email'),
    phone: has('phone'),
    recoveryCode: usableRecoveryCodes(record, ctx) > 0,
    items,
  })
}

function fullItems(record: MfaRecord, sessionRef: string, ctx: Context): readonly FactorItem[] {
  const own = record.pending.filter(({ startedBy, expiresAtMs }) => startedBy === sessionRef && ctx.nowMs < expiresAtMs)
  return [
    ...record.factors.map((factor) => factorItem(factor, ctx)),
    ...own.map(pendingItem),
    ...recoveryItem(record, ctx),
  ]
}

/** A factor without anything secret. */
export function factorItem(factor: Factor, ctx: Context): FactorItem {
  const why = unusableBecause(factor, ctx)
  return {
    id: factor.id,
    kind: factor.kind,
    ...(factor.label !== undefined && { label: factor.label }),
    status: factor.status,
    ...(factor.kind !== 'totp' && { address: maskAddress(factor.address) }),
    createdAtMs: factor.createdAtMs,
    ...(factor.lastUsedAtMs !== undefined && { lastUsedAtMs: factor.lastUsedAtMs }),
    usable: why === undefined,
    ...(why !== undefined && { why }),
  }
}

/** Something pending without anything secret. */
export function pendingItem(pending: Pending): FactorItem {
  return {
    id: pending.id,
    kind: pending.kind,
    ...(pending.kind === 'totp' && pending.label !== undefined && { label: pending.label }),
    status: 'pending',
    ...(pending.kind !== 'totp' && { address: maskAddress(pending.address) }),
    createdAtMs: pending.createdAtMs,
    expiresAtMs: pending.expiresAtMs,
    usable: false,
    why: 'pending',
  }
}

/** The recovery set, if there is one, as an item. */
export function recoveryItem(record: MfaRecord, ctx: Context): readonly FactorItem[] {
  const set = record.recovery
  if (set === undefined) return []
  const usable = usableRecoveryCodes(record, ctx) > 0
  const codesLeft = unusedCodes(set).length
  const why = set.locked ? 'locked' : codesLeft === 0 ? 'none_left' : 'key_unavailable'
  return [
    {
      kind: 'recovery_code',
      status: set.locked ? 'locked' : 'active',
      createdAtMs: set.createdAtMs,
      codesLeft,
      usable,
      ...(!usable && { why }),
    },
  ]
}
