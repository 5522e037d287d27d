/** The texts of every message, English unless told otherwise: a default that a host may replace whole. */

import type { CodeMessage, LinkMessage, Message, NoticeMessage, NoticeName } from '../ports/messenger.js'
import { isCleanLabel } from '../record/clean-text.js'
import { english } from './english.js'
import { requireHost, withOriginLine } from './origin-line.js'
import type { MessageTexts, Repudiation } from './texts.js'

/** Ready to send: plain text without markup. `subject` is for email only. */
export interface RenderedMessage {
  /** One line; never holds a code, because mail servers log subjects. */
  readonly subject: string
  /** Paragraphs with an empty line between them; a code and a link each are a paragraph of their own. */
  readonly text: string
  /** BCP 47 tag of the language the words are in. */
  readonly language?: string
}

/** Options of `renderMessage`. */
export interface RenderOptions {
  /** Default: English. */
  readonly texts?: MessageTexts
  /** The domain that asks for codes. SMS codes then end with the line that binds them to it. */
  readonly host?: string
}

/**
 * Renders a message in plain text. Values never bring control characters or line breaks into it (X31).
 *
 * Throws `invalid_configuration` when `host` is not a domain name.
 */
export function renderMessage(message: Message, options: RenderOptions = {}): RenderedMessage {
  const { texts = english, host } = options
  if (host !== undefined) requireHost(host)
  return { ...renderWith(texts, message, host), language: texts.language }
}

function renderWith(texts: MessageTexts, message: Message, host: string | undefined): RenderedMessage {
  if (message.kind === 'notice') return renderNotice(texts, message)
  if (message.kind === 'link') return renderLink(texts, message)
  return message.channel === 'phone' ? renderSmsCode(texts, message, host) : renderEmailCode(texts, message)
}

function renderSmsCode(texts: MessageTexts, message: CodeMessage, host: string | undefined): RenderedMessage {
  const issuer = plain(message.issuer)
  const code = plain(message.code)
  const text = texts.sms(code, issuer, actionOf(texts, message), lifeOf(texts, message))
  return { subject: issuer, text: host === undefined ? text : withOriginLine(text, host, code) }
}

// The subject never holds the code: mail servers log subjects.
function renderEmailCode(texts: MessageTexts, message: CodeMessage): RenderedMessage {
  const issuer = plain(message.issuer)
  const action = actionOf(texts, message)
  return {
    subject: texts.code.subject(issuer, action),
    text: paragraphs(
      texts.code.lead(issuer, action),
      plain(message.code),
      texts.code.life(issuer, lifeOf(texts, message)),
      message.purpose === 'verify_contact' ? texts.code.ifNotAsked : texts.code.ifNotYou,
    ),
  }
}

function renderLink(texts: MessageTexts, message: LinkMessage): RenderedMessage {
  const issuer = plain(message.issuer)
  return {
    subject: texts.link.subject(issuer),
    text: paragraphs(texts.link.lead(issuer), plainUrl(message.link), texts.link.life(lifeOf(texts, message))),
  }
}

/** What to do about it if it was somebody else; anything not named: change the password. */
const repudiations: Partial<Record<NoticeName, Repudiation>> = {
  factor_locked: 'password_known',
  code_replayed: 'password_known',
  repeated_failures: 'password_known',
  contact_withdrawn: 'contact_issuer',
  mfa_reset: 'contact_issuer',
  credentials_changed: 'contact_issuer',
}

function renderNotice(texts: MessageTexts, message: NoticeMessage): RenderedMessage {
  const issuer = plain(message.issuer)
  const subject = `${issuer}${texts.colon}${texts.notices[message.notice]}`
  const what = `${subject}${texts.stop}`
  const ifNotYou = texts.ifNotYou[repudiations[message.notice] ?? 'change_password'](issuer)
  if (message.channel === 'phone') return { subject, text: `${what} ${ifNotYou}` }
  return { subject, text: paragraphs(what, ...detailsOf(texts, message.details), ifNotYou) }
}

// In email only: an SMS would make a tappable link of a domain that somebody chose as a label or new address.
function detailsOf(texts: MessageTexts, details: NoticeMessage['details']): readonly string[] {
  const { factor, channel, label, newAddress, left, warnings } = details
  const kind = [factor, channel].find((name) => typeof name === 'string' && Object.hasOwn(texts.factors, name))
  const about = [
    kind === undefined ? '' : texts.factors[kind as keyof MessageTexts['factors']],
    typeof label === 'string' ? texts.quote(plain(label)) : '',
    typeof newAddress === 'string' ? plain(newAddress) : '',
  ].filter((part) => part !== '')
  return [
    ...(about.length > 0 ? [about.join(texts.colon)] : []),
    ...(typeof left === 'number' ? [texts.codesLeft(left)] : []),
    ...(Array.isArray(warnings) ? warnings : []).flatMap((name) =>
      Object.hasOwn(texts.warnings, name) ? [texts.warnings[name] as string] : [],
    ),
  ]
}

function actionOf({ actions }: MessageTexts, { purpose, channel }: CodeMessage): string {
  if (purpose === 'verify_contact') return channel === 'phone' ? actions.verify_phone : actions.verify_email
  if (purpose === 'sign_in' || purpose === 'manage') return actions[purpose]
  return actions.other(plain(purpose.replace(/[_.:-]+/g, ' ').trim() || purpose))
}

function lifeOf(texts: MessageTexts, { createdAtMs, expiresAtMs }: CodeMessage | LinkMessage): string {
  const minutes = Math.max(Math.floor((expiresAtMs - createdAtMs) / 60_000), 1)
  return minutes < 120 ? texts.minutes(minutes) : texts.hours(Math.floor(minutes / 60))
}

function paragraphs(...lines: readonly string[]): string {
  return lines.join('\n\n')
}

function plain(text: string): string {
  return clean(text.slice(0, 254))
}

// A stranger's text must not end the link and go on beside it.
function plainUrl(url: string): string {
  return clean(url).replace(/[^\x21-\x7e]|["<>\\^`{|}]/gu, encodeURIComponent)
}

function clean(text: string): string {
  return Array.from(text, (character) => (isCleanLabel(character) ? character : '\ufffd')).join('')
}
