import { describe, expect, it } from 'vitest'
import { createScene, errorOf, minute, page } from './host.js'

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/

async function scene() {
  const test = createScene()
  const account = test.givenAccount()
  const { send } = await test.signIn(account)
  return { ...test, account, send }
}

describe('verifying addresses, as the reference server’s own tests have it', () => {
  const url = `${page}/verify`
  const create = (body: unknown = { url }) => ['POST', '/account/verifications/email', body] as const

  it('check 31: creating a verification answers a token without its secret, and mails the link', async () => {
    const { send, account, outbox } = await scene()
    const answer = await send(...create())
    expect(answer.status).toBe(201)
    expect(Object.keys(answer.body).sort()).toEqual(['$createdAt', '$id', 'expire', 'phrase', 'secret', 'userId'])
    expect(answer.body).toMatchObject({ secret: '', phrase: '', userId: account.id })
    expect(answer.body.expire).toMatch(isoDate)
    const { link, secret } = outbox.linkTo(account.email)
    const query = new URL(link).searchParams
    expect(link.startsWith(url)).toBe(true)
    expect([query.get('userId'), query.get('secret')]).toEqual([account.id, secret])
    for (const bad of ['app.example/verify', 'https://evil.example/verify', 'localhost', '']) {
      expect(errorOf(await send(...create({ url: bad }))), bad).toBe('400 general_argument_invalid')
    }
  })

  it('check 32: the link’s secret verifies without a session; a wrong one is 401, an unknown user 404', async () => {
    const { send, guest, account, outbox, verified } = await scene()
    await send(...create())
    const { secret } = outbox.linkTo(account.email)
    const update = (userId: string, given: string) =>
      guest('PUT', '/account/verifications/email', { userId, secret: given })
    expect(errorOf(await update('ewc', secret))).toBe('404 user_not_found')
    expect(errorOf(await update('', secret))).toBe('404 user_not_found')
    expect(errorOf(await update(account.id, 'sdasdasdasd'))).toBe('401 user_invalid_token')
    const answer = await update(account.id, secret)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ userId: account.id, secret: '' })
    expect(verified).toEqual([`email ${account.email}`])
    expect(errorOf(await update(account.id, secret))).toBe('401 user_invalid_token')
    expect(errorOf(await send(...create()))).toBe('409 user_email_already_verified')
  })

  it('check 34: a phone verification answers a token without its secret, and the SMS has the code', async () => {
    const { send, account, outbox } = await scene()
    account.phone = '+4915112345678'
    const answer = await send('POST', '/account/verifications/phone')
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ secret: '', userId: account.id })
    expect(outbox.codeTo(account.phone)).toMatch(/^\d{6}$/)
  })

  it('check 35: the code verifies in its session; a wrong one is 401, an unknown user 404', async () => {
    const { send, guest, account, outbox, clock } = await scene()
    account.phone = '+4915112345678'
    await send('POST', '/account/verifications/phone')
    const secret = outbox.codeTo(account.phone)
    const update = (userId: string, given: string, as = send) =>
      as('PUT', '/account/verifications/phone', { userId, secret: given })
    expect(errorOf(await update('ewc', secret))).toBe('404 user_not_found')
    const wrong = secret.replace(/^./, (digit) => String((Number(digit) + 1) % 10))
    expect(errorOf(await update(account.id, wrong))).toBe('401 user_invalid_token')
    expect(errorOf(await update(account.id, secret, guest))).toBe('401 user_invalid_token')
    clock.advance(minute)
    expect((await update(account.id, secret)).status).toBe(200)
    expect(account.phoneVerification).toBe(true)
    expect(errorOf(await send('POST', '/account/verifications/phone'))).toBe('409 user_phone_already_verified')
  })
})
