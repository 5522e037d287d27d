/** The official SDK as it is delivered for a script tag, in a page of another origin: CORS, cookies and storage are the browser's. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createManualClock } from '@countersign/adapters/testing'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { walkTheGuide } from '../client/guide.js'
import type { GuideAccount } from '../client/sdk.js'
import { project, startTestBackend } from '../example/backend.js'
import { describeWithService } from '../services.js'
import { launchBrowser } from './scene.js'

const resolve = createRequire(import.meta.url).resolve
const sdkOf = (name: string): string => readFileSync(resolve(name).replace('/cjs/', '/iife/'), 'utf8')
const scripts = { 'SDK 28': sdkOf('appwrite'), 'SDK 20': sdkOf('appwrite20') }

/** Where the API is for a page on localhost, and what may carry the session there. */
const places = {
  'on the same site, where cookies carry the session': {
    apiHost: 'localhost',
    async check(page: Page) {
      // The SDK keeps a copy in storage; without it the cookie is all there is.
      await page.evaluate(() => localStorage.clear())
    },
  },
  'on another site, where storage carries it': {
    apiHost: '127.0.0.1',
    async check(page: Page) {
      expect(await page.context().cookies()).toEqual([])
    },
  },
}

interface SdkInPage {
  readonly Appwrite: {
    readonly Client: new () => { setEndpoint(url: string): { setProject(id: string): unknown } }
    readonly Account: new (client: unknown) => Readonly<Record<string, (params?: unknown) => Promise<unknown>>>
    readonly Avatars: new (client: unknown) => { getQR(params: object): unknown }
  }
}

interface Called {
  readonly answer?: unknown
  readonly refusal?: { readonly message: string; readonly type: string }
}

function callInPage({ endpoint, project, name, params }: Record<string, unknown>): Promise<Called> {
  const { Client, Account, Avatars } = (globalThis as unknown as SdkInPage).Appwrite
  const client = new Client().setEndpoint(String(endpoint)).setProject(String(project))
  if (name === 'getQR') return Promise.resolve({ answer: String(new Avatars(client).getQR(params as object)) })
  const account = new Account(client)
  return (account[String(name)] as (given: unknown) => Promise<unknown>).call(account, params).then(
    (answer) => ({ answer }),
    ({ message, type }) => ({ refusal: { message, type } }),
  )
}

/** A page that holds the script and nothing else, on a server of its own. */
async function servePage(script: string): Promise<{ readonly origin: string; stop(): void }> {
  const server = createServer((_req, res) => {
    res
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>A page</title><script>${script}</script>`)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

await describeWithService('chromium', "The product's MFA guide in a browser", (executablePath) => {
  for (const [name, script] of Object.entries(scripts)) {
    for (const [place, { apiHost, check }] of Object.entries(places)) {
      walkTheGuide(`walked by the unchanged ${name} in a page whose API is ${place}`, async () => {
        const host = await servePage(script)
        const clock = createManualClock(Date.now())
        const backend = await startTestBackend({ clock, allowedOrigins: [host.origin] })
        const browser = await launchBrowser(executablePath)
        const page = await browser.newPage()
        await page.goto(host.origin)
        const endpoint = `http://${apiHost}:${backend.port}/v1`
        const call = async (name: string, params?: unknown): Promise<unknown> => {
          await check(page)
          const { answer, refusal } = await page.evaluate(callInPage, { endpoint, project, name, params })
          if (refusal) throw Object.assign(new Error(refusal.message), { type: refusal.type })
          return answer
        }
        return {
          backend,
          account: new Proxy({} as GuideAccount, {
            get: (_target, name) => (params?: unknown) => call(String(name), params),
          }),
          qrUrl: async (text) => String(await call('getQR', { text, size: 800, margin: 1, download: false })),
          async leave() {
            await browser.close()
            host.stop()
            await backend.stop()
          },
        }
      })
    }
  }
})
