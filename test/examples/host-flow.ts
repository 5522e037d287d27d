/** What every example of a host must do over HTTP, whatever it is built with. */

import { createAuthenticatorApp, type ManualClock, type Outbox } from '@countersign/adapters/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

export const user = { email: 'kim@example.com', password: 'correct horse' }

/** What an example reads from its environment. */
export const environment = {
  USER_EMAIL: user.email,
  USER_PASSWORD: user.password,
  SESSION_SECRET: 'for tests only',
  MFA_KEY: 'Zm9yIHRlc3RzIG9ubHksIGZvciB0ZXN0cyBvbmx5LiE=',
}

/** A host that runs with an empty store. */
export interface RunningHost {
  readonly url: string
  readonly clock: ManualClock
  readonly outbox: Outbox
  stop(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> & {
    readonly offers?: readonly { readonly factor: string; readonly sentTo?: string }[]
  }
}

/** A browser: keeps one cookie. */
export class Browser {
  /** `name=value`, or nothing. */
  cookie = ''
  /** What came with the cookie. */
  attributes = ''

  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async send(method: string, path: string, init: { type?: string; text?: string } = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { cookie: this.cookie, ...(init.type !== undefined && { 'content-type': init.type }) },
      ...(init.text !== undefined && { body: init.text }),
    })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) {
      this.cookie = set.replace(/;.*$/, '')
      this.attributes = set.slice(this.cookie.length)
    }
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : { text } }
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path)
  }

  post(path: string, body: object = {}): Promise<Answer> {
    return this.send('POST', path, { type: 'application/json', text: JSON.stringify(body) })
  }
}

