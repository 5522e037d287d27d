/** The servers and the browser that some tests need: where they are, and what a test does without them. */

import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, it } from 'vitest'

export type ServiceName = 'postgres' | 'mariadb' | 'redis' | 'chromium'

/** A URL with its port, or the path of a program. The environment variable beside each replaces it. */
const addresses: Readonly<Record<ServiceName, string>> = {
  postgres: process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mariadb: process.env.MARIADB_URL ?? 'mysql://root@127.0.0.1:3306',
  redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  chromium: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
}

/** True when the program is there, or when something accepts a connection at the URL within `limitMs`. */
export async function isReachable(address: string, limitMs = 1000): Promise<boolean> {
  if (address.startsWith('/')) return existsSync(address)
  const { hostname, port } = new URL(address)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: limitMs })
    const answer = (reached: boolean) => () => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false))
  })
}

/** What to do with tests whose service may be missing: a run that requires services never skips in silence. */
export function planFor(reachable: boolean, required: boolean): 'run' | 'skip' | 'fail' {
  if (reachable) return 'run'
  return required ? 'fail' : 'skip'
}

const isRequired = process.env.REQUIRE_SERVICES === '1'

/** A suite for one service, given its address. Without the service: one skipped test that says so, or one failure. */
export async function describeWithService(
  service: ServiceName,
  title: string,
  suite: (address: string) => void,
): Promise<void> {
  const address = addresses[service]
  const plan = planFor(await isReachable(address), isRequired)
  if (plan === 'run') return void describe(title, () => suite(address))
  describe.skipIf(plan === 'skip')(title, () => {
    it(`needs ${service}, which does not answer`, () => {
      throw new Error(`REQUIRE_SERVICES=1, and ${service} does not answer`)
    })
  })
}
