import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import { button, enterCode, heading, message, sentLink, setUpApp, signIn, signUp, turnOn } from './person.js'
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