/** The tests of one host; `start` is called for each of them. */
export function describeHostFlow(start: () => Promise<RunningHost>): void {
  let host: RunningHost
  beforeEach(async () => {
    host = await start()
  })
  afterEach(() => host.stop())

  /** A browser of the user's, and what the sign-in answered. */
  const signIn = async (): Promise<{ browser: Browser; answer: Answer }> => {
    const browser = new Browser(host.url)
    return { browser, answer: await browser.post('/sign-in', user) }
  }

  /** The user with an authenticator app, and the browser that set it up. */
  const enroll = async () => {
    const { browser } = await signIn()
    const app = createAuthenticatorApp(host.clock)
    app.scan(String((await browser.post('/mfa/totp')).body.uri))
    expect((await browser.post('/mfa/totp/confirm', { code: app.freshCode() })).status).toBe(200)
    return { browser, app }
  }

  it('is signed in to by the password alone while there is no second factor', async () => {
    const guest = new Browser(host.url)
    expect(await guest.get('/account')).toMatchObject({ status: 401, body: { type: 'signed_out' } })
    for (const wrong of [{ ...user, password: 'wrong' }, { ...user, email: 'lee@example.com' }, {}]) {
      expect(await guest.post('/sign-in', wrong)).toMatchObject({ status: 401, body: { type: 'wrong_password' } })
    }
    expect(guest.cookie).toBe('')
    const { browser, answer } = await signIn()
    expect(answer).toEqual({ status: 200, body: { ok: true } })
    expect(browser.attributes).toMatch(/HttpOnly/)
    expect(browser.attributes).toMatch(/SameSite=(?:Lax|Strict)/)
    expect(await browser.get('/account')).toEqual({ status: 200, body: { email: user.email } })
  })

  it('asks for the second factor, opens with a code, and changes the session id', async () => {
    const { app } = await enroll()
    const { browser, answer } = await signIn()
    expect(answer).toMatchObject({ status: 401, body: { type: 'mfa_required', next: 'second_factor' } })
    expect(answer.body.offers?.map(({ factor }) => factor)).toEqual(['totp', 'email'])
    expect((await browser.get('/account')).status).toBe(401)
    expect((await browser.post('/mfa/totp')).body.type).toBe('more_factors_required')

    const halfway = browser.cookie
    const code = app.freshCode()
    expect(await browser.post('/mfa/codes', { factor: 'totp', code })).toEqual({ status: 200, body: { ok: true } })
    expect(browser.cookie).not.toBe(halfway)
    expect((await browser.get('/account')).status).toBe(200)

    const stolen = new Browser(host.url)
    stolen.cookie = halfway
    expect(await stolen.get('/account')).toMatchObject({ status: 401, body: { type: 'signed_out' } })
    const other = await signIn()
    const again = await other.browser.post('/mfa/codes', { factor: 'totp', code })
    expect(again).toMatchObject({ status: 401, body: { type: 'invalid_code' } })
  })

  it('counts wrong codes, keeps the session halfway, and makes it wait in the end', async () => {
    await enroll()
    const { browser } = await signIn()
    const { cookie } = browser
    const left: unknown[] = []
    let refused = await browser.post('/mfa/codes', { factor: 'totp', code: '000000' })
    for (let tries = 1; refused.status === 401 && tries < 20; tries++) {
      expect(refused.body).toMatchObject({ type: 'invalid_code', next: 'second_factor' })
      left.push(refused.body.attemptsLeft)
      refused = await browser.post('/mfa/codes', { factor: 'totp', code: '000000' })
    }
    expect(left.length).toBeGreaterThan(1)
    expect(left).toEqual(left.map((_, index) => Number(left[0]) - index))
    expect(refused).toMatchObject({ status: 429, body: { type: 'throttled' } })
    expect(refused.body.retryAtMs).toBeGreaterThan(host.clock.nowMs())
    expect(browser.cookie).toBe(cookie)
    expect((await browser.get('/account')).status).toBe(401)
  })

  it('sends a code by email, good in the session that asked for it', async () => {
    await enroll()
    const { browser } = await signIn()
    const { browser: other } = await signIn()
    const { status, body } = await browser.post('/mfa/challenges', { factor: 'email' })
    expect(status).toBe(200)
    expect(body.challenge).toMatchObject({ factor: 'email', sentTo: 'k***@example.com', delivery: 'sent' })
    const { id: challengeId } = body.challenge as { id: string }
    const entered = { challengeId, code: host.outbox.codeTo(user.email) }
    expect((await other.post('/mfa/codes', entered)).body.type).toBe('invalid_code')
    expect((await browser.post('/mfa/codes', entered)).status).toBe(200)
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('takes each recovery code once', async () => {
    const { browser: first } = await enroll()
    const { codes } = (await first.post('/mfa/recovery-codes')).body as { codes?: readonly string[] }
    expect(codes).toHaveLength(10)
    const entered = { factor: 'recovery_code', code: codes?.[0] }
    const { browser, answer } = await signIn()
    expect(answer.body.offers?.map(({ factor }) => factor)).toEqual(['totp', 'email', 'recovery_code'])
    expect((await browser.post('/mfa/codes', entered)).status).toBe(200)
    expect((await browser.get('/account')).status).toBe(200)
    const { browser: second } = await signIn()
    expect(await second.post('/mfa/codes', entered)).toMatchObject({ status: 401, body: { type: 'invalid_code' } })
  })

  it('wants a second factor of the last five minutes for a transfer', async () => {
    const { browser, app } = await enroll()
    const transfer = (): Promise<Answer> => browser.post('/account/transfers', { amount: '5' })
    host.clock.advance(5 * 60_000)
    expect(await transfer()).toEqual({ status: 200, body: { sent: '5' } })
    host.clock.advance(1)
    const refused = await transfer()
    expect(refused).toMatchObject({ status: 401, body: { type: 'mfa_required' } })
    expect(refused.body.offers?.map(({ factor }) => factor)).toContain('totp')
    expect((await browser.get('/account')).status).toBe(200)
    expect((await browser.post('/mfa/codes', { factor: 'totp', code: app.freshCode() })).status).toBe(200)
    expect(await transfer()).toEqual({ status: 200, body: { sent: '5' } })
  })

  it('wants a second factor for a transfer of who has none, too', async () => {
    const { browser } = await signIn()
    const answer = await browser.post('/account/transfers', { amount: '5' })
    expect(answer).toMatchObject({ status: 401, body: { type: 'mfa_required' } })
  })

  describe('refuses with a clear 4xx, and changes nothing,', () => {
    it.each([
      ['a form', 'application/x-www-form-urlencoded', `email=${user.email}&password=${user.password}`],
      ['a text', 'text/plain', JSON.stringify(user)],
      ['no body', undefined, undefined],
      ['broken JSON', 'application/json', '{'],
      ['a list', 'application/json', '[]'],
    ])('%s', async (_what, type, text) => {
      const browser = new Browser(host.url)
      const init = { ...(type !== undefined && { type }), ...(text !== undefined && { text }) }
      const { status } = await browser.send('POST', '/sign-in', init)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(browser.cookie).toBe('')
    })

    it.each([
      ['no code', { factor: 'totp' }],
      ['no factor', { code: '123456' }],
      ['a factor that there is not', { factor: 'toString', code: '123456' }],
      ['a code that is no text', { factor: 'totp', code: { $ne: '' } }],
      ['a challenge that is no text', { challengeId: [1], code: '123456' }],
    ])('%s', async (_what, entered) => {
      const { app } = await enroll()
      const { browser } = await signIn()
      expect((await browser.post('/mfa/codes', entered)).status).toBeOneOf([400, 401])
      expect((await browser.get('/account')).status).toBe(401)
      expect((await browser.post('/mfa/codes', { factor: 'totp', code: app.freshCode() })).status).toBe(200)
    })
  })
}
