/** Key URIs: `otpauth://totp/Issuer:account?secret=...`, built and read strictly (Key URI Format; RFC 3986). */

import { invalidArgument } from '../errors.js'
import { isCleanLabel, isCleanText } from '../record/clean-text.js'
import {
  isDigits,
  isPeriod,
  isSecret,
  requireKey,
  requirePeriod,
  type TotpAlgorithm,
  type TotpOptions,
} from './parameters.js'
import { decodeSecret, encodeSecret } from './secret.js'

/** What a key URI says. */
export interface KeyUriFields {
  /** Shown by the app. No colon, no surrounding spaces, no control or direction characters. */
  readonly issuer: string
  /** Shown by the app below the issuer; the same rules. */
  readonly accountName: string
  /** The secret as bytes. */
  readonly secret: Uint8Array
  /** Default `SHA-1`. Many apps ignore other values. */
  readonly algorithm?: TotpAlgorithm
  /** Default 6. */
  readonly digits?: number
  /** Default 30. */
  readonly periodSeconds?: number
}

/** Opt-ins for keys made elsewhere. */
export type KeyUriOptions = Pick<TotpOptions, 'allowShortSecret' | 'allowUncommonPeriod'>

/** Why a text is not a key URI we accept. */
export type KeyUriFault =
  | 'not_a_key_uri'
  | 'unsupported_type'
  | 'bad_label'
  | 'bad_secret'
  | 'bad_parameter'
  | 'duplicate_parameter'
  | 'issuer_mismatch'

/** What `parseKeyUri` answers: every field with its default filled in, or why not. */
export type ParsedKeyUri =
  | ({ readonly ok: true } & Required<KeyUriFields>)
  | { readonly ok: false; readonly why: KeyUriFault }

const maxUriLength = 2048
const maxNameLength = 254

/**
 * Builds the URI. Spaces become `%20`, never `+`, and the issuer is given twice, equal. Throws `invalid_argument` for
 * a field that `parseKeyUri` with the same options would not give back, and for a URI above 2048 characters.
 */
export function formatKeyUri(fields: KeyUriFields & KeyUriOptions): string {
  const { issuer, accountName, secret, algorithm = 'SHA-1', digits = 6, periodSeconds = 30 } = fields
  const { allowShortSecret = false, allowUncommonPeriod = false } = fields
  requireKey(secret, algorithm, digits, allowShortSecret)
  requirePeriod(periodSeconds, allowUncommonPeriod)
  requireName(issuer, 'issuer')
  requireName(accountName, 'accountName')
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(accountName)}`
  const parameters = [
    `secret=${encodeSecret(secret)}`,
    `issuer=${encodeURIComponent(issuer)}`,
    `algorithm=${algorithm.replace('-', '')}`,
    `digits=${digits}`,
    `period=${periodSeconds}`,
  ]
  const uri = `otpauth://totp/${label}?${parameters.join('&')}`
  if (uri.length > maxUriLength) throw invalidArgument('accountName', 'shorter: a key URI has at most 2048 characters')
  return uri
}

/**
 * Reads a URI made by any careful issuer: the issuer as prefix, parameter, or both and equal; unknown parameters are
 * ignored. Everything else, HOTP and Steam keys included, is `{ ok: false }` with the reason, which never quotes it.
 */
export function parseKeyUri(text: string, options: KeyUriOptions = {}): ParsedKeyUri {
  const { allowShortSecret = false, allowUncommonPeriod = false } = options
  if (typeof text !== 'string' || text.length > maxUriLength) return refuse('not_a_key_uri')
  const [, type, path, query] = /^otpauth:\/\/([a-z]+)\/([!-~]+?)\?([!-~]*)$/i.exec(text) ?? []
  if (type === undefined || path === undefined || query === undefined) return refuse('not_a_key_uri')
  if (/[#?]/.test(query) || /[#/]/.test(path)) return refuse('not_a_key_uri')
  if (type.toLowerCase() !== 'totp') return refuse('unsupported_type')

  const label = readLabel(path)
  if (label === undefined) return refuse('bad_label')
  const parameters = readParameters(query)
  if (typeof parameters === 'string') return refuse(parameters)
  // A counter is HOTP's and an encoder is Steam's: read as plain TOTP, either would show codes that never match.
  if (parameters.has('counter') || parameters.has('encoder')) return refuse('unsupported_type')
  const issuer = parameters.get('issuer') ?? label.issuer
  if (!isName(issuer)) return refuse('bad_label')
  if (label.issuer !== undefined && label.issuer !== issuer) return refuse('issuer_mismatch')

  const secret = readSecret(parameters.get('secret'))
  if (!isSecret(secret, allowShortSecret)) return refuse('bad_secret')
  const algorithm = readAlgorithm(parameters.get('algorithm') ?? 'SHA1')
  const digits = readNumber(parameters.get('digits') ?? '6')
  const periodSeconds = readNumber(parameters.get('period') ?? '30')
  if (algorithm === undefined || !isDigits(digits) || !isPeriod(periodSeconds, allowUncommonPeriod)) {
    return refuse('bad_parameter')
  }
  return { ok: true, issuer, accountName: label.accountName, secret, algorithm, digits, periodSeconds }
}

function refuse(why: KeyUriFault): ParsedKeyUri {
  return { ok: false, why }
}

/** Names in lower case. An encoded name is refused: two readers could see different secrets in one URI (X30). */
function readParameters(query: string): ReadonlyMap<string, string> | KeyUriFault {
  const parameters = new Map<string, string>()
  for (const part of query.split('&')) {
    const [, name, encoded] = /^([\w.-]+)=(.*)$/.exec(part) ?? []
    const value = encoded === undefined ? undefined : decodeText(encoded)
    if (name === undefined || value === undefined) return 'bad_parameter'
    if (parameters.has(name.toLowerCase())) return 'duplicate_parameter'
    parameters.set(name.toLowerCase(), value)
  }
  return parameters
}

/** The separator is a colon or `%3A`, and spaces may follow it. */
function readLabel(path: string): { readonly issuer?: string; readonly accountName: string } | undefined {
  const label = decodeText(path)
  if (label === undefined) return undefined
  const colon = label.indexOf(':')
  const accountName = colon < 0 ? label : label.slice(colon + 1).replace(/^ +/, '')
  if (!isName(accountName)) return undefined
  return colon < 0 ? { accountName } : { issuer: label.slice(0, colon), accountName }
}

function readSecret(text = ''): Uint8Array | undefined {
  try {
    return decodeSecret(text)
  } catch {
    return undefined
  }
}

function readAlgorithm(text: string): TotpAlgorithm | undefined {
  const [, bits] = /^SHA-?(1|256|512)$/i.exec(text) ?? []
  return bits === undefined ? undefined : (`SHA-${bits}` as TotpAlgorithm)
}

function readNumber(text: string): number | undefined {
  return /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : undefined
}

/** `undefined` for text that is not percent-encoded UTF-8, or holds a control character. */
function decodeText(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text)
    return isCleanText(decoded) ? decoded : undefined
  } catch {
    return undefined
  }
}

/** True for what an authenticator app may be shown as issuer or account (X30). */
export function isName(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text.length > 0 &&
    text.length <= maxNameLength &&
    text.trim() === text &&
    !text.includes(':') &&
    isCleanLabel(text)
  )
}

function requireName(text: string, argument: string): void {
  if (isName(text)) return
  throw invalidArgument(argument, `1 to ${maxNameLength} characters without colon, control or surrounding space`)
}
