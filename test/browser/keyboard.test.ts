import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import { heading, message } from './person.js'
import { openScene, password, type Scene, type Visit } from './scene.js'

interface Focus {
  /** Of what has the focus. */
  readonly name: string
  /** Whether one can see that it has. */
  readonly isVisible: boolean
  /** The part of the page around it. */
  readonly place: string
}

/** Runs in the page. */
const focusInPage = `(() => {
  const element = document.activeElement
  const [label] = element.labels ?? []
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  return {
    name: element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent,
    isVisible: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
    place: (element.closest('dialog') ?? element.closest('main, header, aside, body')).localName,
  }
})()`

await describeWithService('chromium', 'the page by keyboard alone', (executablePath) => {
  let scene: Scene
  let visit: Visit

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
  })

  afterAll(() => scene?.close())

  function focused(): Promise<Focus> {
    return visit.page.evaluate(focusInPage)
  }

  async function tabTo(name: string): Promise<void> {
    const passed: string[] = []
    for (let presses = 0; presses < 30; presses++) {
      await visit.page.keyboard.press('Tab')
      const now = await focused()
      passed.push(now.name)
      if (now.name !== name) continue
      expect(now).toMatchObject({ name, isVisible: true })
      return
    }
    throw new Error(`Tab never came to "${name}", only to: ${passed.join(', ')}`)
  }

  it('goes from the first visit to two-step sign-in without a mouse', async () => {
    const { page } = visit
    const { keyboard } = page
    await page.goto(scene.backend.url)
    await heading(page, 'Sign in').waitFor()
    await tabTo('Create an account')
    await keyboard.press('Enter')
    await heading(page, 'Create an account').waitFor()
    await tabTo('Name')
    await keyboard.type('Sam')
    await tabTo('Email address')
    await keyboard.type('sam@example.com')
    await tabTo('Password')
    await keyboard.type(password)
    await keyboard.press('Enter')
    await heading(page, 'Your account').waitFor()

    await tabTo('Create recovery codes')
    await keyboard.press('Enter')
    await heading(page, 'Your recovery codes').waitFor()
    await tabTo('I saved them')
    await keyboard.press('Space')
    await tabTo('Done')
    await keyboard.press('Enter')
    await message(page, 'Your recovery codes are ready.').waitFor()
    expect((await focused()).name).toContain('Your recovery codes are ready.')

    await tabTo('Set up an authenticator app')
    await keyboard.press('Enter')
    await page.locator('.secret-text').waitFor()
    expect((await focused()).name).toBe('Code from your app')
    const secret = ((await page.locator('.secret-text').textContent()) ?? '').replaceAll(' ', '')
    await keyboard.type(scene.freshCode(secret))
    await keyboard.press('Enter')
    await message(page, 'Your app is set up.').waitFor()

    for (let presses = 0; (await focused()).name !== 'Turn on two-step sign-in'; presses++) {
      expect(presses).toBeLessThan(30)
      await keyboard.press('Shift+Tab')
    }
    await keyboard.press('Enter')
    await message(page, 'Two-step sign-in is on.').waitFor()
  })

  it('keeps the focus inside the dialog, and gives it back', async () => {
    const { page } = visit
    scene.advance(3600_000)
    await tabTo('Turn off two-step sign-in')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    expect((await focused()).name).toBe('Code from your app')
    // Past the last control the focus may leave for the browser's own; it never reaches what lies behind.
    for (let presses = 0; presses < 8; presses++) {
      await page.keyboard.press('Tab')
      expect(['dialog', 'body']).toContain((await focused()).place)
    }
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect((await focused()).name).toBe('Turn off two-step sign-in')
  })

  it('skips to the content', async () => {
    const { page } = visit
    await page.reload()
    await heading(page, 'Your account').waitFor()
    await page.locator('.skip').focus()
    expect((await focused()).isVisible).toBe(true)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect((await focused()).place).toBe('main')
  })

  it('ran all the way without an error of script, console or policy', () => {
    expect(visit.problems).toEqual([])
  })
})
