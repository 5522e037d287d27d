/** Verification links: the host's URL with `userId` and `secret` added to its query (RFC 3986). */

const maxUrlLength = 2048

/** True for an http(s) URL of printable ASCII without user information, such as a host may send its users to. */
export function isLinkTarget(url: string): boolean {
  return (
    url.length <= maxUrlLength &&
    /^https?:\/\/[^\s/?#@\\]+(?:[/?#][\x21-\x7e]*)?$/i.test(url) &&
    /^[\x21-\x7e]+$/.test(url)
  )
}

/** Adds the two parameters before the fragment, keeping the query that is there. */
export function linkWithSecret(url: string, userId: string, secret: string): string {
  const hash = url.indexOf('#')
  const base = hash < 0 ? url : url.slice(0, hash)
  const fragment = hash < 0 ? '' : url.slice(hash)
  const separator = !base.includes('?') ? '?' : base.endsWith('?') || base.endsWith('&') ? '' : '&'
  return `${base}${separator}userId=${encodeURIComponent(userId)}&secret=${encodeURIComponent(secret)}${fragment}`
}
