/** Email addresses and phone numbers as this backend keeps and compares them. */

import { isPlainText } from './names.js'

const email = /^[^\s@<>"(),:;[\\\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
const phone = /^\+[1-9][0-9]{6,14}$/

/** In lower case, or `undefined` when it is no address. */
export function asEmail(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 254) return undefined
  const address = value.trim().toLowerCase()
  return email.test(address) && isPlainText(address) ? address : undefined
}

/** In E.164, or `undefined` when it is no number. */
export function asPhone(value: unknown): string | undefined {
  return typeof value === 'string' && phone.test(value) ? value : undefined
}
