/** The line that binds an SMS code to a website, so that autofill offers it there only (WICG origin-bound codes). */

import { invalidConfiguration } from '../errors.js'

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
// The last label is not all digits: an IPv4 address is no domain.
const domainPattern = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)+(?!\\d+$)${label}$`, 'i')

/** Throws `invalid_configuration` unless `host` is a domain name of LDH labels, without scheme, port or path. */
export function requireHost(host: unknown): void {
  if (typeof host !== 'string' || !domainPattern.test(host)) {
    throw invalidConfiguration('host', 'a domain name such as `example.com`')
  }
}

/** Only the last line of a message counts, so nothing may follow it. */
export function withOriginLine(text: string, host: string, code: string): string {
  return `${text}\n\n@${host} #${code}`
}
