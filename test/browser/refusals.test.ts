import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import { button, heading, message, savePhone, setUpApp, signUp, startApp } from './person.js'
import { openScene, password, type Scene, type Visit } from './scene.js'

await describeWithService('chromium', 'a refusal on the page', (executablePath) => {
  let scene: Scene
  let visit: Visit

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
    await signUp(visit.page, scene, 'ann@example.com')
  })

  afterAll(() => scene?.close())

  /** The names of the fields that are marked as wrong, and what has the focus. */
  async function marked(page: Page): Promise<{ readonly wrong: unknown; readonly focus: unknown }> {
    return {
      wrong: await page.evaluate(`[...document.querySelectorAll('[aria-invalid="true"]')].map(({ name }) => name)`),
      focus: await page.evaluate('document.activeElement.name || document.activeElement.textContent'),
    }
  }

  async function saveNumber(page: Page, number: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Phone number' }).fill(number)
    await page.getByLabel('Your password').fill(password)
    await page.keyboard.press('Enter')
  }

  it('of a number marks the number, not the password, be it no number or another account’s', async () => {
    const other = await scene.visit()
    await signUp(other.page, scene, 'bob@example.com')
    await savePhone(other.page, '+447700900999')
    await other.context.close()

    const { page } = visit
    await button(page, 'Add a phone number').click()
    await saveNumber(page, '07700 900123')
    await message(page, 'Enter the number with its country code').waitFor()
    expect(await marked(page)).toEqual({ wrong: ['phone'], focus: 'phone' })
    await saveNumber(page, '+44 7700 900999')
    await message(page, 'Another account uses this number.').waitFor()
    expect(await marked(page)).toEqual({ wrong: ['phone'], focus: 'phone' })
    await button(page, 'Cancel').click()
  })

  it('of an address that another account has marks the address', async () => {
    const { page } = visit
    await button(page, 'Change the email address').click()
    await page.getByLabel('New email address').fill('bob@example.com')
    await page.getByLabel('Your password').fill(password)
    await page.keyboard.press('Enter')
    await message(page, 'Another account uses this address.').waitFor()
    expect(await marked(page)).toEqual({ wrong: ['email'], focus: 'email' })
    await button(page, 'Cancel').click()
  })

  it('of a name with invisible characters marks the name', async () => {
    const { page, context } = await scene.visit()
    await page.goto(`${scene.backend.url}/#sign-up`)
    await page.getByLabel('Name').fill('Kim\u200bExample')
    await page.getByLabel('Email address').fill('cas@example.com')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await message(page, 'Enter a name').waitFor()
    expect(await marked(page)).toEqual({ wrong: ['name'], focus: 'name' })
    await context.close()
  })

  it('that no entry would mend marks no field: no answer, too many tries, a fault of the server', async () => {
    const { page, context } = await scene.visit()
    await page.goto(scene.backend.url)
    await page.getByLabel('Email address').fill('nobody@example.com')
    await page.getByLabel('Password').fill(password)
    await context.setOffline(true)
    await page.keyboard.press('Enter')
    await message(page, 'The server does not answer.').waitFor()
    expect(await marked(page)).toEqual({ wrong: [], focus: 'Sign in' })
    await context.setOffline(false)
    for (const [status, type, words] of [
      [429, 'general_rate_limit_exceeded', 'Too many tries. Try again in a few minutes.'],
      [500, 'general_server_error', 'Something went wrong on the server.'],
    ] as const) {
      await page.route('**/v1/account/sessions/email', (route) => route.fulfill({ status, json: { type } }))
      await page.keyboard.press('Enter')
      await message(page, words).waitFor()
      expect(await marked(page)).toEqual({ wrong: [], focus: 'Sign in' })
      await page.unroute('**/v1/account/sessions/email')
    }
    await context.close()
  })

  it('of a second link within the minute speaks of the message, not of tries', async () => {
    const { page } = visit
    const send = button(page, 'Send a link to confirm the email address')
    await send.click()
    await message(page, 'We sent a link.').waitFor()
    await send.click()
    await message(page, 'One was sent a moment ago').waitFor()
    expect(await page.getByRole('alert').filter({ hasText: 'One was sent' }).textContent()).toMatch(
      /Use the newest, or send another (at|on .*) ?\d\d:\d\d\.$/,
    )
  })

  it('to send the link does not hide that the address has changed', async () => {
    const { page } = visit
    await page.route('**/v1/account/verifications/email', (route) =>
      route.fulfill({ status: 429, json: { type: 'general_rate_limit_exceeded' } }),
    )
    await button(page, 'Change the email address').click()
    await page.getByLabel('New email address').fill('ann.new@example.com')
    await page.getByLabel('Your password').fill(password)
    await page.keyboard.press('Enter')
    await message(page, 'Your address is changed, but no link was sent. There were too many messages').waitFor()
    expect(await page.locator('#email .row-text').textContent()).toBe('ann.new@example.com')
    await button(page, 'Send a link to confirm the email address').waitFor()
    await page.unroute('**/v1/account/verifications/email')
  })

  it('leaves no sign of a script, console or policy gone wrong', () => {
    expect(visit.problems).toEqual([])
  })
})

await describeWithService('chromium', 'what the page says of two-step sign-in and its secret', (executablePath) => {
  let scene: Scene
  let visit: Visit

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
    await signUp(visit.page, scene, 'dan@example.com')
  })

  afterAll(() => scene?.close())

  it('says, switched on without any way to confirm, that it starts later', async () => {
    const { page } = visit
    await button(page, 'Turn on two-step sign-in').click()
    await message(page, 'It starts when you set up an app, email or phone below.').waitFor()
    expect(await page.locator('#switch').textContent()).not.toContain('Your other devices are asked')
    expect(await page.locator('#switch .pill').textContent()).toBe('Waiting')
  })

  it('puts the secret of the app in no URL, which servers log', async () => {
    const { page } = visit
    const urls: string[] = []
    page.on('request', (request) => urls.push(request.url()))
    const secret = await startApp(page)
    await button(page, 'Cancel').click()
    const next = await setUpApp(page, scene)
    expect(urls.filter((url) => url.endsWith('/v1/avatars/qr')).length).toBe(2)
    for (const url of urls.filter((each) => !each.startsWith('data:'))) {
      expect(url).not.toContain(secret)
      expect(url).not.toContain(next)
    }
    await heading(page, 'Your account').waitFor()
    expect(visit.problems).toEqual([])
  })
})
