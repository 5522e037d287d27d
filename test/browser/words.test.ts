import type { MfaEvent } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { errorTypes } from '../../packages/adapters/src/http/error-types.js'

interface Refusal {
  readonly name: 'ApiError'
  readonly type: string
  readonly retryAtMs?: number
  readonly param?: string
}

const page = new URL('../../examples/backend/page/', import.meta.url)
const messages = (await import(new URL('messages.js', page).href)) as {
  readonly sentenceFor: (error: Refusal | Error, doing?: string) => string
  readonly fieldToMend: (error: Partial<Refusal>, doing?: string) => string | undefined
}
const events = (await import(new URL('events.js', page).href)) as {
  readonly isWorthShowing: (entry: { readonly event: string }) => boolean
  readonly wordsOf: (entry: Readonly<Record<string, unknown>> & { readonly event: string }) => string
}

function sentenceOf(type: string, doing?: string): string {
  return messages.sentenceFor({ name: 'ApiError', type }, doing)
}

/** What an event carries beyond its name; the compiler holds the list complete. */
const eventTypes: Readonly<Record<MfaEvent['type'], true>> = {
  'session.started': true,
  'session.adopted': true,
  'session.reauthenticated': true,
  'session.rotated': true,
  'session.ended': true,
  'session.extended': true,
  'sessions.ended': true,
  'credentials.changed': true,
  'factor.pending': true,
  'factor.confirmed': true,
  'factor.removed': true,
  'factor.renamed': true,
  'factor.locked': true,
  'factor.unlocked': true,
  'contact.changed': true,
  'contact.attested': true,
  'contact.withdrawn': true,
  'contact.verified_ignored': true,
  'contact.confirm_failed': true,
  'factor.confirm_failed': true,
  'challenge.created': true,
  'challenge.resent': true,
  'challenge.canceled': true,
  'challenge.completed': true,
  'challenge.failed': true,
  'challenge.refused': true,
  'recovery_codes.generated': true,
  'recovery_codes.regenerated': true,
  'recovery_codes.low': true,
  'recovery_code.used': true,
  'mfa.enabled': true,
  'mfa.disabled': true,
  'sends.exhausted': true,
  'clock.behind': true,
  'admin.reset': true,
  'admin.factor_removed': true,
  'user.erased': true,
  'message.failed': true,
  'port.failed': true,
}

describe('the words of the page', () => {
  const fallback = sentenceOf('a_type_nobody_knows')

  it.each(errorTypes)('has a sentence of its own for %s', (type) => {
    const isFault = type === 'general_server_error'
    expect(sentenceOf(type) === fallback).toBe(isFault)
    expect(sentenceOf(type)).toMatch(/^[A-Z].*\.$/)
  })

  it('says to whoever entered a wrong code what to do, by the way they chose', () => {
    const ways = ['app', 'phone', 'recovery', 'link', undefined]
    const sentences = ways.map((doing) => sentenceOf('user_invalid_token', doing))
    expect(new Set(sentences).size).toBe(ways.length)
  })

  it('says when to try again, on the same day or another', () => {
    const now = new Date()
    const soon = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 23, 58, 30)
    const late = new Date(2031, 4, 6, 9, 30)
    const at = (date: Date) =>
      messages.sentenceFor({ name: 'ApiError', type: 'general_rate_limit_exceeded', retryAtMs: date.getTime() })
    expect(at(soon)).toMatch(/Try again at .*59/)
    expect(at(late)).toMatch(/Try again on .*6.*30/)
  })

  it('offers another way only where there is one, and help where the wait may be a lock', () => {
    const said = (doing?: string) => sentenceOf('general_rate_limit_exceeded', doing)
    for (const way of ['app', 'phone', 'email', 'recovery']) {
      expect(said(way)).toMatch(/If that fails, choose another way, or ask support\.$/)
    }
    for (const other of ['sign-in', 'sign-up', 'number', 'address', undefined]) {
      expect(said(other)).toBe('Too many tries. Try again in a few minutes.')
    }
    expect(said('message')).not.toContain('tries')
    expect(said('link')).toContain('Open the link again in a few minutes')
  })

  it('names the field to mend by what the server says of it, else by what the person was doing', () => {
    const invalid = (param?: string, doing?: string) =>
      messages.fieldToMend({ type: 'general_argument_invalid', ...(param !== undefined && { param }) }, doing)
    expect(invalid('name', 'sign-up')).toBe('name')
    expect(invalid('otp', 'app')).toBe('code')
    expect(invalid(undefined, 'number')).toBe('phone')
    expect(invalid(undefined, 'sign-up')).toBe('email')
    expect(messages.fieldToMend({ type: 'user_target_already_exists' }, 'number')).toBe('phone')
    expect(messages.fieldToMend({ type: 'user_target_already_exists' }, 'address')).toBe('email')
    for (const type of ['page_no_answer', 'general_rate_limit_exceeded', 'general_server_error', 'general_busy']) {
      expect(messages.fieldToMend({ type }, 'sign-in')).toBeUndefined()
    }
  })

  it('never hides a fault of its own behind a sentence', () => {
    expect(() => messages.sentenceFor(new TypeError('a bug'))).toThrow('a bug')
  })

  it.each(Object.keys(eventTypes))('has words for the event %s, or leaves it out on purpose', (event) => {
    const entry = { event, factor: 'totp', channel: 'email', left: 1 }
    if (!events.isWorthShowing(entry)) return
    const words = events.wordsOf(entry)
    expect(words).toMatch(/^[A-Z]/)
    expect(words).not.toContain('undefined')
  })
})
