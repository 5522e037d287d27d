import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import {
  button,
  createRecoveryCodes,
  enterCode,
  heading,
  message,
  savePhone,
  saySaved,
  sentCode,
  sentLink,
  signIn,
  signOut,
  signUp,
  startApp,
  turnOn,
} from './person.js'
import {
  axeViolations,
  horizontalOverflow,
  openScene,
  type Scene,
  type Theme,
  themes,
  type Visit,
  widths,
} from './scene.js'

/** With SCREENSHOTS=1 the pictures of docs/images are taken anew. */
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const takesPictures = process.env.SCREENSHOTS === '1'

type Picture = `${'narrow' | 'wide'}-${Theme}`

await describeWithService('chromium', 'every view in both themes, narrow and wide', (executablePath) => {
  let scene: Scene
  let visit: Visit
  let secret: string
  const email = 'kim@example.com'
  const number = '+447700900123'

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
    if (takesPictures) mkdirSync(images, { recursive: true })
  })

  afterAll(() => scene?.close())

  /** Fits the window, has no fault that axe knows; and is a picture of the docs, or a part of it is, where one is wanted. */
  async function check(name: string, pictures: readonly Picture[] = [], part?: string): Promise<void> {
    const { page } = visit
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await horizontalOverflow(page), `${name}, 320`).toBe(0)
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 760 : 820 })
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme })
        const faults = { overflow: await horizontalOverflow(page), violations: await axeViolations(page) }
        expect(faults, `${name}, ${width}, ${colorScheme}`).toEqual({ overflow: 0, violations: [] })
        const picture: Picture = `${width === 360 ? 'narrow' : 'wide'}-${colorScheme}`
        if (takesPictures && pictures.includes(picture)) {
          await page.locator('#live:empty').waitFor({ state: 'attached' })
          const path = `${images}${name}-${picture}.png`
          if (part === undefined) await page.screenshot({ path, fullPage: true })
          else await page.locator(part).screenshot({ path })
        }
      }
    }
  }

  it('sees what is wrong, or the rest of this file would prove nothing', async () => {
    const { page } = visit
    await page.goto(scene.backend.url)
    await heading(page, 'Sign in').waitFor()
    await page.evaluate(`document.getElementById('main').append(Object.assign(new Image(3000, 10), { id: 'fault' }))`)
    expect(await axeViolations(page)).toEqual([expect.stringContaining('image-alt')])
    expect(await horizontalOverflow(page)).toBeGreaterThan(1000)
    await page.evaluate(`document.getElementById('fault').remove()`)
    expect(await axeViolations(page)).toEqual([])
  })

  it('is dark where the system is dark', async () => {
    const { page } = visit
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await background()
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await background()).not.toBe(light)
  })

  it('is small, and needs nothing from elsewhere', async () => {
    const { page } = visit
    const answers: Promise<number>[] = []
    page.on('response', (response) => answers.push(response.body().then(({ length }) => length)))
    await page.goto(scene.backend.url, { waitUntil: 'networkidle' })
    const sizes = await Promise.all(answers)
    page.removeAllListeners('response')
    expect(sizes.length).toBeGreaterThan(20)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(80_000)
  })

  it('signing in and signing up, with and without a refusal', async () => {
    const { page } = visit
    await check('sign-in')
    await page.getByLabel('Email address').fill(email)
    await page.getByLabel('Password').fill('wrong password')
    await page.keyboard.press('Enter')
    await message(page, 'Check both').waitFor()
    await check('refused')
    await page.getByRole('link', { name: 'Create an account' }).click()
    await heading(page, 'Create an account').waitFor()
    await check('sign-up')
  })

  it('the new account and its recovery codes', async () => {
    const { page } = visit
    await signUp(page, scene, email)
    await check('new-account', ['wide-light'])
    await createRecoveryCodes(page)
    await check('recovery-codes', ['wide-light'], '.rows')
    await saySaved(page)
  })

  it('setting up an app, the phone and the email address', async () => {
    const { page } = visit
    secret = await startApp(page)
    await check('app', ['wide-light'], '.rows')
    await enterCode(page, '000000')
    await message(page, 'wait for the next one').waitFor()
    await check('app-refused')
    await enterCode(page, scene.freshCode(secret))
    await message(page, 'Your app is set up.').waitFor()
    await savePhone(page, number)
    await check('phone')
    await enterCode(page, sentCode(scene, number))
    await message(page, 'Your phone number is confirmed.').waitFor()
    await button(page, 'Change the email address').click()
    await check('new-address')
    await button(page, 'Cancel').click()
    await button(page, 'Send a link to confirm the email address').click()
    await message(page, 'We sent a link.').waitFor()
    await page.locator('#outbox summary').click()
    await page.getByRole('link', { name: 'Open the link' }).waitFor()
    await check('outbox')
    await page.goto(sentLink(scene, email))
    await message(page, 'Your email address is confirmed.').waitFor()
  })

  it('the account with two-step sign-in on, and the dialog that asks for a proof', async () => {
    const { page } = visit
    const other = await scene.visit()
    await turnOn(page)
    await signIn(other.page, scene, email)
    await enterCode(other.page, scene.freshCode(secret))
    await heading(other.page, 'Your account').waitFor()
    await page.reload()
    await button(page, 'Sign out all others').waitFor()
    await check('account', ['wide-dark'])
    scene.advance(3600_000)
    await button(page, 'Turn off two-step sign-in').click()
    await page.getByRole('dialog').waitFor()
    await check('dialog', ['wide-light'], 'dialog')
    await page.keyboard.press('Escape')
    await other.context.close()
    await signOut(page)
  })

  it('the second step by each way', async () => {
    const { page } = visit
    await signIn(page, scene, email)
    await heading(page, 'Second step').waitFor()
    await check('second-step', ['narrow-light', 'narrow-dark'])
    for (const way of ['Text message', 'Email', 'Recovery code']) {
      await page.getByRole('button', { name: way }).click()
      await check(way)
    }
    await page.getByRole('button', { name: 'Text message' }).click()
    await button(page, 'Send the code').click()
    await page.getByLabel('6-digit code').waitFor()
    await page.locator('#outbox summary').click()
    await page.getByRole('button', { name: 'Fill in code' }).first().waitFor()
    await check('code-sent', ['wide-light'])
  })

  it('ran all the way without an error of script, console or policy', () => {
    expect(visit.problems).toEqual([])
  })
})
