/** Addresses: validation, one normal form, comparison and masking. Linear patterns over bounded input (X34). */

import type { Channel } from '../ports/messenger.js'

const emailLocalPart = /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u
const domainLabel = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u
const maxLength = 254
const e164 = /^\+[1-9][0-9]{6,14}$/

/**
 * The normal form of an address, or `undefined` when it is none.
 *
 * Email: at most 254 characters, a dot in the domain, the domain in lower case; no quoting, comments, control or
 * format characters (X31, X32). Phone: E.164 after removing ASCII spaces, hyphens, dots and parentheses.
 */
export function normalizeAddress(channel: Channel, text: string): string | undefined {
  if (text.length > maxLength) return undefined
  return channel === 'email' ? normalizeEmail(text.trim()) : normalizePhone(text)
}

function normalizeEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0))
  // In lower case before it is judged: a letter may become two.
  const domain = text.slice(at + 1).toLowerCase()
  const labels = domain.split('.')
  if (!emailLocalPart.test(local) || local.startsWith('.') || local.endsWith('.') || local.includes('..'))
    return undefined
  if (labels.length < 2 || !labels.every((label) => domainLabel.test(label))) return undefined
  const address = `${local}@${domain}`
  return address.length > maxLength ? undefined : address
}

function normalizePhone(text: string): string | undefined {
  const digits = text.replace(/[ ().-]/g, '')
  return e164.test(digits) ? digits : undefined
}

/** The form in which two addresses are compared: mailboxes that differ only in case are one. */
export function foldAddress(address: string): string {
  return address.normalize('NFC').toLowerCase()
}

export function isSameAddress(a: string, b: string): boolean {
  return foldAddress(a) === foldAddress(b)
}

/** What a sign-in page may show of an address. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0) return `${address.slice(0, 3)}${'*'.repeat(Math.max(address.length - 5, 1))}${address.slice(-2)}`
  const first = [...address][0] ?? ''
  return `${first}***${address.slice(at)}`
}
