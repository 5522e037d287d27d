/** The plain English texts of every message: a default that a host may replace whole. */

import type { CodeMessage, LinkMessage, Message, NoticeMessage, NoticeName } from '../ports/messenger.js'
import { cleanHint } from '../record/clean-text.js'

/** Ready to send: plain text without markup. `subject` is for email only. */
export interface RenderedMessage {
  readonly subject: string
  readonly text: string
}

/** Renders a message in plain English. Values never bring control characters or line breaks into it (X31). */
export function renderMessage(message: Message): RenderedMessage {
  if (message.kind === 'notice') return renderNotice(message)
  return message.kind === 'code' ? renderCode(message) : renderLink(message)
}

function renderCode(message: CodeMessage): RenderedMessage {
  const issuer = plain(message.issuer)
  const minutes = lifetimeOf(message)
  const purpose = message.purpose === 'verify_contact' ? `confirm this ${medium(message)}` : 'continue'
  if (message.channel === 'phone') {
    return {
      subject: issuer,
      text: `${message.code} is your ${issuer} code to ${purpose}. It expires in ${minutes}. Do not share it.`,
    }
  }
  const text = [
    `Your ${issuer} code to ${purpose}:`,
    message.code,
    `It expires in ${minutes}. Nobody at ${issuer} will ask you for it.`,
    `If this was not you, somebody may know your password: change it.`,
  ]
  return { subject: `${message.code} is your ${issuer} code`, text: text.join('\n\n') }
}

function renderLink(message: LinkMessage): RenderedMessage {
  const issuer = plain(message.issuer)
  const text = [
    `Open this link to confirm that this email address is yours:`,
    message.link,
    `It expires in ${lifetimeOf(message)}. If you did not ask ${issuer} for it, ignore this message.`,
  ]
  return { subject: `Confirm your email address for ${issuer}`, text: text.join('\n\n') }
}

const notices: Readonly<Record<NoticeName, string>> = {
  factor_added: 'A sign-in factor was added to your account',
  factor_removed: 'A sign-in factor was removed from your account',
  factor_locked: 'A sign-in factor was locked after too many wrong codes',
  contact_changed: 'The address of your account was changed',
  contact_withdrawn: 'An address was removed from your account',
  mfa_enabled: 'Two-step sign-in was switched on for your account',
  mfa_disabled: 'Two-step sign-in was switched off for your account',
  mfa_reset: 'Two-step sign-in was reset for your account by support staff',
  recovery_codes_generated: 'New recovery codes were made for your account; earlier ones no longer work',
  recovery_code_used: 'A recovery code of your account was used',
  code_replayed: 'A code of your account was used a second time and refused',
  repeated_failures: 'Wrong codes were entered repeatedly for your account, after a right first sign-in step',
  credentials_changed: 'The password of your account was changed',
}

const warningTexts: Readonly<Record<string, string>> = {
  no_recovery_codes: 'You have no recovery codes. Make some and keep them safe.',
  codes_from_another_session: 'Your recovery codes were made in another session. If that was not you, make new ones.',
  contact_from_another_session: 'An address was added in another session. If that was not you, remove it.',
  only_same_channel: 'Your only second factor goes over the channel you sign in with. Add another one.',
}

function renderNotice(message: NoticeMessage): RenderedMessage {
  const issuer = plain(message.issuer)
  const { details, notice } = message
  const about = [details['label'], details['newAddress'], details['factor']].find(
    (detail) => typeof detail === 'string',
  )
  const left = typeof details['left'] === 'number' ? [`Recovery codes left: ${details['left']}.`] : []
  const warnings = Array.isArray(details['warnings'])
    ? details['warnings'].flatMap((warning) => warningTexts[String(warning)] ?? [])
    : []
  const text = [
    `${notices[notice]}${about === undefined ? '' : ` (${plain(String(about))})`}.`,
    ...left,
    ...warnings,
    `If this was not you, change your password at once and contact ${issuer}.`,
  ]
  return { subject: `${issuer}: ${notices[notice]}`, text: text.join('\n\n') }
}

function medium(message: CodeMessage): string {
  return message.channel === 'phone' ? 'phone number' : 'email address'
}

function lifetimeOf(message: CodeMessage | LinkMessage): string {
  const minutes = Math.max(Math.floor((message.expiresAtMs - message.createdAtMs) / 60_000), 1)
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}

function plain(text: string): string {
  return cleanHint(text, 254)
}
