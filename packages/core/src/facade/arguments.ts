/** Checks of what callers pass: a wrong type is `invalid_argument` naming it, never its value; codes are judged later. */

import { normalizeAddress } from '../contact/address.js'
import { isLinkTarget } from '../contact/link.js'
import { invalidArgument, oneOf } from '../errors.js'
import { hashSessionId } from '../keys/digest.js'
import type { Channel } from '../ports/messenger.js'
import { cleanHint, isCleanLabel } from '../record/clean-text.js'
import { ownerOf } from '../record/owner.js'
import type { CallContext, SessionRef, UserRef } from '../refs.js'
import type { FactorKind, Requirement } from '../session/assessment.js'
import type { Actor } from '../shell/effects.js'

const maxHintLength = 512
const purposePattern = /^[A-Za-z0-9_.:-]{1,32}$/

export const factorKinds: readonly FactorKind[] = ['totp', 'email', 'phone', 'recovery_code']
export const channels: readonly Channel[] = ['email', 'phone']

/** The options object of a call; absent counts as empty. */
export function asOptions(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidArgument(name, 'an object')
  return value as Record<string, unknown>
}

export function userActor(user: UserRef): Actor {
  const ref = asOptions(user, 'user')
  const context = asContext(ref['context'])
  const { userId, tenantId } = ref as { userId: string; tenantId?: string }
  const owner = ownerOf({ userId, tenantId })
  return { owner, user: { userId, ...(tenantId !== undefined && { tenantId }), ...(context && { context }) } }
}

export function sessionActor(session: SessionRef): Actor & { readonly sessionHash: string } {
  const actor = userActor(session)
  return { ...actor, sessionHash: asSessionHash(session.sessionId, 'sessionId') }
}

/** A user, or a session of that user. */
export function anyActor(ref: UserRef | SessionRef): Actor {
  return asOptions(ref, 'user')['sessionId'] === undefined ? userActor(ref) : sessionActor(ref as SessionRef)
}

export function asSessionHash(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 4096)
    throw invalidArgument(name, 'a non-empty string')
  return hashSessionId(value)
}

/** Hints are cleaned, not refused: a strange user agent must not stop a sign-in. */
function asContext(value: unknown): CallContext | undefined {
  if (value === undefined) return undefined
  const given = asOptions(value, 'context')
  const entries = (['locale', 'ip', 'userAgent', 'requestId'] as const).flatMap((name) => {
    const hint = given[name]
    return typeof hint === 'string' ? [[name, cleanHint(hint, maxHintLength)] as const] : []
  })
  return Object.fromEntries(entries)
}

export function asString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidArgument(name, 'a string')
  return value
}

/** The fields that are given, each checked; the others are absent. */
export function asFields<C extends Readonly<Record<string, (value: unknown, name: string) => unknown>>>(
  given: Readonly<Record<string, unknown>>,
  checks: C,
  prefix = '',
): { readonly [K in keyof C]?: ReturnType<C[K]> } {
  const fields: Record<string, unknown> = {}
  for (const [name, check] of Object.entries(checks)) {
    const value = given[name]
    if (value !== undefined) fields[name] = check(value, prefix + name)
  }
  return fields as { readonly [K in keyof C]?: ReturnType<C[K]> }
}

export function optional<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(value)
}

export function asOneOf<const T extends string>(value: unknown, name: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) throw invalidArgument(name, oneOf(allowed))
  return value as T
}

/** A label or name that a person sees: 1 to `maxLength` characters, no control or direction characters. */
export function asLabel(value: unknown, name: string, maxLength = 64): string {
  const label = typeof value === 'string' ? value.trim() : ''
  if (label.length === 0 || label.length > maxLength || !isCleanLabel(label)) {
    throw invalidArgument(name, `1 to ${maxLength} characters without control characters`)
  }
  return label
}

export function asPurpose(value: unknown, name: string): string {
  if (typeof value !== 'string' || !purposePattern.test(value)) {
    throw invalidArgument(name, '1 to 32 characters of A-Z a-z 0-9 _ . : -')
  }
  return value
}

/** An id that this library made. */
export function asId(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length > 64) throw invalidArgument(name, 'an id given by this library')
  return value
}

export function asAddressOf(channel: Channel): (value: unknown, name: string) => string {
  return (value, name) => {
    const address = typeof value === 'string' ? normalizeAddress(channel, value) : undefined
    if (address === undefined)
      throw invalidArgument(name, channel === 'email' ? 'an email address' : 'a phone number in E.164')
    return address
  }
}

export function asBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'a boolean')
  return value
}

export function asUrl(value: unknown): string {
  if (typeof value !== 'string' || !isLinkTarget(value))
    throw invalidArgument('url', 'an absolute http(s) URL of printable ASCII')
  return value
}

export function asInstant(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw invalidArgument(name, 'whole milliseconds since the epoch')
  return value as number
}

export function asFutureInstant(value: unknown, name: string, nowMs: number): number {
  const instant = asInstant(value, name)
  if (instant <= nowMs) throw invalidArgument(name, 'in the future')
  return instant
}

const requirementChecks = {
  level: (value: unknown, name: string) => asOneOf(value, name, ['none', 'aal1', 'aal2']),
  anyOf: asKinds,
  maxAgeMs: asInstant,
  origin: (value: unknown, name: string) => asOneOf(value, name, ['challenge']),
  purpose: asPurpose,
}

/** Refuses what it does not know: a misspelt demand would demand nothing. */
export function asRequirement(value: unknown): Requirement | undefined {
  if (value === undefined) return undefined
  const given = asOptions(value, 'requirement')
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(requirementChecks, name))
      throw invalidArgument('requirement', `an object with nothing but ${Object.keys(requirementChecks).join(', ')}`)
  }
  return asFields(given, requirementChecks, 'requirement.')
}

function asKinds(value: unknown, name: string): readonly FactorKind[] {
  if (!Array.isArray(value)) throw invalidArgument(name, 'a list of factor kinds')
  return value.map((kind) => asOneOf(kind, name, factorKinds))
}
