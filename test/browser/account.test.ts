import { readFileSync } from 'node:fs'
import { URI } from 'otpauth'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import {
  button,
  createRecoveryCodes,
  enterCode,
  heading,
  message,
  readSecret,
  savePhone,
  saySaved,
  sentCode,
  sentLink,
  signIn,
  signUp,
  startApp,
  turnOn,
} from './person.js'
import { scanQrCode } from './qr-camera.js'
import { openScene, password, type Scene, type Visit } from './scene.js'

await describeWithService('chromium', 'the account page, in a browser', (executablePath) => {
  let scene: Scene
  let visit: Visit
  let secret: string
  let codes: readonly string[]
  const email = 'kim@example.com'
  const number = '+447700900123'

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
  })

  afterAll(() => scene?.close())

  it('signs a person up, and says what to do first', async () => {
    const { page } = visit
    await signUp(page, scene, email)
    await message(page, 'start with recovery codes').waitFor()
    expect(new URL(page.url()).hash).toBe('')
    expect(await page.locator(':focus').textContent()).toBe('Your account')
  })

  it('shows the recovery codes once, to copy and to download', async () => {
    const { page } = visit
    codes = await createRecoveryCodes(page)
    expect(new Set(codes).size).toBe(10)

    await button(page, 'Copy the codes').click()
    await message(page, 'The codes are copied.').waitFor()
    const copied = await page.evaluate('navigator.clipboard.readText()')
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download the codes').click()])
    expect(download.suggestedFilename()).toBe('recovery-codes.txt')
    const saved = readFileSync(await download.path(), 'utf8')
    for (const code of codes) {
      expect(copied).toContain(code)
      expect(saved).toContain(code)
    }
  })

  it('prints the recovery codes and nothing else', async () => {
    const { page } = visit
    await page.evaluate('window.print = () => document.body.setAttribute("data-printed", "")')
    await button(page, 'Print the codes').click()
    await page.locator('body[data-printed]').waitFor()
    await page.emulateMedia({ media: 'print' })
    const seen = String(await page.evaluate('document.body.innerText'))
    await page.emulateMedia({ media: 'screen' })
    for (const code of codes) expect(seen).toContain(code)
    const words = seen.split(/\s+/).filter((word) => word !== '' && !codes.includes(word))
    expect(words.join(' ')).toMatch(/^Your recovery codes Each one signs you in once .* before you go on\.$/)
  })

  it('lets nobody on before they say that the codes are saved, and shows them no more', async () => {
    const { page } = visit
    expect(await button(page, 'Done').isDisabled()).toBe(true)
    await saySaved(page)
    expect(await page.getByText(codes[0] as string).count()).toBe(0)
  })

  it('sets up an app by its typed secret, which is the one in the QR code', async () => {
    const { page } = visit
    secret = await startApp(page)
    const scanned = URI.parse(await scanQrCode(page))
    expect(scanned.secret.base32).toBe(secret)
    expect(scanned.label).toBe(email)

    await enterCode(page, '000000')
    await message(page, 'wait for the next one in your app').waitFor()
    await enterCode(page, '12345')
    await message(page, 'The code has 6 digits.').waitFor()
    await enterCode(page, scene.freshCode(secret))
    await message(page, 'Your app is set up.').waitFor()
  })

  it('confirms the email address by the link of the mail, and leaves no secret in the address bar', async () => {
    const { page } = visit
    await button(page, 'Send a link to confirm the email address').click()
    await message(page, 'We sent a link.').waitFor()
    const link = sentLink(scene, email)
    await page.goto(link)
    await message(page, 'Your email address is confirmed.').waitFor()
    expect(page.url()).toBe(`${scene.backend.url}/`)
    await page.goto(link)
    await message(page, 'This link has expired or was used before.').waitFor()
  })

  it('confirms a phone number by a code that is pasted with a space', async () => {
    const { page } = visit
    await savePhone(page, '+44 7700 900123')
    const code = sentCode(scene, number)
    await page.evaluate(`navigator.clipboard.writeText(' ${code.slice(0, 3)} ${code.slice(3)} ')`)
    const field = page.getByLabel('6-digit code')
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code')
    await field.focus()
    await page.keyboard.press('Control+V')
    expect((await field.inputValue()).trim()).toBe(`${code.slice(0, 3)} ${code.slice(3)}`)
    await page.keyboard.press('Enter')
    await message(page, 'Your phone number is confirmed.').waitFor()
  })

  it('turns two-step sign-in on, and off again only with a proof', async () => {
    const { page } = visit
    await turnOn(page)
    scene.advance(3600_000)
    await button(page, 'Turn off two-step sign-in').click()
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Turn off two-step sign-in')

    await button(page, 'Turn off two-step sign-in').click()
    await dialog.locator('input[name="code"]').fill(scene.freshCode(secret))
    await page.keyboard.press('Enter')
    await message(page, 'Two-step sign-in is off.').waitFor()
    await turnOn(page)
  })

  it('replaces the recovery codes after a proof', async () => {
    const { page } = visit
    scene.advance(3600_000)
    await button(page, 'Replace the recovery codes').click()
    await page.getByRole('dialog').locator('input[name="code"]').fill(scene.freshCode(secret))
    await page.keyboard.press('Enter')
    const list = page.getByRole('list', { name: 'Recovery codes' })
    await list.waitFor()
    const renewed = await list.getByRole('listitem').allTextContents()
    expect(renewed).toHaveLength(10)
    expect(renewed.filter((code) => codes.includes(code))).toEqual([])
    await saySaved(page)
  })

  it('lists the sessions, and signs another one out, or all others', async () => {
    const { page } = visit
    const others = [await scene.visit(), await scene.visit(), await scene.visit()]
    for (const other of others) await signIn(other.page, scene, email)
    await page.reload()
    await heading(page, 'Devices and sessions').waitFor()
    const rows = page.locator('#sessions li')
    expect(await rows.count()).toBe(4)
    await rows.filter({ hasNotText: 'This device' }).first().getByRole('button').click()
    await message(page, 'is signed out.').waitFor()
    expect(await rows.count()).toBe(3)
    await button(page, 'Sign out all others').click()
    await message(page, 'All other devices are signed out.').waitFor()
    expect(await rows.count()).toBe(1)
    for (const other of others) {
      await other.page.reload()
      await heading(other.page, 'Sign in').waitFor()
      expect(other.problems).toEqual([])
      await other.context.close()
    }
  })

  it('tells in order what happened to the account', async () => {
    const { page } = visit
    const events = page.locator('#events .item-title')
    await events.first().waitFor()
    const texts = await events.allTextContents()
    expect(texts).toContain('Turned on two-step sign-in')
    expect(texts).toContain('Turned off two-step sign-in')
    expect(texts.indexOf('Signed out a device')).toBeLessThan(texts.indexOf('Turned on two-step sign-in'))
  })

  it('removes the app after a proof, and sets up another', async () => {
    const { page } = visit
    scene.advance(3600_000)
    await button(page, 'Remove the authenticator app').click()
    await page.getByRole('dialog').locator('input[name="code"]').fill(scene.freshCode(secret))
    await page.keyboard.press('Enter')
    await message(page, 'Your app is removed.').waitFor()

    // What the removed app proved counts no more.
    await button(page, 'Set up an authenticator app').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Email' }).click()
    await button(page, 'Send the code').click()
    await page.getByLabel('6-digit code').waitFor()
    await page.locator('dialog #outbox summary').click()
    await page.getByRole('button', { name: `Fill in code ${sentCode(scene, email)}` }).click()
    await page.keyboard.press('Enter')
    secret = await readSecret(page)
    await enterCode(page, scene.freshCode(secret))
    await message(page, 'Your app is set up.').waitFor()
  })

  it('changes the email address only with the right password', async () => {
    const { page } = visit
    const change = async (word: string) => {
      await page.getByLabel('New email address').fill('kim.new@example.com')
      await page.getByLabel('Your password').fill(word)
      await page.keyboard.press('Enter')
    }
    await button(page, 'Change the email address').click()
    await change('not the password')
    await message(page, 'That is not your password.').waitFor()
    await change(password)
    await message(page, 'We sent a link.').waitFor()
    expect(sentLink(scene, 'kim.new@example.com')).toContain(scene.backend.url)
  })

  it('says so when the session ended elsewhere, and asks to sign in', async () => {
    const { page } = visit
    const answer = await page.request.delete(`${scene.backend.url}/v1/account/sessions/current`)
    expect(answer.status()).toBe(204)
    await button(page, 'Turn off two-step sign-in').click()
    await heading(page, 'Sign in').waitFor()
    await message(page, 'This session has ended').waitFor()
  })

  it('ran all the way without an error of script, console or policy', () => {
    expect(visit.problems).toEqual([])
  })
})
