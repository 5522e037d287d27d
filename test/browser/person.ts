/** What a person does on the page, step by step, by the words that stand there. */

import type { Page } from 'playwright-core'
import { password, type Scene } from './scene.js'

export function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true })
}

export function heading(page: Page, name: string) {
  return page.getByRole('heading', { name, exact: true })
}

/** A message about how it went, good or bad. */
export function message(page: Page, text: string) {
  return page.locator('.note, .alert, #live').filter({ hasText: text })
}

export async function signUp(page: Page, scene: Scene, email: string): Promise<void> {
  await page.goto(`${scene.backend.url}/#sign-up`)
  await page.getByLabel('Name').fill('Kim Example')
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await heading(page, 'Your account').waitFor()
}

/** Up to the second step or the account, whichever comes. */
export async function signIn(page: Page, scene: Scene, email: string): Promise<void> {
  await page.goto(scene.backend.url)
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await page.locator('#bar-actions button').waitFor()
}

export async function signOut(page: Page): Promise<void> {
  await page.locator('#bar-actions button').click()
  await heading(page, 'Sign in').waitFor()
}

export async function createRecoveryCodes(page: Page): Promise<readonly string[]> {
  await button(page, 'Create recovery codes').click()
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await codes.first().waitFor()
  return codes.allTextContents()
}

export async function saySaved(page: Page): Promise<void> {
  await page.getByLabel('I saved them').check()
  await button(page, 'Done').click()
  await message(page, 'Your recovery codes are ready.').waitFor()
}

/** Opens the set-up panel of the app and reads the typed secret. */
export async function startApp(page: Page): Promise<string> {
  await button(page, 'Set up an authenticator app').click()
  return readSecret(page)
}

export async function readSecret(page: Page): Promise<string> {
  await page.locator('img.qr[src]').waitFor()
  return ((await page.locator('.secret-text').textContent()) ?? '').replaceAll(' ', '')
}

export async function enterCode(page: Page, code: string): Promise<void> {
  await page.locator('input[name="code"]').fill(code)
  await page.keyboard.press('Enter')
}

export async function setUpApp(page: Page, scene: Scene): Promise<string> {
  const secret = await startApp(page)
  await enterCode(page, scene.freshCode(secret))
  await message(page, 'Your app is set up.').waitFor()
  return secret
}

export async function turnOn(page: Page): Promise<void> {
  await button(page, 'Turn on two-step sign-in').click()
  await message(page, 'Two-step sign-in is on.').waitFor()
}

/** Asks for the link of the mail, and follows it. */
export async function confirmEmail(page: Page, scene: Scene, email: string): Promise<void> {
  await button(page, 'Send a link to confirm the email address').click()
  await message(page, 'We sent a link.').waitFor()
  await page.goto(sentLink(scene, email))
}

export async function savePhone(page: Page, number: string): Promise<void> {
  await button(page, 'Add a phone number').click()
  await page.getByRole('textbox', { name: 'Phone number' }).fill(number)
  await page.getByLabel('Your password').fill(password)
  await page.keyboard.press('Enter')
  await message(page, 'Send a code to it now').waitFor()
  await button(page, 'Send a code to the phone').click()
  await page.getByLabel('6-digit code').waitFor()
}

/** The newest code sent to an address. */
export function sentCode(scene: Scene, to: string): string {
  const sent = scene.backend.outbox.findLast((entry) => entry.to === to && entry.code !== undefined)
  if (sent?.code === undefined) throw new Error(`no code was sent to ${to}`)
  return sent.code
}

export function sentLink(scene: Scene, to: string): string {
  const sent = scene.backend.outbox.findLast((entry) => entry.to === to && entry.link !== undefined)
  if (sent?.link === undefined) throw new Error(`no link was sent to ${to}`)
  return sent.link
}
