import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import {
  button,
  confirmEmail,
  createRecoveryCodes,
  enterCode,
  heading,
  message,
  saySaved,
  setUpApp,
  signIn,
  signOut,
  signUp,
  turnOn,
} from './person.js'
import { axeViolations, openScene, type Scene, type Visit } from './scene.js'

const minuteMs = 60_000

/** What somebody has with an app, recovery codes, two-step sign-in on, and nothing else; signed out. */
interface Person {
  readonly visit: Visit
  readonly page: Page
  readonly email: string
  readonly codes: readonly string[]
}

await describeWithService('chromium', 'a person who lost the phone with the only app', (executablePath) => {
  let scene: Scene

  beforeAll(async () => {
    scene = await openScene(executablePath)
  })

  afterAll(() => scene?.close())

  async function givenPerson(email: string): Promise<Person> {
    const visit = await scene.visit()
    const { page } = visit
    await signUp(page, scene, email)
    const codes = await createRecoveryCodes(page)
    await saySaved(page)
    await setUpApp(page, scene)
    await turnOn(page)
    await signOut(page)
    return { visit, page, email, codes }
  }

  async function signInByRecoveryCode({ page, email }: Person, code: string | undefined): Promise<void> {
    await signIn(page, scene, email)
    await page.getByRole('button', { name: 'Recovery code' }).click()
    await enterCode(page, code ?? '')
    await message(page, 'You are signed in with a recovery code').waitFor()
  }

  it('comes to a new app by one recovery code, in the order that the page names', async () => {
    const person = await givenPerson('lost@example.com')
    const { visit, page, email, codes } = person
    await signInByRecoveryCode(person, codes[0])
    const advice = (await page.locator('.note').first().textContent()) ?? ''
    expect(advice).toMatch(/confirm your email address or a phone number first\. Then remove the app/)

    await confirmEmail(page, scene, email)
    await message(page, 'Your email address is confirmed.').waitFor()
    await button(page, 'Remove the authenticator app').click()
    await message(page, 'Your app is removed.').waitFor()
    const secret = await setUpApp(page, scene)
    expect(await page.locator('#events .item-title').allTextContents()).toContain('Used a recovery code; 9 left')

    await signOut(page)
    await signIn(page, scene, email)
    await enterCode(page, scene.freshCode(secret))
    await heading(page, 'Your account').waitFor()
    await button(page, 'Turn off two-step sign-in').waitFor()
    expect(visit.problems).toEqual([])
    await visit.context.close()
  })

  it('is offered no recovery code where it would be spent for nothing, but told what comes first', async () => {
    const person = await givenPerson('hasty@example.com')
    const { visit, page, codes } = person
    await signInByRecoveryCode(person, codes[0])
    const dialog = page.getByRole('dialog')
    for (const change of ['Remove the authenticator app', 'Turn off two-step sign-in']) {
      await button(page, change).click()
      await dialog.getByText('A recovery code is not enough for this.').waitFor()
      expect(await dialog.locator('h2').allTextContents()).toEqual(['Confirm that it is you', 'Authenticator app'])
      expect(await dialog.locator('.way').count()).toBe(0)
      expect(await axeViolations(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    }
    expect(await page.locator('#app .row-text').textContent()).toContain('confirm your email address')
    expect(visit.problems).toEqual([])
    await visit.context.close()
  })

  it('whose link came late proves once more and is done, without another link', async () => {
    const person = await givenPerson('late@example.com')
    const { visit, page, email, codes } = person
    await signInByRecoveryCode(person, codes[0])
    await button(page, 'Send a link to confirm the email address').click()
    await message(page, 'We sent a link.').waitFor()
    scene.advance(10 * minuteMs)
    await page.goto(String(scene.backend.outbox.findLast(({ to }) => to === email)?.link))
    await message(page, 'prove once more that it is you').waitFor()
    await button(page, 'Confirm the email address').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Recovery code' }).click()
    await dialog.locator('input[name="code"]').fill(codes[1] ?? '')
    await page.keyboard.press('Enter')
    await message(page, 'Your email address is confirmed.').waitFor()
    expect(await page.locator('#email .pill').textContent()).toBe('Confirmed')
    await button(page, 'Remove the authenticator app').click()
    await message(page, 'Your app is removed.').waitFor()
    expect(visit.problems).toEqual([])
    await visit.context.close()
  })

  it('turns two-step sign-in off by email, where a recovery code is not even offered', async () => {
    const person = await givenPerson('off@example.com')
    const { visit, page, email, codes } = person
    await signInByRecoveryCode(person, codes[0])
    await confirmEmail(page, scene, email)
    await message(page, 'Your email address is confirmed.').waitFor()
    await button(page, 'Turn off two-step sign-in').click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    expect(await dialog.locator('.way-title').allTextContents()).toEqual(['Email'])
    await visit.context.close()
  })
})

await describeWithService('chromium', 'recovery codes, when things go wrong', (executablePath) => {
  let scene: Scene
  let visit: Visit

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
  })

  afterAll(() => scene?.close())

  it('are not called saved before somebody said so, and the browser asks before it drops them', async () => {
    const { page } = visit
    await signUp(page, scene, 'saver@example.com')
    await createRecoveryCodes(page)
    const asked: string[] = []
    page.once('dialog', async (dialog) => {
      asked.push(dialog.type())
      await dialog.accept()
    })
    await page.reload()
    await button(page, 'Replace the recovery codes').waitFor()
    expect(asked).toEqual(['beforeunload'])
    expect(await page.locator('#codes .pill').textContent()).toBe('Made')
    page.once('dialog', async (dialog) => {
      asked.push(dialog.type())
      await dialog.accept()
    })
    await page.reload()
    await button(page, 'Replace the recovery codes').waitFor()
    expect(asked).toHaveLength(1)
  })

  it('that are locked after thirty wrong ones are replaced, not made anew in vain', async () => {
    const { page } = visit
    const api = `${scene.backend.url}/v1/account/mfa/challenges`
    for (let tries = 0; tries < 30; tries++) {
      scene.advance(60 * minuteMs)
      const challenge = await page.request.post(api, { data: { factor: 'recoverycode' } })
      const { $id: challengeId } = (await challenge.json()) as { $id: string }
      const wrong = await page.request.put(api, { data: { challengeId, otp: 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA' } })
      expect(wrong.status()).toBe(401)
    }
    await page.reload()
    await button(page, 'Create recovery codes').click()
    await message(page, 'Set up an app, or confirm your email address or a phone number; then replace them.').waitFor()
    expect(await button(page, 'Replace the recovery codes').count()).toBe(0)

    const secret = await setUpApp(page, scene)
    await button(page, 'Create recovery codes').click()
    await message(page, 'locked after many wrong ones. Replace them.').waitFor()
    expect(await page.locator(':focus').textContent()).toContain('There are codes already')
    await button(page, 'Replace the recovery codes').click()
    await page.getByRole('dialog').locator('input[name="code"]').fill(scene.freshCode(secret))
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor()
    await saySaved(page)
    expect(visit.problems).toEqual([])
  })
})
