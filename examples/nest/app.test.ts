import type { AddressInfo } from 'node:net'
import { createTestMfa, type TestMfa } from '@countersign/adapters/testing'
import type { INestApplication } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { AppModule, MFA } from './app'

interface Answer {
  status: number
  body: { token: string; offers?: { factor: string }[]; attemptsLeft?: number }
}

const user = { email: 'kim@example.com', password: 'correct horse' }
let kit: TestMfa
let app: INestApplication

beforeEach(async () => {
  Object.assign(process.env, { USER_EMAIL: user.email, USER_PASSWORD: user.password })
  kit = createTestMfa()
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(MFA)
    .useValue(kit.mfa)
    .compile()
  app = module.createNestApplication({ logger: ['error'] })
  await app.listen(0, '127.0.0.1')
})

afterEach(() => app.close())

async function call(method: string, path: string, token = '', body?: object): Promise<Answer> {
  const { port } = app.getHttpServer().address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const signIn = (password = user.password) => call('POST', '/sign-in', '', { ...user, password })
const account = (token: string) => call('GET', '/account', token)
const transfer = (token: string) => call('POST', '/transfers', token, { amount: 5 })
const enterCode = (token: string, body: object) => call('POST', '/codes', token, body)

/** A user with an authenticator app and recovery codes, halfway in. */
async function halfway() {
  const given = await kit.givenUser({ userId: 'user-1', totp: true, recoveryCodes: true })
  const { body } = await signIn()
  return { ...given, token: body.token }
}

test('without a second factor the password opens the account, but no transfer', async () => {
  expect(await account('made up')).toEqual({ status: 401, body: { type: 'signed_out' } })
  expect(await signIn('wrong')).toEqual({ status: 401, body: { type: 'wrong_password' } })
  const { status, body } = await signIn()
  expect(status).toBe(201)
  expect(await account(body.token)).toEqual({ status: 200, body: { userId: 'user-1' } })
  expect(await transfer(body.token)).toMatchObject({ status: 401, body: { type: 'mfa_required' } })
})

test('the guard refuses a session that is halfway, and says what it wants', async () => {
  const { token } = await halfway()
  const { status, body } = await signIn()
  expect(status).toBe(401)
  expect(body).toMatchObject({ type: 'mfa_required', next: 'second_factor' })
  expect(body.offers?.map(({ factor }) => factor)).toEqual(['totp', 'recovery_code'])
  expect(await account(token)).toMatchObject({ status: 401, body: { next: 'second_factor', offers: body.offers } })
})

test('a second factor opens the account, under a new session id', async () => {
  const { app: authenticator, token } = await halfway()
  const code = authenticator.freshCode()
  const { status, body } = await enterCode(token, { factor: 'totp', code })
  expect(status).toBe(201)
  expect(body.token).not.toBe(token)
  expect((await account(body.token)).status).toBe(200)
  expect(await account(token)).toEqual({ status: 401, body: { type: 'signed_out' } })
  const { body: other } = await signIn()
  expect(await enterCode(other.token, { factor: 'totp', code })).toMatchObject({ status: 401 })
})

test('a wrong code is counted and opens nothing, whatever it looks like', async () => {
  const { token } = await halfway()
  const first = await enterCode(token, { factor: 'totp', code: '000000' })
  expect(first).toMatchObject({ status: 401, body: { reason: 'invalid_code', attemptsLeft: expect.any(Number) } })
  const second = await enterCode(token, { factor: ['totp'], code: '000001' })
  expect(second.body.attemptsLeft).toBe(Number(first.body.attemptsLeft) - 1)
  for (const code of [undefined, {}, { $ne: '' }, ['000000', '000001']]) {
    expect(await enterCode(token, { code })).toMatchObject({ status: 401, body: { reason: 'invalid_code' } })
  }
  expect((await account(token)).status).toBe(401)
})

test('a recovery code opens the account once', async () => {
  const { recoveryCodes, token } = await halfway()
  const entered = { factor: 'recovery_code', code: recoveryCodes[0] }
  const { body } = await enterCode(token, entered)
  expect((await account(body.token)).status).toBe(200)
  const { body: other } = await signIn()
  expect(await enterCode(other.token, entered)).toMatchObject({ status: 401, body: { reason: 'invalid_code' } })
})

test('a transfer wants a second factor of the last five minutes', async () => {
  const { app: authenticator, token } = await halfway()
  const { body } = await enterCode(token, { factor: 'totp', code: authenticator.freshCode() })
  kit.clock.advance(5 * 60_000)
  expect(await transfer(body.token)).toEqual({ status: 201, body: { sent: 5 } })
  kit.clock.advance(1)
  expect(await transfer(body.token)).toMatchObject({ status: 401, body: { type: 'mfa_required' } })
  expect((await account(body.token)).status).toBe(200)
  const stepped = await enterCode(body.token, { factor: 'totp', code: authenticator.freshCode() })
  expect(await transfer(stepped.body.token)).toEqual({ status: 201, body: { sent: 5 } })
})
