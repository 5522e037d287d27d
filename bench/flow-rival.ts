/** better-auth with its two-factor plugin: users with an authenticator app, signed in up to the second factor. */

import { randomBytes } from 'node:crypto'
import { generateTotp, parseKeyUri } from '@countersign/core/totp'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { twoFactor } from 'better-auth/plugins'
import type { Database } from 'better-sqlite3'
import { type Meter, meterOn } from './flow-measure.js'

export interface Rival {
  readonly cpuOf: Meter
  /** Signs this user in with the password; answers the step that completes the sign-in with a TOTP code. */
  readyToVerify(user: number): Promise<() => Promise<unknown>>
}

export const rivalPassword = 'correct horse battery staple'
export const rivalUrl = 'http://localhost:3000'
export const rivalEmailOf = (user: number): string => `user-${user}@example.com`

/** The library itself over this database, its users, and the secrets of their apps. */
export async function createRivalAuth(database: Database, users: number) {
  const auth = betterAuth({
    baseURL: rivalUrl,
    secret: randomBytes(32).toString('base64'),
    database,
    emailAndPassword: {
      enabled: true,
      // Set-up only, and never measured: a real hash would make the benchmark long.
      password: { hash: async (plain) => plain, verify: async ({ hash, password }) => hash === password },
    },
    plugins: [twoFactor({ issuer: 'Acme' })],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  const migrations = await getMigrations(auth.options)
  await migrations.runMigrations()
  const secrets: Uint8Array[] = []
  for (let user = 0; user < users; user++) {
    const signedUp = await auth.api.signUpEmail({
      body: { email: rivalEmailOf(user), name: `user ${user}`, password: rivalPassword },
      asResponse: true,
    })
    const headers = cookiesFrom(signedUp)
    const enabled = await auth.api.enableTwoFactor({ body: { password: rivalPassword }, headers })
    if (!('totpURI' in enabled)) throw new Error('no authenticator app was set up')
    const key = parseKeyUri(enabled.totpURI)
    if (!key.ok) throw new Error(`not a key URI: ${key.why}`)
    await auth.api.verifyTOTP({ body: { code: generateTotp(key.secret, Date.now()) }, headers })
    secrets.push(key.secret)
  }
  return { auth, secrets }
}

export async function createRival(database: Database, users: number): Promise<Rival> {
  const { auth, secrets } = await createRivalAuth(database, users)
  return {
    cpuOf: meterOn(database),
    async readyToVerify(user) {
      const body = { email: rivalEmailOf(user), password: rivalPassword }
      const headers = cookiesFrom(await auth.api.signInEmail({ body, asResponse: true }))
      const code = generateTotp(secrets[user] as Uint8Array, Date.now())
      return async () => {
        const answer = await auth.api.verifyTOTP({ body: { code }, headers })
        if (typeof answer.token !== 'string') throw new Error('the sign-in was not completed')
        return answer
      }
    },
  }
}

function cookiesFrom(response: Response): Headers {
  const cookies = response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .filter((cookie) => cookie?.split('=')[1])
  return new Headers({ cookie: cookies.join('; ') })
}
