/** Which pages may call the API from a browser, and where its verification links may lead. */

import type { Settings } from './settings.js'

export interface Origins {
  /** May call the API. */
  readonly allowedOrigins: readonly string[]
  /** May be where a verification link leads. */
  readonly verificationUrls: readonly string[]
}

export function originsOf(settings: Settings, port: number): Origins {
  const own = settings.publicUrl ? [settings.publicUrl] : [`http://localhost:${port}`, `http://127.0.0.1:${port}`]
  const allowed = [...own, ...settings.allowedOrigins]
  const elsewhere = settings.demo
    ? { page: ['http://localhost:3000'], link: ['https://example.com'] }
    : { page: [], link: [] }
  return { allowedOrigins: [...allowed, ...elsewhere.page], verificationUrls: [...allowed, ...elsewhere.link] }
}
