/** One message of every kind, and the six languages. */

import type { CodeMessage, LinkMessage, Message, NoticeMessage, NoticeName } from '@countersign/core'

const minute = 60_000
const base = {
  issuer: 'Acme',
  userId: 'kim',
  createdAtMs: 1_800_000_000_000,
  idempotencyKey: 'key-1',
}
const email = { channel: 'email', address: 'kim@example.com' } as const
const phone = { channel: 'phone', address: '+4915112345678' } as const

export const locales: readonly string[] = ['en', 'de', 'fr', 'es', 'pt', 'ja']
export const purposes: readonly string[] = ['sign_in', 'manage', 'verify_contact', 'transfer_money']

export function emailCode(fields: Partial<CodeMessage> = {}): CodeMessage {
  return {
    ...base,
    ...email,
    kind: 'code',
    code: '482913',
    purpose: 'sign_in',
    expiresAtMs: base.createdAtMs + 10 * minute,
    ...fields,
  }
}

export function smsCode(fields: Partial<CodeMessage> = {}): CodeMessage {
  return emailCode({ ...phone, ...fields })
}

export function emailLink(fields: Partial<LinkMessage> = {}): LinkMessage {
  const secret = 'c2VjcmV0LW9mLTEyOC1iaXRz'
  return {
    ...base,
    ...email,
    kind: 'link',
    link: `https://acme.example/verify?lang=de&userId=kim&secret=${secret}`,
    secret,
    purpose: 'verify_contact',
    expiresAtMs: base.createdAtMs + 60 * minute,
    ...fields,
  }
}

export function notice(fields: Partial<NoticeMessage> = {}): NoticeMessage {
  return { ...base, ...email, kind: 'notice', notice: 'factor_added', details: {}, ...fields }
}

/** Every notice with the details that the core sends with it. */
export const noticeDetails: Readonly<Record<NoticeName, NoticeMessage['details']>> = {
  factor_added: { factor: 'totp', label: 'Pixel 9' },
  factor_removed: { factor: 'totp', label: 'Pixel 9' },
  factor_locked: { factor: 'totp' },
  contact_changed: { channel: 'email', newAddress: 'n***@example.org' },
  contact_withdrawn: { channel: 'phone' },
  mfa_enabled: { warnings: ['no_recovery_codes', 'only_same_channel'] },
  mfa_disabled: {},
  mfa_reset: {},
  recovery_codes_generated: { count: 10 },
  recovery_code_used: { left: 7 },
  code_replayed: { factor: 'totp', failures: 1 },
  repeated_failures: { factor: 'totp', failures: 3 },
  credentials_changed: { via: 'session' },
}

const noticeNames = Object.keys(noticeDetails) as NoticeName[]

/** Every kind of message over every channel and for every purpose, by a name to show. */
export const everyMessage: readonly (readonly [string, Message])[] = [
  ...purposes.flatMap((purpose) => [
    [`an email code to ${purpose}`, emailCode({ purpose })] as const,
    [`an SMS code to ${purpose}`, smsCode({ purpose })] as const,
  ]),
  ['a link', emailLink()],
  ...noticeNames.flatMap((name) => [
    [`an email notice of ${name}`, notice({ notice: name, details: noticeDetails[name] })] as const,
    [`an SMS notice of ${name}`, notice({ ...phone, notice: name, details: noticeDetails[name] })] as const,
  ]),
]
