/** Starts and stops the backend in this process. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { createApp } from './app.js'
import { type HostEnv, openParts } from './host.js'
import { openMfa } from './mfa.js'
import { originsOf } from './origins.js'
import type { OutboxEntry } from './outbox.js'
import type { Settings } from './settings.js'

export interface RunningBackend {
  readonly port: number
  /** Such as `http://localhost:8080`. */
  readonly url: string
  /** What it would have sent, oldest first; empty without the demo flag. */
  readonly outbox: readonly OutboxEntry[]
  stop(): Promise<void>
}

/** Resolves when it listens. Port 0 takes a free one. */
export async function startBackend(settings: Settings): Promise<RunningBackend> {
  const parts = openParts(settings)
  let app: Hono<HostEnv> | undefined
  const server = createAdaptorServer({
    // A request may come between listening and knowing our own origin.
    fetch: (request, env) => app?.fetch(request, env as HttpBindings) ?? new Response(null, { status: 503 }),
  }) as Server
  try {
    server.listen(settings.port, settings.hostname)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    app = createApp({ ...parts, ...(await openMfa(parts, originsOf(settings, port))) })
    return {
      port,
      url: settings.publicUrl ?? `http://localhost:${port}`,
      outbox: parts.outbox?.entries ?? [],
      async stop() {
        const closed = once(server, 'close')
        server.close()
        server.closeAllConnections()
        await closed
        parts.close()
      },
    }
  } catch (error) {
    server.close()
    parts.close()
    throw error
  }
}
