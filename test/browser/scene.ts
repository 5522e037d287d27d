/** The example backend, a real browser and a person at it. */

import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { AxeResults } from 'axe-core'
import { Secret, TOTP } from 'otpauth'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { vi } from 'vitest'
import { type RunningBackend, startBackend } from '../../examples/backend/server.js'
import { freshSettings } from '../../examples/backend/settings.js'

// A browser on a busy machine is slow to start, and axe looks at every view four times.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const password = 'a few made-up words'
export const themes = ['light', 'dark'] as const
export const widths = [360, 1280] as const
export type Theme = (typeof themes)[number]

/** A browser window, and what went wrong in it: errors of scripts, of the console, of the content security policy, requests to
 * other servers. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  readonly problems: string[]
}

export interface Scene {
  readonly backend: RunningBackend
  /** Moves the server's clock, so that no test waits. */
  advance(ms: number): void
  /** The code that an authenticator app shows by the server's clock, from a time step that was not used yet. */
  freshCode(secret: string): string
  visit(): Promise<Visit>
  close(): Promise<void>
}

export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: flags })

export async function openScene(executablePath: string, { demo = true } = {}): Promise<Scene> {
  let aheadMs = 0
  const clock = { nowMs: () => Date.now() + aheadMs }
  const settings = freshSettings({ demo, port: 0, clock, passwordCost: { logN: 10, r: 8, p: 1 } })
  const backend = await startBackend(settings)
  const browser = await launchBrowser(executablePath)
  return {
    backend,
    advance: (ms) => {
      aheadMs += ms
    },
    freshCode(secret) {
      aheadMs += 30_000
      return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.nowMs() })
    },
    async visit() {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      const page = await context.newPage()
      page.setDefaultTimeout(30_000)
      return { page, context, problems: watch(page, backend.url) }
    },
    async close() {
      await browser.close()
      await backend.stop()
      rmSync(dirname(settings.databaseFile), { recursive: true, force: true })
    },
  }
}

/** A refusal of the API is no fault of the page; the browser writes each to its console. */
function isRefusal(text: string, url: string): boolean {
  return text.startsWith('Failed to load resource') && / 4\d\d /.test(text) && new URL(url).pathname.startsWith('/v1/')
}

function watch(page: Page, origin: string): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`))
  page.on('request', (request) => {
    const isOwn = [`${origin}/`, 'data:', 'blob:'].some((start) => request.url().startsWith(start))
    if (!isOwn) problems.push(`request elsewhere: ${request.url()}`)
  })
  page.on('requestfailed', (request) => problems.push(`request: ${request.url()}`))
  page.on('console', (message) => {
    const { url } = message.location()
    if (message.type() === 'error' && !isRefusal(message.text(), url))
      problems.push(`console: ${message.text()} ${url}`)
  })
  return problems
}

/** What axe finds wrong in the page as it is now, by all its rules; empty: nothing. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** How many pixels of the page lie beyond the right edge of the window. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
}
