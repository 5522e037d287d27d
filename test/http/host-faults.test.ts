import { MfaError } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { base, createScene, errorOf, expectQuiet, page, prove, read, type SceneOptions } from './host.js'

const unavailable = '503 general_service_unavailable'
const broken = '500 general_server_error'
const secret = 'password=hunter2'

describe('a host whose own part fails', () => {
  const failing = async (
    handler: NonNullable<SceneOptions['handler']>,
    run: (test: ReturnType<typeof createScene>) => unknown,
  ) => {
    const test = createScene({ handler })
    const answer = (await run(test)) as Awaited<ReturnType<typeof read>>
    expect(errorOf(answer)).toBe(broken)
    expectQuiet(answer, test.faults)
    return test
  }
  const fail = () => {
    throw new Error(secret)
  }
  const reject = () => Promise.reject(new Error(secret))

  it('in authenticate', async () => {
    await failing({ authenticate: fail }, (test) => test.guest('GET', '/account/mfa/factors'))
    await failing({ authenticate: reject }, (test) => test.guest('GET', '/account/mfa/factors'))
    await failing({ authenticate: () => ({ userId: '', sessionId: '' }) }, (test) =>
      test.guest('GET', '/account/mfa/factors'),
    )
  })

  it('in describeUser and in describeSession', async () => {
    await failing({ describeUser: reject }, async (test) => {
      const { send } = await test.signIn(test.givenAccount())
      return send('PATCH', '/account/mfa', { mfa: true })
    })
    await failing({ describeSession: reject }, async (test) => {
      const { half, codes } = await test.givenProtected()
      return prove(half.send, 'recoverycode', () => codes[0] as string)
    })
  })

  it('in onContactVerified: the address is verified, and verifying anew mends the host', async () => {
    let fails = true
    const test = createScene({
      handler: {
        onContactVerified: () => {
          if (fails) throw new Error(secret)
        },
      },
    })
    const account = test.givenAccount()
    const { send } = await test.signIn(account)
    const verify = async () => {
      await send('POST', '/account/verifications/email', { url: `${page}/` })
      const { secret: code } = test.outbox.linkTo(account.email)
      return send('PUT', '/account/verifications/email', { userId: account.id, secret: code })
    }
    expect(errorOf(await verify())).toBe(broken)
    expect((await send('GET', '/account/mfa/factors')).body.email).toBe(true)
    fails = false
    test.clock.advance(60_000)
    expect((await verify()).status).toBe(200)
  })

  it('in onError, which changes no answer', async () => {
    const test = createScene({ handler: { authenticate: fail, onError: fail } })
    expect(errorOf(await test.guest('GET', '/account/mfa/factors'))).toBe(broken)
  })

  it('without an account for its session is 404 user_not_found', async () => {
    const test = createScene({ handler: { describeUser: () => null } })
    const { send } = await test.signIn(test.givenAccount())
    expect(errorOf(await send('PATCH', '/account/mfa', { mfa: true }))).toBe('404 user_not_found')
    expect(errorOf(await send('POST', '/account/verifications/phone'))).toBe('404 user_not_found')
  })

  it('throws what is no error at all', async () => {
    const handler = { authenticate: () => Promise.reject(secret) }
    const test = createScene({ handler })
    expect(errorOf(await read(await test.handler(new Request(`${base}/v1/account/mfa/factors`))))).toBe(broken)
    expect(test.faults).toEqual([secret])
  })
})

describe('an error of the core', () => {
  it.each([
    ['store_failed', unavailable],
    ['outcome_unknown', unavailable],
    ['store_misbehaved', broken],
    ['undecodable_record', broken],
    ['unsupported_schema', broken],
    ['invalid_configuration', broken],
    ['invalid_argument', broken],
  ] as const)('%s is %s', async (code, error) => {
    const cause = new MfaError(code, secret, { cause: new Error(secret) })
    const test = createScene({ handler: { authenticate: () => Promise.reject(cause) } })
    const answer = await test.guest('GET', '/account/mfa/factors')
    expect(errorOf(answer)).toBe(error)
    expectQuiet(answer, test.faults)
    expect(test.faults).toEqual([cause])
  })
})
