/** What the backend is told from outside: its flags from the environment, checked before anything starts. */

import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, KeyOption } from '@countersign/core'
import { defaultPasswordCost, type PasswordCost } from './passwords.js'

export interface Settings {
  /** Shows at `/__outbox` what it would have sent, and is easier on tools that drive it. Never in production. */
  readonly demo: boolean
  readonly port: number
  readonly hostname: string
  readonly databaseFile: string
  readonly mfaKeys: readonly KeyOption[]
  /** Where people reach it, such as `https://app.example.com`. Default: localhost. */
  readonly publicUrl?: string
  /** Pages elsewhere that may call it, besides its own. */
  readonly allowedOrigins: readonly string[]
  readonly clock: Clock
  readonly passwordCost: PasswordCost
}

/** Settings for a throw-away run: its own database in the folder for temporary files, and its own key. */
export function freshSettings(overrides: Partial<Settings> = {}): Settings {
  return {
    demo: false,
    port: 8080,
    hostname: '127.0.0.1',
    databaseFile: overrides.databaseFile ?? join(mkdtempSync(join(tmpdir(), 'countersign-example-')), 'backend.db'),
    mfaKeys: [{ id: 'fresh', secret: randomBytes(32).toString('base64') }],
    allowedOrigins: [],
    clock: { nowMs: () => Date.now() },
    passwordCost: defaultPasswordCost,
    ...overrides,
  }
}

/** `DEMO=1`, `PORT`, `HOST`, `DATABASE` with `MFA_KEY`, `PUBLIC_URL`, `ALLOWED_ORIGINS` (with commas). */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const port = Number(env['PORT'] || 8080)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT must be a number from 0 to 65535.')
  const { DATABASE: databaseFile, MFA_KEY: key, PUBLIC_URL: publicUrl, HOST: hostname } = env
  if (databaseFile && !key) {
    throw new Error('A DATABASE that stays needs an MFA_KEY that stays: 32 random bytes or more, in base64.')
  }
  return freshSettings({
    demo: env['DEMO'] === '1',
    port,
    allowedOrigins: (env['ALLOWED_ORIGINS'] ?? '').split(',').filter((origin) => origin !== ''),
    ...(hostname && { hostname }),
    ...(databaseFile && { databaseFile }),
    ...(key && { mfaKeys: [{ id: env['MFA_KEY_ID'] || 'first', secret: key }] }),
    ...(publicUrl && { publicUrl: new URL(publicUrl).origin }),
  })
}
