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
  /** A whole number of minutes in words, `1 minute` included. */
  readonly minutes: (count: number) => string
  /** A whole number of hours in words, `1 hour` included. */
  readonly hours: (count: number) => string
  /** A user’s own words, in the language’s quotation marks. */
  readonly quote: (text: string) => string
  /** What a code is for, as the phrase that `sms`, `code.subject` and `code.lead` continue with. */
  readonly actions: {
    /** To sign in. */
    readonly sign_in: string
    /** To change security settings. */
    readonly manage: string
    /** To confirm an email address. */
    readonly verify_email: string
    /** To confirm a phone number. */
    readonly verify_phone: string
    /** A purpose of the host's own, with its separators as spaces. */
    readonly other: (purpose: string) => string
  }
  /** The whole SMS with a code. */
  readonly sms: (code: string, issuer: string, action: string, life: string) => string
  /** The email with a code; each phrase is a paragraph. */
  readonly code: {
    /** Never with the code. */
    readonly subject: (issuer: string, action: string) => string
    /** The paragraph before the code. */
    readonly lead: (issuer: string, action: string) => string
    /** How long it is good, and that nobody asks for it. */
    readonly life: (issuer: string, life: string) => string
    /** For a code that somebody asked for who had signed in. */
    readonly ifNotYou: string
    /** For a code that only confirms an address. */
    readonly ifNotAsked: string
  }
  /** The email with a verification link; each phrase is a paragraph. */
  readonly link: {
    /** Never with the link. */
    readonly subject: (issuer: string) => string
    /** The paragraph before the link. */
    readonly lead: (issuer: string) => string
    /** How long it is good, and what to do if nobody asked for it. */
    readonly life: (life: string) => string
  }
  /** Each without its full stop: also the subject of an email. */
  readonly notices: Readonly<Record<NoticeName, string>>
  /** The last sentence of a notice, by what it advises. */
  readonly ifNotYou: Readonly<Record<Repudiation, (issuer: string) => string>>
  /** Names of the factor kinds and channels, as a line of their own begins with them. */
  readonly factors: Readonly<Record<'totp' | 'email' | 'phone' | 'recovery_code', string>>
  /** How many recovery codes are left, as a sentence. */
  readonly codesLeft: (count: number) => string
  /** Whole sentences by the warning's name; a warning without one is left out. */
  readonly warnings: Readonly<Record<string, string>>
}
