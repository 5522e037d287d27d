/** A whole store over an HTTP key-value service with ETags (RFC 9110, 13.1): S3 and many others are one. */

import type { MfaStore } from '@countersign/core'

const versionLength = 22

/** @param baseUrl where the service keeps its values, ending in a slash */
export function createHttpStore(baseUrl: string): MfaStore {
  const ask = async (owner: string, request: RequestInit, ...fine: readonly number[]): Promise<Response> => {
    const response = await fetch(baseUrl + encodeURIComponent(owner), request)
    if (!response.ok && !fine.includes(response.status)) throw new Error(`the service answered ${response.status}`)
    return response
  }
  const find = async (owner: string) => {
    const response = await ask(owner, { headers: { 'cache-control': 'no-cache' } }, 404)
    const text = await response.text()
    if (response.status === 404) return null
    const [version, data] = [text.slice(0, versionLength), text.slice(versionLength)]
    return { version, data, etag: response.headers.get('etag') ?? '' }
  }
  return {
    async load(owner) {
      const found = await find(owner)
      return found && { version: found.version, data: found.data }
    },
    async save(owner, data, version, expected) {
      const found = await find(owner)
      if ((found?.version ?? null) !== expected) return false
      // What was found above may be gone by now: the service compares again, and that comparison decides.
      const condition = found === null ? { 'if-none-match': '*' } : { 'if-match': found.etag }
      const response = await ask(owner, { method: 'PUT', headers: condition, body: version + data }, 412)
      return response.ok
    },
    async erase(owner) {
      await ask(owner, { method: 'DELETE' }, 404)
    },
  }
}
