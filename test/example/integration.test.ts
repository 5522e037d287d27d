import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createAuthenticatorApp } from '@countersign/adapters/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openParts } from '../../examples/backend/host.js'
import { openMfa } from '../../examples/backend/mfa.js'
import { freshSettings } from '../../examples/backend/settings.js'
import { backendForTest, clientOf, givenSignedIn, lastTo, password } from './backend.js'

const folder = new URL('../../examples/backend/', import.meta.url)

describe('The integration', () => {
  it("has the product's policy", async () => {
    const parts = openParts(freshSettings({ databaseFile: ':memory:' }))
    onTestFinished(parts.close)
    const { mfa } = await openMfa(parts, { allowedOrigins: [], verificationUrls: [] })
    expect(mfa.policy).toMatchObject({
      optIn: 'explicit',
      maxTotpFactors: 1,
      managementProof: 'any',
      managementFirstFactorMaxAgeMs: 'session',
    })
  })

  it('saves on a connection of its own, so that a transaction of the backend neither stops nor undoes it', async () => {
    const settings = freshSettings()
    const parts = openParts(settings)
    onTestFinished(() => {
      parts.close()
      rmSync(dirname(settings.databaseFile), { recursive: true, force: true })
    })
    const { mfa } = await openMfa(parts, { allowedOrigins: [], verificationUrls: [] })
    const session = { userId: 'kim', sessionId: 'a session of kim' }
    parts.database.exec('begin')
    expect(await mfa.sessions.begin(session, { method: 'password' })).toMatchObject({ ok: true })
    parts.database.exec('rollback')
    expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: true })
  })

  it('asks for no second password before MFA is on, however old the sign-in', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenSignedIn(client)
    backend.clock.advance(24 * 3600 * 1000)
    expect((await client.call('POST', '/v1/account/mfa/recovery-codes', {})).status).toBe(201)
  })

  it('takes any second factor for removing the app', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    const { id } = await givenSignedIn(client)
    const phone = '+4915100000095'
    await client.call('PATCH', '/v1/account/phone', { phone, password })
    await client.call('POST', '/v1/account/verifications/phone', {})
    const proof = { userId: id, secret: lastTo(backend, phone).code }
    await client.call('PUT', '/v1/account/verifications/phone', proof)
    const app = createAuthenticatorApp(backend.clock)
    const path = '/v1/account/mfa/authenticators/totp'
    app.scan(String((await client.call('POST', path, {})).body['uri']))
    await client.call('PUT', path, { otp: app.freshCode() })
    await client.call('PATCH', '/v1/account/mfa', { mfa: true })
    backend.clock.advance(61_000)
    const { body } = await client.call('POST', '/v1/account/mfa/challenges', { factor: 'phone' })
    const answer = { challengeId: body['$id'], otp: lastTo(backend, phone).code }
    expect((await client.call('PUT', '/v1/account/mfa/challenges', answer)).status).toBe(200)
    expect((await client.call('DELETE', path, {})).status).toBe(204)
  })

  it('is at most forty lines of code, not counting imports, comments and lone brackets', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
    const linesOf = (file: string) =>
      readFileSync(new URL(file, folder), 'utf8')
        .replace(/^import [^;]*? from '.*'$/gm, '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => /\w/.test(line) && !/^(?:\/\*|\*|\/\/|export type )/.test(line))
    const own = linesOf('mfa.ts')
    const calls = files
      .filter((file) => file !== 'mfa.ts')
      .flatMap(linesOf)
      .filter((line) => /\bmfa\.\w+\.\w+\(|\bhttp\b[.(]|openMfa\(|assessment/.test(line))
    expect(calls.length).toBeGreaterThan(8)
    expect(own.length + calls.length).toBeLessThanOrEqual(40)
  })
})
