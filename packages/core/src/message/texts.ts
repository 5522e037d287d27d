/** The words of one language, as data and phrases: what a renderer needs to write every message in it. */

import type { NoticeName } from '../ports/messenger.js'

/** What a notice advises a person who did not cause it (NIST 63B-4, 4.6). */
export type Repudiation = 'change_password' | 'password_known' | 'contact_issuer'

/**
 * Every phrase takes its values already clean and answers one line of plain text.
 * `sms` and the actions keep to the GSM-7 alphabet where the language allows, so that a code fits one message.
 */
export interface MessageTexts {
  /** BCP 47 tag of the language. */
  readonly language: string
  /** Ends a sentence. */
  readonly stop: string
  /** Between a name and what is said of it, with its spaces. */
  readonly colon: string
  readonly minutes: (count: number) => string
  readonly hours: (count: number) => string
  readonly quote: (text: string) => string
  /** What a code is for, as the phrase that `sms`, `code.subject` and `code.lead` continue with. */
  readonly actions: {
    readonly sign_in: string
    readonly manage: string
    readonly verify_email: string
    readonly verify_phone: string
    /** A purpose of the host's own, with its separators as spaces. */
    readonly other: (purpose: string) => string
  }
  readonly sms: (code: string, issuer: string, action: string, life: string) => string
  readonly code: {
    readonly subject: (issuer: string, action: string) => string
    readonly lead: (issuer: string, action: string) => string
    readonly life: (issuer: string, life: string) => string
    readonly ifNotYou: string
    /** For a code that only confirms an address. */
    readonly ifNotAsked: string
  }
  readonly link: {
    readonly subject: (issuer: string) => string
    readonly lead: (issuer: string) => string
    readonly life: (life: string) => string
  }
  /** Each without its full stop: also the subject of an email. */
  readonly notices: Readonly<Record<NoticeName, string>>
  readonly ifNotYou: Readonly<Record<Repudiation, (issuer: string) => string>>
  /** Names of the factor kinds and channels, as a line of their own begins with them. */
  readonly factors: Readonly<Record<'totp' | 'email' | 'phone' | 'recovery_code', string>>
  readonly codesLeft: (count: number) => string
  /** Whole sentences by the warning's name; a warning without one is left out. */
  readonly warnings: Readonly<Record<string, string>>
}
