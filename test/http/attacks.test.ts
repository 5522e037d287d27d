import { describe, expect, it } from 'vitest'
import { type Answer, createScene, errorOf, minute, page, prove } from './host.js'

const wrongToken = '401 user_invalid_token'
const shut = '401 user_more_factors_required'

describe('attacks over HTTP', () => {
  it('X01: parallel guesses get no more comparisons than the limit', async () => {
    const { givenProtected, events } = createScene()
    const { half } = await givenProtected()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'email' })
    events.length = 0
    const guesses = Array.from({ length: 40 }, (_, guess) =>
      half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp: String(100_000 + guess) }),
    )
    const answers = await Promise.all(guesses)
    expect(answers.map(errorOf)).toEqual(answers.map(() => wrongToken))
    const compared = events.filter((event) => event.type === 'challenge.failed' && event.detail === 'wrong')
    expect(compared).toHaveLength(5)
  })

  it('X02: one recovery code sent many times at once opens one session once', async () => {
    const { givenProtected, signIn } = createScene()
    const { account, codes } = await givenProtected()
    const sessions = await Promise.all(Array.from({ length: 8 }, () => signIn(account)))
    const answers = await Promise.all(sessions.map(({ send }) => prove(send, 'recoverycode', () => codes[0] as string)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    // Refused as used, until the failures make the others wait.
    const refusals = answers.filter(({ status }) => status !== 200).map(errorOf)
    expect(new Set([wrongToken, '429 general_rate_limit_exceeded', ...refusals]).size).toBe(2)
  })

  it('X03: what the request claims about its session is ignored', async () => {
    const { givenProtected } = createScene()
    const { half } = await givenProtected()
    const claims = {
      factors: ['password', 'totp'],
      mfaUpdatedAt: '2099-01-01',
      satisfied: true,
      mfa: false,
      userId: 'user1',
    }
    const headers = {
      'x-appwrite-mode': 'admin',
      'x-appwrite-key': 'x',
      'x-mfa': 'done',
      'x-appwrite-user-id': 'user1',
    }
    expect(errorOf(await half.send('PATCH', '/account/mfa', claims, headers))).toBe(shut)
    expect(errorOf(await half.send('POST', '/account/mfa/recovery-codes?mfa=true', claims, headers))).toBe(shut)
  })

  it('X04, X05: a challenge belongs to its user and its session', async () => {
    const { givenProtected, signIn, outbox, mfa } = createScene()
    const { half, account } = await givenProtected()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'email' })
    const proof = { challengeId: body.$id, otp: outbox.codeTo(account.email) }
    const mallory = await givenProtected()
    const before = await mfa.admin.inspect({ userId: account.id })
    expect(errorOf(await mallory.half.send('PUT', '/account/mfa/challenges', proof))).toBe(wrongToken)
    const other = await signIn(account)
    expect(errorOf(await other.send('PUT', '/account/mfa/challenges', proof))).toBe(wrongToken)
    const after = await mfa.admin.inspect({ userId: account.id })
    expect(after.ok && before.ok && after.throttles).toEqual(before.ok && before.throttles)
    expect((await half.send('PUT', '/account/mfa/challenges', proof)).status).toBe(200)
  })

  it('X07: a code that verifies an address or an app is no challenge’s answer, and the reverse', async () => {
    const { givenAccount, signIn, outbox, app } = createScene()
    const account = givenAccount({ phone: '+4915112345678' })
    const { send } = await signIn(account)
    app.scan((await send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    const otp = app.freshCode()
    await send('PUT', '/account/mfa/authenticators/totp', { otp })
    expect(errorOf(await prove(send, 'totp', () => otp))).toBe(wrongToken)
    await send('POST', '/account/verifications/phone')
    expect(errorOf(await prove(send, 'totp', () => outbox.codeTo(account.phone)))).toBe(wrongToken)
    await send('POST', '/account/mfa/challenges', { factor: 'totp' })
    const body = { userId: account.id, secret: app.freshCode() }
    expect(errorOf(await send('PUT', '/account/verifications/phone', body))).toBe(wrongToken)
  })

  it('X08, X09: new challenges and new sign-ins give no fresh tries', async () => {
    const { givenProtected, signIn } = createScene()
    const { account, app } = await givenProtected()
    const answers: string[] = []
    for (let tries = 0; tries < 6; tries++) {
      const { send } = await signIn(account)
      answers.push(errorOf(await prove(send, 'totp', () => '000000')))
    }
    expect(answers.at(-1)).toBe('429 general_rate_limit_exceeded')
    const { send } = await signIn(account)
    expect(errorOf(await prove(send, 'totp', app.freshCode))).toBe('429 general_rate_limit_exceeded')
  })

  it('X11: an app planted with a stolen password is not confirmed by another session, nor after MFA is on', async () => {
    const { givenAccount, signIn, app } = createScene()
    const account = givenAccount()
    const thief = await signIn(account)
    const victim = await signIn(account)
    app.scan((await thief.send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    const planted = app.code()
    const confirm = { otp: planted }
    expect(errorOf(await victim.send('PUT', '/account/mfa/authenticators/totp', confirm))).toBe(
      '404 user_authenticator_not_found',
    )
    app.scan((await victim.send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    await victim.send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })
    await victim.send('PATCH', '/account/mfa', { mfa: true })
    expect(errorOf(await thief.send('PUT', '/account/mfa/authenticators/totp', confirm))).toBe(shut)
  })

  it('X11: a verification is never confirmed inside another user’s session', async () => {
    const { givenAccount, signIn, outbox, mfa, verified } = createScene()
    const mallory = givenAccount()
    const attacker = await signIn(mallory)
    await attacker.send('POST', '/account/verifications/email', { url: page })
    const { secret } = outbox.linkTo(mallory.email)
    const victim = await signIn(givenAccount())
    const answer = await victim.send('PUT', '/account/verifications/email', { userId: mallory.id, secret })
    expect(answer.body.userId).toBe(mallory.id)
    expect(verified).toEqual([`email ${mallory.email}`])
    const { proofs } = await mfa.sessions.assess(victim.ref)
    expect(proofs.map(({ name }) => name)).toEqual(['password'])
    const own = await victim.send('GET', '/account/mfa/factors')
    expect(own.body.email).toBe(false)
  })

  it('X13, X14: recovery codes are counted, and mean nothing without a session', async () => {
    const { givenProtected, guest } = createScene()
    const { half, codes } = await givenProtected()
    const answers = []
    for (let tries = 0; tries < 7; tries++) {
      answers.push(errorOf(await prove(half.send, 'recoverycode', () => `${codes[0]?.slice(0, -1)}${tries}`)))
    }
    expect(answers.at(-1)).toBe('429 general_rate_limit_exceeded')
    const body = { challengeId: 'x', otp: codes[0] }
    expect(errorOf(await guest('PUT', '/account/mfa/challenges', body))).toBe('401 general_unauthorized_scope')
  })

  it('X15: a stranger moves no counter and sends no message', async () => {
    const { givenProtected, guest, store, outbox } = createScene()
    const { account } = await givenProtected()
    const before = store.snapshot()
    for (let tries = 0; tries < 30; tries++) {
      await guest('POST', '/account/mfa/challenges', { factor: 'email', userId: account.id })
      await guest('PUT', '/account/mfa/challenges', { challengeId: 'x', otp: '000000', userId: account.id })
      await guest('PUT', '/account/verifications/phone', { userId: account.id, secret: String(100_000 + tries) })
      await guest('PUT', '/account/verifications/email', { userId: account.id, secret: 'x'.repeat(22) })
    }
    expect(store.snapshot()).toBe(before)
    expect(outbox.messages).toEqual([])
  })

  it('X16: during a wait the right code gets the wrong code’s answer', async () => {
    const { givenProtected, clock } = createScene()
    const { half, app } = await givenProtected()
    for (let tries = 0; tries < 5; tries++) await prove(half.send, 'totp', () => '000000')
    const { body } = await half.send('GET', '/account/mfa/factors')
    expect(body.totp).toBe(true)
    const seen = ({ status, text, headers }: Answer) => [status, text, headers.get('retry-after')]
    const right = seen(await prove(half.send, 'totp', app.code))
    const wrong = seen(await prove(half.send, 'totp', () => '000000'))
    expect(right).toEqual(wrong)
    clock.advance(minute)
  })

  it('X21: no route is reached by leaving a step out, and none twice', async () => {
    const { givenProtected, outbox } = createScene()
    const { half, account } = await givenProtected()
    for (const challengeId of ['totp', 'email', account.id, half.publicId]) {
      expect(errorOf(await half.send('PUT', '/account/mfa/challenges', { challengeId, otp: '000000' }))).toBe(
        wrongToken,
      )
    }
    expect(outbox.messages).toEqual([])
  })

  it('X26: a code of the app is accepted once, for whatever route or session', async () => {
    const { givenProtected, signIn } = createScene()
    const { half, app, account } = await givenProtected()
    const otp = app.freshCode()
    expect((await prove(half.send, 'totp', () => otp)).status).toBe(200)
    const again = await signIn(account)
    expect(errorOf(await prove(again.send, 'totp', () => otp))).toBe(wrongToken)
    expect(errorOf(await prove(half.send, 'totp', () => otp))).toBe(wrongToken)
  })

  it('X36: wrong, malformed, foreign, used and unknown proofs look alike', async () => {
    const { givenProtected, outbox, guest } = createScene()
    const { half, account, codes } = await givenProtected()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'email' })
    const answers = [
      await half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp: '000000' }),
      await half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp: 'not a code' }),
      await half.send('PUT', '/account/mfa/challenges', { challengeId: 'unknown', otp: outbox.codeTo(account.email) }),
      await half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp: codes[0] }),
      await guest('PUT', '/account/verifications/email', { userId: account.id, secret: 'x'.repeat(22) }),
      await guest('PUT', '/account/verifications/phone', { userId: account.id, secret: '123456' }),
    ]
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.map(errorOf)).toEqual(answers.map(() => wrongToken))
  })

  it('X40: a user has no more messages sent than the budget, over all routes', async () => {
    const { givenProtected, signIn, outbox, clock } = createScene()
    const { account } = await givenProtected()
    outbox.clear()
    for (let tries = 0; tries < 12; tries++) {
      const { send } = await signIn(account)
      await send('POST', '/account/mfa/challenges', { factor: 'phone' })
      clock.advance(minute)
    }
    expect(outbox.messages.filter(({ kind }) => kind === 'code')).toHaveLength(5)
  })

  it('X46: a session from before MFA was on is asked from then on', async () => {
    const { givenAccount, signIn, app } = createScene()
    const account = givenAccount()
    const old = await signIn(account)
    expect((await old.send('POST', '/account/mfa/recovery-codes')).status).toBe(201)
    const { send } = await signIn(account)
    app.scan((await send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    await send('PUT', '/account/mfa/authenticators/totp', { otp: app.freshCode() })
    expect((await send('PATCH', '/account/mfa', { mfa: true })).status).toBe(200)
    expect(errorOf(await old.send('PATCH', '/account/mfa', { mfa: false }))).toBe(shut)
    expect(errorOf(await old.send('POST', '/account/mfa/recovery-codes'))).toBe(shut)
    expect((await prove(old.send, 'totp', app.freshCode)).status).toBe(200)
  })
})
