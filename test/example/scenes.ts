import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { openDatabase, readRows } from '../../examples/backend/database.js'
import { type Answer, givenSignedIn, lastTo, password, project, type TestBackend, type TestClient } from './backend.js'

export const cookieName = `a_session_${project}`

/** Signed in, with an authenticator app and MFA switched on. */
export async function givenMfa(backend: TestBackend, client: TestClient) {
  const account = await givenSignedIn(client)
  const app = createAuthenticatorApp(backend.clock)
  app.scan(String((await client.call('POST', '/v1/account/mfa/authenticators/totp', {})).body['uri']))
  await client.call('PUT', '/v1/account/mfa/authenticators/totp', { otp: app.freshCode() })
  await client.call('PATCH', '/v1/account/mfa', { mfa: true })
  return { ...account, app }
}

export async function completeWith(client: TestClient, otp: string): Promise<Answer> {
  const { body } = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'totp' })
  return client.call('PUT', '/v1/account/mfa/challenges', { challengeId: body['$id'], otp })
}

export async function signInByEmailCode(backend: TestBackend, client: TestClient, email: string): Promise<Answer> {
  const { body } = await client.call('POST', '/v1/account/tokens/email', { userId: 'unique()', email })
  const secret = lastTo(backend, email).code
  return client.call('POST', '/v1/account/sessions/token', { userId: body['userId'], secret })
}

export async function verifyPhone(backend: TestBackend, client: TestClient, id: string, phone: string): Promise<void> {
  await client.call('PATCH', '/v1/account/phone', { phone, password })
  await client.call('POST', '/v1/account/verifications/phone', {})
  await client.call('PUT', '/v1/account/verifications/phone', { userId: id, secret: lastTo(backend, phone).code })
}

export function typesOf(body: unknown): readonly unknown[] {
  return ((body as { logs: readonly { event: unknown }[] }).logs ?? []).map(({ event }) => event)
}

/** How many rows of a table belong to an account. */
export function rowsOf(backend: TestBackend, table: string, accountId: string): number {
  const database = openDatabase(backend.databaseFile)
  try {
    return readRows(database, `select * from ${table} where account_id = ?`, accountId).length
  } finally {
    database.close()
  }
}

/** A request below fetch: its own Host header, or from another address of this machine. */
export function openRequest(backend: TestBackend, options: RequestOptions): ClientRequest {
  const { headers, ...rest } = options
  return request({
    host: '127.0.0.1',
    port: backend.port,
    agent: false,
    ...rest,
    headers: { 'x-appwrite-project': project, 'content-type': 'application/json', ...headers },
  })
}

export async function answerOf(sent: ClientRequest): Promise<{ readonly status: number; readonly type: unknown }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
  })
  let text = ''
  for await (const chunk of response) text += chunk
  const isObject = text.startsWith('{')
  return {
    status: response.statusCode ?? 0,
    type: isObject ? (JSON.parse(text) as { type?: unknown }).type : undefined,
  }
}

/** POSTs or PUTs JSON from another address of this machine. */
export function callFrom(localAddress: string, backend: TestBackend, method: string, path: string, body: object) {
  const sent = openRequest(backend, { method, path, localAddress })
  sent.end(JSON.stringify(body))
  return answerOf(sent)
}
