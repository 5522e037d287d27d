import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createSmtpMessenger } from '@countersign/adapters/smtp'
import type { Message } from '@countersign/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { emailCode, emailLink, locales, notice, noticeDetails } from '../messages/samples.js'
import { describeWithService } from '../services.js'
import { axeViolations, horizontalOverflow, openScene, type Scene, themes, type Visit } from './scene.js'

/** With SCREENSHOTS=1 the picture of docs/images is taken anew. */
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const takesPictures = process.env.SCREENSHOTS === '1'

/** A phone, the pane of a mail program, a whole window. */
const widths = [320, 600, 1280] as const

/** As much as the longest of the three mails takes in the picture. */
const pictureHeight = 362

const mails: Readonly<Record<string, Message>> = {
  code: emailCode(),
  link: emailLink({ link: 'https://acme.example/verify?userId=kim&secret=c2VjcmV0LW9mLTEyOC1iaXRz' }),
  notice: notice({ notice: 'mfa_enabled', details: noticeDetails.mfa_enabled }),
}

/** What the messenger hands to the transport. */
async function htmlOf(message: Message): Promise<string> {
  let html = ''
  const transport = {
    async sendMail(mail: { readonly html: string }) {
      html = mail.html
    },
  }
  await createSmtpMessenger(transport, { from: 'Acme <security@acme.example>' }).send(message)
  return html
}

/** Rules about whole pages: a mail stands inside the page of a mail program, which has its own heading and main part. */
const forWholePages = /^(landmark-one-main|page-has-heading-one|region): /

await describeWithService('chromium', 'the HTML of a mail, in a browser', (executablePath) => {
  let scene: Scene
  let visit: Visit

  beforeAll(async () => {
    scene = await openScene(executablePath)
    visit = await scene.visit()
    if (takesPictures) mkdirSync(images, { recursive: true })
  })

  afterAll(() => scene?.close())

  it.each(Object.entries(mails))(
    'has no fault that axe knows: a %s, narrow and wide, in both themes',
    async (_, mail) => {
      const { page } = visit
      await page.setContent(await htmlOf(mail))
      for (const width of widths) {
        await page.setViewportSize({ width, height: 640 })
        for (const colorScheme of themes) {
          await page.emulateMedia({ colorScheme })
          const violations = await axeViolations(page)
          expect(
            violations.filter((each) => !forWholePages.test(each)),
            `${width}, ${colorScheme}`,
          ).toEqual([])
        }
      }
    },
  )

  it.each(locales)('fits a phone and a window, with the longest words and links: %s', async (locale) => {
    const { page } = visit
    const longest: Readonly<Record<string, Message>> = {
      ...mails,
      'a long code': emailCode({ code: '48291376', purpose: 'transfer_money' }),
      'a long link': emailLink({ link: `https://acme.example/${'verify'.repeat(60)}?secret=${'x'.repeat(200)}` }),
      'a long name': notice({ issuer: 'A'.repeat(64), details: { factor: 'totp', label: 'W'.repeat(64) } }),
    }
    for (const [name, message] of Object.entries(longest)) {
      await page.setContent(await htmlOf({ ...message, locale }))
      for (const width of widths) {
        await page.setViewportSize({ width, height: 640 })
        expect(await horizontalOverflow(page), `${name}, ${width}`).toBe(0)
      }
    }
  })

  it('shows the code on one line, and a double click takes all of it and no more', async () => {
    const { page } = visit
    const code = '48291376'
    await page.setContent(await htmlOf(emailCode({ code })))
    await page.setViewportSize({ width: 320, height: 640 })
    const shown = page.getByText(code, { exact: true })
    expect(await shown.evaluate(linesInPage)).toBe(1)
    await shown.dblclick()
    expect(String(await page.evaluate('String(getSelection())')).trim()).toBe(code)
  })

  it('opens the link it shows', async () => {
    const { page } = visit
    const message = emailLink()
    await page.setContent(await htmlOf(message))
    const link = page.getByRole('link')
    expect(await link.textContent()).toBe(message.link)
    expect(await link.getAttribute('href')).toBe(message.link)
  })

  it('says its language also where a mail program takes only the body', async () => {
    const { page } = visit
    await page.setContent(await htmlOf({ ...emailCode(), locale: 'ja' }))
    expect(await page.locator('html').getAttribute('lang')).toBe('ja')
    expect(await page.locator('body > *').getAttribute('lang')).toBe('ja')
  })

  it('loads nothing from anywhere', async () => {
    const { page, problems } = visit
    const frames = await Promise.all(Object.values(mails).map(async (mail) => frameOf(await htmlOf(mail))))
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: pictureHeight })
    await page.setContent(
      `<title>Mails</title><body style="margin:0;display:flex;background:#f4f4f5">${frames.join('')}`,
    )
    if (takesPictures) await page.screenshot({ path: `${images}mails.png` })
    expect(problems).toEqual([])
  })
})

/** Runs in the page. */
function linesInPage(element: Element): number {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range.getClientRects().length
}

function frameOf(html: string): string {
  const quoted = html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return `<iframe title="Mail" style="border:0;flex:1;height:${pictureHeight}px" srcdoc="${quoted}"></iframe>`
}
