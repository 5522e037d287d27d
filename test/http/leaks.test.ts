import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createScene, minute, page, prove, type Send } from './host.js'

const printed: string[] = []

beforeEach(() => {
  printed.length = 0
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => {
      printed.push(args.map(String).join(' '))
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('no secret leaves by the wrong door (X37)', () => {
  it('over a whole life: secrets are in the one answer that shows them, in messages, and nowhere else', async () => {
    const seen: string[] = []
    const test = createScene()
    const watching =
      (send: Send): Send =>
      async (...request) => {
        const answer = await send(...request)
        seen.push(`${answer.text} ${JSON.stringify([...answer.headers])}`)
        return answer
      }
    const account = test.givenAccount({ phone: '+4915112345678' })
    const session = await test.signIn(account)
    const send = watching(session.send)

    // The two answers that show secrets, once each, are not watched.
    const codes = (await session.send('POST', '/account/mfa/recovery-codes')).body.recoveryCodes as readonly string[]
    const { secret, uri } = (await session.send('POST', '/account/mfa/authenticators/totp')).body
    test.app.scan(uri as string)
    const typed = [test.app.freshCode()]
    await send('PUT', '/account/mfa/authenticators/totp', { otp: typed[0] })
    await send('POST', '/account/verifications/email', { url: page })
    const link = test.outbox.linkTo(account.email)
    await send('PUT', '/account/verifications/email', { userId: account.id, secret: link.secret })
    await send('POST', '/account/verifications/phone')
    typed.push(test.outbox.codeTo(account.phone))
    await send('PUT', '/account/verifications/phone', { userId: account.id, secret: typed.at(-1) })
    await send('PATCH', '/account/mfa', { mfa: true })
    for (const factor of ['totp', 'email', 'phone', 'recoverycode']) {
      test.clock.advance(2 * minute)
      const again = watching((await test.signIn(account)).send)
      await prove(again, factor, () => 'wrong')
      await again('PUT', '/account/mfa/challenges', { challengeId: codes[3], otp: codes[4] })
      await prove(again, factor, () => {
        const code =
          factor === 'totp'
            ? test.app.freshCode()
            : factor === 'recoverycode'
              ? (codes[0] as string)
              : test.outbox.codeTo(account[factor as 'email' | 'phone'])
        typed.push(code)
        return code
      })
      await again('GET', '/account/mfa/recovery-codes')
      await again('GET', '/account/mfa/factors')
    }
    await send('DELETE', '/account/mfa/authenticators/totp')

    const sessionSecrets = [...test.sessions.keys()]
    const secrets = [...codes, secret as string, link.secret, ...typed, ...sessionSecrets]
    const elsewhere = {
      answers: seen.join('\n'),
      events: JSON.stringify(test.events),
      notices: JSON.stringify(test.outbox.notices),
      console: printed.join('\n'),
      faults: String(test.faults),
      store: test.store.snapshot(),
    }
    expect(seen.length).toBeGreaterThan(30)
    expect(new Set(secrets).size).toBeGreaterThan(18)
    for (const [place, text] of Object.entries(elsewhere)) {
      for (const each of secrets) {
        // A short code may be part of a longer number; as a word of its own it must not be there.
        expect(new RegExp(`(?<![0-9A-Za-z])${each}(?![0-9A-Za-z])`).test(text), `${place} holds ${each}`).toBe(false)
      }
    }
    expect(printed).toEqual([])
  })

  it('a URL holds none but the verification link, which is only in the message', async () => {
    const test = createScene()
    const account = test.givenAccount()
    const { send } = await test.signIn(account)
    const answer = await send('POST', '/account/verifications/email', { url: page })
    const { link, secret } = test.outbox.linkTo(account.email)
    expect(link).toContain(secret)
    expect(answer.text).not.toContain(secret)
    const inQuery = await send('PUT', `/account/verifications/email?userId=${account.id}&secret=${secret}`, {})
    expect(inQuery.status).toBe(400)
  })
})
