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
  sentCode,
  sentLink,
  setUpApp,
  signIn,
  signUp,
  turnOn,
} from './person.js'
import { openScene, password, type Scene } from './scene.js'

await describeWithService('chromium', 'the page when things go wrong', (executablePath) => {
  let scene: Scene

  beforeAll(async () => {
    scene = await openScene(executablePath)
  })

  afterAll(() => scene?.close())

  it('says that the server does not answer, and goes on when it does', async () => {
    const { page, context } = await scene.visit()
    await page.goto(scene.backend.url)
    await page.getByLabel('Email address').fill('nobody@example.com')
    await page.getByLabel('Password').fill(password)
    await context.setOffline(true)
    await page.keyboard.press('Enter')
    await message(page, 'The server does not answer.').waitFor()
    await context.setOffline(false)
    await page.keyboard.press('Enter')
    await message(page, 'The email address or the password is not right.').waitFor()
    await context.close()
  })

  it('switches the button off while a request runs, and sends one request for two clicks', async () => {
    const { page, context } = await scene.visit()
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let requests = 0
    await page.route('**/v1/account/sessions/email', async (route) => {
      requests++
      await held
      await route.continue()
    })
    await page.goto(scene.backend.url)
    await page.getByLabel('Email address').fill('nobody@example.com')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('form[aria-busy] button:disabled').waitFor()
    await button(page, 'Sign in').click({ force: true })
    release()
    await message(page, 'The email address or the password is not right.').waitFor()
    expect(await button(page, 'Sign in').isEnabled()).toBe(true)
    expect(requests).toBe(1)
    await context.close()
  })

  it('shows markup in a name as the text it is', async () => {
    const { page, context, problems } = await scene.visit()
    const name = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await page.goto(`${scene.backend.url}/#sign-up`)
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Email address').fill('mallory@example.com')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await heading(page, 'Your account').waitFor()
    expect(await page.locator('.intro .lead').textContent()).toBe(`${name}, mallory@example.com`)
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.title()).toBe('Your account - Countersign example')
    expect(problems).toEqual([])
    await context.close()
  })

  it('runs no inline script and loads nothing from elsewhere, by its policy, and these tests would see it', async () => {
    const { page, context, problems } = await scene.visit()
    await page.goto(scene.backend.url)
    await heading(page, 'Sign in').waitFor()
    await page.evaluate(`
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "ran"' }))
      document.body.append(Object.assign(new Image(), { src: 'http://elsewhere.invalid/x.png', alt: '' }))
      document.body.setAttribute('style', 'color: red')
    `)
    await expect.poll(() => problems.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(3)
    expect(problems.filter((problem) => problem.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3)
    expect(await page.title()).not.toBe('ran')
    await context.close()
  })

  it('keeps a link that was opened before the second step, and uses it after', async () => {
    const email = 'eve@example.com'
    const first = await scene.visit()
    await signUp(first.page, scene, email)
    const secret = await setUpApp(first.page, scene)
    await turnOn(first.page)
    await button(first.page, 'Send a link to confirm the email address').click()
    await message(first.page, 'We sent a link.').waitFor()

    const second = await scene.visit()
    await signIn(second.page, scene, email)
    await heading(second.page, 'Second step').waitFor()
    await second.page.goto(sentLink(scene, email))
    await message(second.page, 'Finish signing in first').waitFor()
    expect(second.page.url()).toBe(`${scene.backend.url}/`)
    await enterCode(second.page, scene.freshCode(secret))
    await heading(second.page, 'Your account').waitFor()
    await message(second.page, 'Your email address is confirmed.').waitFor()
    expect([...first.problems, ...second.problems]).toEqual([])
    await first.context.close()
    await second.context.close()
  })

  it('offers to confirm an email address again that was locked, and does not call it confirmed meanwhile', async () => {
    const email = 'locked@example.com'
    const { page, context, problems } = await scene.visit()
    await signUp(page, scene, email)
    await confirmEmail(page, scene, email)
    await message(page, 'Your email address is confirmed.').waitFor()
    expect(await button(page, 'Send a link to confirm the email address').count()).toBe(0)
    const challenges = `${scene.backend.url}/v1/account/mfa/challenges`
    for (let tries = 0; tries < 30; tries++) {
      scene.advance(3 * 3600_000)
      const challenge = await page.request.post(challenges, { data: { factor: 'email' } })
      const { $id: challengeId } = (await challenge.json()) as { $id: string }
      const otp = sentCode(scene, email) === '000000' ? '000001' : '000000'
      expect((await page.request.put(challenges, { data: { challengeId, otp } })).status()).toBe(401)
    }
    await page.reload()
    await page.locator('#email .pill', { hasText: 'Locked or reset' }).waitFor()
    await confirmEmail(page, scene, email)
    await message(page, 'Your email address is confirmed.').waitFor()
    expect(await page.locator('#email .pill').textContent()).toBe('Confirmed')
    expect(problems).toEqual([])
    await context.close()
  })

  it('signs out all other devices though one is gone already, and says so where it had to stop', async () => {
    const email = 'devices@example.com'
    const { page, context } = await scene.visit()
    await signUp(page, scene, email)
    for (let each = 0; each < 3; each++) {
      const other = await scene.visit()
      await signIn(other.page, scene, email)
      await other.context.close()
    }
    await page.route('**/v1/account/sessions', async (route) => {
      const answer = await route.fetch()
      const { sessions } = (await answer.json()) as { sessions: readonly object[] }
      await route.fulfill({ json: { sessions: [{ ...sessions[0], $id: 'gone', current: false }, ...sessions] } })
    })
    await page.reload()
    const rows = page.locator('#sessions li')
    await rows.first().waitFor()
    let deletions = 0
    await page.route('**/v1/account/sessions/*', (route) =>
      ++deletions === 3 ? route.fulfill({ status: 503, json: { type: 'general_busy' } }) : route.continue(),
    )
    await button(page, 'Sign out all others').click()
    await message(page, 'Some devices are still signed in. The server is busy').waitFor()
    expect(await rows.count(), 'this one, one that is gone, two that are left').toBe(4)
    await button(page, 'Sign out all others').click()
    await message(page, 'All other devices are signed out.').waitFor()
    await page.unroute('**/v1/account/sessions')
    await page.reload()
    await rows.first().waitFor()
    expect(await rows.count()).toBe(1)
    await context.close()
  })

  it('says at the recovery codes, and at a fresh sign-in, that the server does not answer', async () => {
    const { page, context, problems } = await scene.visit()
    await signUp(page, scene, 'offline@example.com')
    await createRecoveryCodes(page)
    await page.getByLabel('I saved them').check()
    await context.setOffline(true)
    await button(page, 'Done').click()
    await page.locator('.gate .alert', { hasText: 'The server does not answer.' }).waitFor()
    await context.setOffline(false)
    await saySaved(page)

    await page.route('**/v1/account/mfa/factors', (route) => route.fulfill({ json: {} }))
    await page.route('**/v1/account/mfa', (route) =>
      route.fulfill({ status: 401, json: { type: 'user_challenge_required' } }),
    )
    await button(page, 'Turn on two-step sign-in').click()
    const again = page.getByRole('dialog').getByRole('button', { name: 'Sign in again' })
    await again.waitFor()
    await context.setOffline(true)
    await again.click()
    await page.locator('dialog .alert', { hasText: 'The server does not answer.' }).waitFor()
    await context.setOffline(false)
    await again.click()
    await heading(page, 'Sign in').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(problems.filter((problem) => problem.startsWith('script'))).toEqual([])
    await context.close()
  })

  it('has no outbox where the backend really sends', async () => {
    const real = await openScene(executablePath, { demo: false })
    try {
      const { page } = await real.visit()
      const asked = page.waitForResponse('**/__outbox')
      await page.goto(real.backend.url)
      expect((await asked).status()).toBe(404)
      await heading(page, 'Sign in').waitFor()
      expect(await page.locator('#outbox').isVisible()).toBe(false)
    } finally {
      await real.close()
    }
  })
})
