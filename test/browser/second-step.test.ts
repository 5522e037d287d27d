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
  setUpApp,
  signIn,
  signOut,
  signUp,
  turnOn,
} from './person.js'
import { openScene, type Scene, type Visit } from './scene.js'

await describeWithService('chromium', 'the second step, in a browser', (executablePath) => {
  let scene: Scene
  let visit: Visit
  let secret: string
  let codes: readonly string[]
  const email = 'ada@example.com'
  const number = '+447700900456'

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
    const { page } = visit
    await signUp(page, scene, email)
    codes = await createRecoveryCodes(page)
    await saySaved(page)
    secret = await setUpApp(page, scene)
    await savePhone(page, number)
    await enterCode(page, sentCode(scene, number))
    await message(page, 'Your phone number is confirmed.').waitFor()
    await button(page, 'Send a link to confirm the email address').click()
    await message(page, 'We sent a link.').waitFor()
    await page.goto(sentLink(scene, email))
    await message(page, 'Your email address is confirmed.').waitFor()
    await turnOn(page)
    await signOut(page)
  })

  afterAll(() => scene?.close())

  async function chooseOther(title: string): Promise<void> {
    await visit.page.getByRole('button', { name: title }).click()
  }

  /** In the account, and out again. */
  async function expectAccount(): Promise<void> {
    await heading(visit.page, 'Your account').waitFor()
    await signOut(visit.page)
  }

  it('refuses a wrong password in one sentence for all, and says what to do', async () => {
    const { page } = visit
    for (const address of [email, 'nobody@example.com']) {
      await page.getByLabel('Email address').fill(address)
      await page.getByLabel('Password').fill('wrong password')
      await page.keyboard.press('Enter')
      await message(page, 'Check both, or create an account.').waitFor()
      expect(await page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true')
    }
  })

  it('offers the app first, with the field ready, and takes its code with spaces', async () => {
    const { page } = visit
    await signIn(page, scene, email)
    await heading(page, 'Second step').waitFor()
    expect(await page.locator('h2').textContent()).toBe('Authenticator app')
    expect(await page.locator('.way-title').allTextContents()).toEqual(['Text message', 'Email', 'Recovery code'])
    expect(await page.locator(':focus').getAttribute('autocomplete')).toBe('one-time-code')
    const code = scene.freshCode(secret)
    await enterCode(page, `${code.slice(0, 3)} ${code.slice(3)}`)
    await expectAccount()
  })

  it('says after a wrong code what to do, and then takes the right one', async () => {
    const { page } = visit
    await signIn(page, scene, email)
    await enterCode(page, '000000')
    await message(page, 'Each code works once: wait for the next one').waitFor()
    await enterCode(page, scene.freshCode(secret))
    await expectAccount()
  })

  it('sends a text message only when asked, and takes its code', async () => {
    const { page } = visit
    await signIn(page, scene, email)
    const before = scene.backend.outbox.length
    await chooseOther('Text message')
    expect(scene.backend.outbox).toHaveLength(before)
    await button(page, 'Send the code').click()
    await page.getByLabel('6-digit code').waitFor()
    await enterCode(page, sentCode(scene, number))
    await expectAccount()
  })

  it('takes a code by email, and says so when the one sent before still works', async () => {
    const { page } = visit
    await signIn(page, scene, email)
    await chooseOther('Email')
    await button(page, 'Send the code').click()
    await page.getByLabel('6-digit code').waitFor()
    const first = sentCode(scene, email)
    await button(page, 'Send another code').click()
    await message(page, 'The code we sent still works.').waitFor()
    scene.advance(61_000)
    await button(page, 'Send another code').click()
    await message(page, 'Sent. Enter the code').waitFor()
    expect(sentCode(scene, email)).not.toBe(first)
    await enterCode(page, first)
    await message(page, 'Enter the newest code we sent').waitFor()
    await enterCode(page, sentCode(scene, email))
    await expectAccount()
  })

  it('takes a recovery code once, however it is typed', async () => {
    const { page } = visit
    const code = codes[0] as string
    await signIn(page, scene, email)
    await chooseOther('Recovery code')
    await enterCode(page, ` ${code.toLowerCase()} `)
    await message(page, 'You are signed in with a recovery code').waitFor()
    await expectAccount()
    await signIn(page, scene, email)
    await chooseOther('Recovery code')
    await enterCode(page, code)
    await message(page, 'That recovery code did not work.').waitFor()
    await button(page, 'Sign out').click()
    await heading(page, 'Sign in').waitFor()
  })

  it('fills in a code from the outbox', async () => {
    const { page } = visit
    await signIn(page, scene, email)
    await chooseOther('Email')
    await button(page, 'Send the code').click()
    await page.getByLabel('6-digit code').waitFor()
    await page.getByText('Outbox', { exact: true }).click()
    await page.getByRole('button', { name: `Fill in code ${sentCode(scene, email)}` }).click()
    await page.keyboard.press('Enter')
    await expectAccount()
  })

  it('asks the outbox only while it is open', async () => {
    const { page } = visit
    await page.goto(scene.backend.url)
    await heading(page, 'Sign in').waitFor()
    await page.locator('#outbox summary').waitFor()
    const asked: string[] = []
    page.on('request', (request) => request.url().endsWith('/__outbox') && asked.push(request.url()))
    await page.clock.install()
    await page.locator('#outbox summary').click()
    await expect.poll(() => asked.length, { timeout: 15_000 }).toBe(1)
    await page.clock.runFor(2100)
    await expect.poll(() => asked.length, { timeout: 15_000 }).toBe(2)
    await page.locator('#outbox summary').click()
    await page.clock.runFor(10_000)
    expect(asked).toHaveLength(2)
  })

  it('says at what time to try again after too many wrong passwords', async () => {
    const { page } = visit
    const address = 'guessed@example.com'
    for (let tries = 0; tries < 10; tries++) {
      await page.request.post(`${scene.backend.url}/v1/account/sessions/email`, {
        data: { email: address, password: 'wrong password' },
      })
    }
    await page.goto(scene.backend.url)
    await page.getByLabel('Email address').fill(address)
    await page.getByLabel('Password').fill('wrong password')
    await page.keyboard.press('Enter')
    await message(page, 'Too many tries.').waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/Try again (at|on .*) ?\d\d:\d\d/)
  })

  it('ran all the way without an error of script, console or policy', () => {
    expect(visit.problems).toEqual([])
  })
})
