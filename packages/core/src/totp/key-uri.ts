/** Key URIs: `otpauth://totp/Issuer:account?secret=...`, built and read strictly (Key URI Format; RFC 3986). */

import { invalidArgument } from '../errors.js'
import { isCleanText } from '../record/clean-text.js'
import { requireParameters, type TotpAlgorithm } from './hotp.js'
import { decodeSecret, encodeSecret } from './secret.js'

/** What a key URI says. */
export interface KeyUriFields {
  /** No colon; shown by the app. */
  readonly issuer: string
  /** No colon; shown by the app below the issuer. */
  readonly accountName: string
  readonly secret: Uint8Array
  /** Default `SHA-1`. Many apps ignore other values. */
  readonly algorithm?: TotpAlgorithm
  /** Default 6. */
  readonly digits?: number
  /** Default 30. */
  readonly periodSeconds?: number
}

/** Why a text is not a key URI we accept. Never quotes it. */
export type KeyUriFault =
  | 'not_a_key_uri'
  | 'unsupported_type'
  | 'bad_label'
  | 'bad_secret'
  | 'bad_parameter'
  | 'duplicate_parameter'
  | 'issuer_mismatch'

export type ParsedKeyUri =
  | ({ readonly ok: true } & Required<KeyUriFields>)
  | { readonly ok: false; readonly why: KeyUriFault }

const maxUriLength = 2048
const maxNameLength = 254

/** Builds the URI. Spaces become `%20`, never `+`; the issuer is given twice, equal. Throws `invalid_argument`. */
export function formatKeyUri(fields: KeyUriFields): string {
  const { issuer, accountName, secret, algorithm = 'SHA-1', digits = 6, periodSeconds = 30 } = fields
  requireParameters(secret, algorithm, digits, true)
  if (!isName(issuer)) throw invalidArgument('issuer', 'a name without colon or control characters')
  if (!isName(accountName)) throw invalidArgument('accountName', 'a name without colon or control characters')
  if (!isPeriod(periodSeconds)) throw invalidArgument('periodSeconds', 'a whole number from 1 to 3600')
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(accountName)}`
  const parameters = [
    `secret=${encodeSecret(secret)}`,
    `issuer=${encodeURIComponent(issuer)}`,
    `algorithm=${algorithm.replace('-', '')}`,
    `digits=${digits}`,
    `period=${periodSeconds}`,
  ]
  return `otpauth://totp/${label}?${parameters.join('&')}`
}

/** Reads a URI made by any careful issuer; `{ ok: false }` for everything else. */
export function parseKeyUri(text: string): ParsedKeyUri {
  const refuse = (why: KeyUriFault): ParsedKeyUri => ({ ok: false, why })
  if (typeof text !== 'string' || text.length > maxUriLength || !/^[\x21-\x7e]+$/.test(text) || text.includes('#')) {
    return refuse('not_a_key_uri')
  }
  const [, type, path, query] = /^otpauth:\/\/([a-z]+)\/([^?/]+)\?([^?]*)$/i.exec(text) ?? []
  if (type === undefined || path === undefined || query === undefined) return refuse('not_a_key_uri')
  if (type.toLowerCase() !== 'totp') return refuse('unsupported_type')

  const parameters = readParameters(query)
  if (parameters === undefined) return refuse('duplicate_parameter')
  const label = readLabel(path)
  if (label === undefined) return refuse('bad_label')
  const issuerParameter = parameters.get('issuer')
  const issuer = issuerParameter ?? label.issuer
  if (issuer === undefined || !isName(issuer)) return refuse('bad_label')
  if (label.issuer !== undefined && label.issuer !== issuer) return refuse('issuer_mismatch')

  const secret = readSecret(parameters.get('secret'))
  if (secret === undefined) return refuse('bad_secret')
  const algorithm = readAlgorithm(parameters.get('algorithm') ?? 'SHA1')
  const digits = readNumber(parameters.get('digits') ?? '6')
  const periodSeconds = readNumber(parameters.get('period') ?? '30')
  if (algorithm === undefined || !(digits >= 6 && digits <= 8) || !isPeriod(periodSeconds))
    return refuse('bad_parameter')
  if (parameters.has('encoder') || parameters.has('counter')) return refuse('unsupported_type')
  return { ok: true, issuer, accountName: label.accountName, secret, algorithm, digits, periodSeconds }
}

function readParameters(query: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase()
    const value = decode(equals < 0 ? '' : part.slice(equals + 1))
    if (value === undefined || parameters.has(name)) return undefined
    parameters.set(name, value)
  }
  return parameters
}

/** The separator may be a colon or `%3A`, and may be followed by encoded spaces. */
function readLabel(path: string): { readonly issuer?: string; readonly accountName: string } | undefined {
  const label = decode(path)
  if (label === undefined) return undefined
  const colon = label.indexOf(':')
  const accountName = label.slice(colon + 1).trimStart()
  if (!isName(accountName)) return undefined
  return colon < 0 ? { accountName } : { issuer: label.slice(0, colon), accountName }
}

function readSecret(text: string | undefined): Uint8Array | undefined {
  try {
    const secret = decodeSecret(text ?? '')
    return secret.length >= 10 && secret.length <= 128 ? secret : undefined
  } catch {
    return undefined
  }
}

function readAlgorithm(text: string): TotpAlgorithm | undefined {
  const algorithms: Readonly<Record<string, TotpAlgorithm>> = { SHA1: 'SHA-1', SHA256: 'SHA-256', SHA512: 'SHA-512' }
  const name = /^[A-Za-z0-9-]+$/.test(text) ? text.toUpperCase().replace('-', '') : ''
  return Object.hasOwn(algorithms, name) ? algorithms[name] : undefined
}

function readNumber(text: string): number {
  return /^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function isName(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text.trim().length > 0 &&
    text.length <= maxNameLength &&
    !text.includes(':') &&
    isCleanText(text)
  )
}

function isPeriod(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600
}
