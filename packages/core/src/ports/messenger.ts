/** The messenger port: how codes, links and notices reach a person. Messages are data; words are the host's. */

import type { CallContext } from '../refs.js'

/** A medium a message travels over, and the thing a person proves control of. */
export type Channel = 'email' | 'phone'

/** What a notice tells the person. Every notice should also say what to do if it was not them (NIST 63B-4, 4.6). */
export type NoticeName =
  | 'factor_added'
  | 'factor_removed'
  | 'factor_locked'
  | 'contact_changed'
  | 'contact_withdrawn'
  | 'mfa_enabled'
  | 'mfa_disabled'
  | 'mfa_reset'
  | 'recovery_codes_generated'
  | 'recovery_code_used'
  | 'code_replayed'
  | 'repeated_failures'
  | 'credentials_changed'

/** The fields every message has. */
export interface MessageBase {
  /** What the message travels over. */
  readonly channel: Channel
  /** Normalized address: an email address, or a phone number in E.164. */
  readonly address: string
  /** The host’s name, as given to `createMfa`. */
  readonly issuer: string
  /** Whom it is for, by the host’s id. */
  readonly userId: string
  /** The user’s tenant, where there are tenants. */
  readonly tenantId?: string
  /** The caller's locale (BCP 47), when the host passed one. */
  readonly locale?: string
  /** In milliseconds since the epoch. */
  readonly createdAtMs: number
  /** The same for one message however often the host's transport retries it. */
  readonly idempotencyKey: string
  /** What the host said of the request that caused it; may be shown to the person. */
  readonly context?: CallContext
}

/** A code the person types back. */
export interface CodeMessage extends MessageBase {
  /** Tells this message from the others. */
  readonly kind: 'code'
  /** Digits, without spaces. Secret. */
  readonly code: string
  /** `verify_contact`, `sign_in`, `manage`, or the host's own purpose. */
  readonly purpose: string
  /** When the code stops working, in milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** A link that proves an email address when opened. */
export interface LinkMessage extends MessageBase {
  /** Tells this message from the others. */
  readonly kind: 'link'
  /** The host's `url` with `userId` and `secret` added to its query. */
  readonly link: string
  /** The `secret` parameter of `link`: 128 bits, base64url. */
  readonly secret: string
  /** The only one a link has. */
  readonly purpose: 'verify_contact'
  /** When the link stops working, in milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** Tells a person that something about their account changed. Carries no code and no link. */
export interface NoticeMessage extends MessageBase {
  /** Tells this message from the others. */
  readonly kind: 'notice'
  /** What happened. */
  readonly notice: NoticeName
  /** What it was about, in plain words' raw material: factor kind, label, masked new address, warnings. */
  readonly details: Readonly<Record<string, string | number | readonly string[]>>
}

/** Everything a messenger may be given; `kind` tells which. */
export type Message = CodeMessage | LinkMessage | NoticeMessage

/**
 * Sends one message. Called only after the decision that caused it was saved.
 *
 * A throw means "not sent": a code's answer then says `delivery: 'failed'` and its challenge stays for a resend;
 * a failed notice changes no answer. MUST NOT log `code`, `link` or `secret`.
 */
export interface Messenger {
  /** Resolves when the transport took the message; rejects when it did not. */
  send(message: Message): Promise<void>
}
