import { testKey } from '@countersign/adapters/testing'
import { createMfa, type MfaError } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { createScene, errorOf, expectQuiet, page, prove } from './host.js'

const unavailable = '503 general_service_unavailable'
const broken = '500 general_server_error'
const secret = 'password=hunter2'

describe('a store that fails', () => {
  it.each([
    ['GET', '/account/mfa/factors', {}],
    ['POST', '/account/mfa/challenges', { factor: 'totp' }],
    ['PATCH', '/account/mfa', { mfa: false }],
    ['DELETE', '/account/mfa/authenticators/totp', {}],
  ])('in loading makes %s %s a 503, and opens nothing (X41)', async (method, path, body) => {
    const { givenProtected, store, faults } = createScene()
    const { half } = await givenProtected()
    store.failNext('load')
    const answer = await half.send(method, path, body)
    expect(errorOf(answer)).toBe(unavailable)
    expectQuiet(answer, faults)
  })

  it('while the outcome of a save is unknown gives no factor away, and the attempt is not free (X41)', async () => {
    let isDown = false
    const inner = createScene()
    const store = {
      load: (owner: string) => (isDown ? Promise.reject(new Error(secret)) : inner.store.load(owner)),
      async save(owner: string, data: string, version: string, expected: string | null) {
        if (!isDown) return inner.store.save(owner, data, version, expected)
        throw new Error(secret)
      },
      erase: (owner: string) => inner.store.erase(owner),
    }
    const test = createScene({ mfa: { store } })
    const { half, app } = await test.givenProtected()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'totp' })
    const otp = app.freshCode()
    const loads = { left: 2 }
    const { load } = store
    store.load = (owner) => {
      // The gate and the command load; then everything is gone.
      isDown = loads.left-- <= 0
      return isDown ? Promise.reject(new Error(secret)) : inner.store.load(owner)
    }
    store.save = async () => {
      isDown = true
      throw new Error(secret)
    }
    const answer = await half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp })
    expect(errorOf(answer)).toBe(unavailable)
    expect(answer.body.factors).toBeUndefined()
    expectQuiet(answer, test.faults)
    isDown = false
    store.load = load
    expect(errorOf(await half.send('POST', '/account/mfa/recovery-codes'))).toBe('401 user_more_factors_required')
  })

  it('with a record that nobody can read is a 500 without a word of it', async () => {
    const test = createScene()
    const { half, account } = await test.givenProtected()
    const owner = `0:${account.id}`
    const stored = await test.store.load(owner)
    // Rows are signed with their version: written again under another, this one was not written by the library.
    expect(await test.store.save(owner, stored?.data ?? '', 'forged', stored?.version ?? '')).toBe(true)
    const answer = await half.send('GET', '/account/mfa/factors')
    expect(errorOf(answer)).toBe(broken)
    expectQuiet({ text: answer.text }, test.faults)
    expect((test.faults[0] as MfaError).code).toBe('undecodable_record')
  })

  it('too busy is 503 general_busy', async () => {
    const inner = createScene()
    let refuses = false
    const store = {
      load: inner.store.load,
      save: async (...saved: Parameters<typeof inner.store.save>) => !refuses && inner.store.save(...saved),
      erase: inner.store.erase,
    }
    const { givenProtected } = createScene({ mfa: { store } })
    const { half } = await givenProtected()
    refuses = true
    expect(errorOf(await half.send('POST', '/account/mfa/challenges', { factor: 'email' }))).toBe('503 general_busy')
  })
})

describe('a messenger that fails', () => {
  it.each([
    ['email', '503 general_smtp_disabled'],
    ['phone', '503 general_phone_disabled'],
  ])('makes a challenge by %s %s, and asking again sends', async (factor, error) => {
    const { givenProtected, outbox } = createScene()
    const { half, account } = await givenProtected()
    outbox.failNext()
    expect(errorOf(await half.send('POST', '/account/mfa/challenges', { factor }))).toBe(error)
    const address = account[factor as 'email' | 'phone']
    const answer = await prove(half.send, factor, () => outbox.codeTo(address))
    expect(answer.body.factors).toEqual(['password', factor])
  })

  it('makes a verification a 503, and asking again within the cooldown a 429 that says when', async () => {
    const { givenAccount, signIn, outbox, clock } = createScene()
    const { send } = await signIn(givenAccount())
    const ask = () => send('POST', '/account/verifications/email', { url: `${page}/` })
    outbox.failNext()
    expect(errorOf(await ask())).toBe('503 general_smtp_disabled')
    clock.advance(20_500)
    const again = await ask()
    expect(errorOf(again)).toBe('429 general_rate_limit_exceeded')
    expect(again.headers.get('retry-after')).toBe('40')
    clock.advance(39_500)
    expect((await ask()).status).toBe(201)
  })

  it('that is not there is the same', async () => {
    const test = createScene()
    const mfa = createMfa({
      issuer: 'Acme',
      keys: [{ id: 'test', secret: testKey }],
      store: test.store,
      clock: test.clock,
      policy: { optIn: 'explicit' },
    })
    const mute = createScene({ mfa: { clock: test.clock, store: test.store }, handler: { mfa } })
    const { half } = await mute.givenProtected()
    expect(errorOf(await half.send('POST', '/account/mfa/challenges', { factor: 'email' }))).toBe(
      '503 general_smtp_disabled',
    )
    const { send } = await mute.signIn(mute.givenAccount({ phone: '+4915112345678' }))
    expect(errorOf(await send('POST', '/account/verifications/phone'))).toBe('503 general_phone_disabled')
  })
})

describe('a host that cannot say what it demands', () => {
  it('shuts everything with a 503, and not with a sign-in', async () => {
    let fails = false
    const { givenProtected } = createScene({
      mfa: {
        enforcement: () => {
          if (fails) throw new Error(secret)
          return { mfa: 'optional' }
        },
      },
    })
    const { setUp, half } = await givenProtected()
    fails = true
    for (const { send } of [setUp, half]) {
      for (const [method, path] of [
        ['GET', '/account/mfa/factors'],
        ['POST', '/account/mfa/recovery-codes'],
        ['PUT', '/account/verifications/email'],
      ] as const) {
        expect(errorOf(await send(method, path))).toBe(unavailable)
      }
    }
  })
})
