import { sessionFields } from '@countersign/adapters/http'
import { describe, expect, it } from 'vitest'
import { createScene, prove } from './host.js'

describe('the models', () => {
  it('have every key that the reference’s have, with dates in its form', async () => {
    const { givenProtected } = createScene()
    const { half, app } = await givenProtected()
    const { body: session } = await prove(half.send, 'totp', app.freshCode)
    for (const key of (
      '$id $createdAt userId provider providerUid providerAccessToken providerAccessTokenExpiry providerRefreshToken ip ' +
      'osCode osName osVersion clientType clientCode clientName clientVersion clientEngine clientEngineVersion ' +
      'deviceName deviceBrand deviceModel countryCode countryName current factors secret mfaUpdatedAt'
    ).split(' ')) {
      expect(session, key).toHaveProperty([key])
    }
    expect(session.$createdAt).toBe('1970-01-01T00:00:00.000+00:00')
    const { body: user } = await half.send('PATCH', '/account/mfa', { mfa: true })
    for (const key of '$id $createdAt name status labels email phone emailVerification phoneVerification mfa prefs'.split(
      ' ',
    )) {
      expect(user, key).toHaveProperty([key])
    }
    expect(user.mfa).toBe(true)
  })

  it('take the host’s part, but never its word for what Countersign knows', async () => {
    const { givenProtected } = createScene({
      handler: {
        describeUser: ({ userId }) => ({ $id: userId, name: 'Kim', mfa: false, password: 'x', hash: 'argon2' }),
        describeSession: () => ({
          $id: 'public',
          factors: ['everything'],
          mfaUpdatedAt: 'yesterday',
          secret: 'the session’s secret',
        }),
      },
    })
    const { half, app } = await givenProtected()
    const { body: session } = await prove(half.send, 'totp', app.freshCode)
    expect(session).toMatchObject({ $id: 'public', factors: ['password', 'totp'], secret: '' })
    expect(session.mfaUpdatedAt).not.toBe('yesterday')
    const { body: user } = await half.send('PATCH', '/account/mfa', { mfa: true })
    expect(user).toMatchObject({ name: 'Kim', mfa: true })
    expect(user).not.toHaveProperty('password')
    expect(user).not.toHaveProperty('hash')
  })

  it('name what was proven as the reference does, each once', async () => {
    const proof = { category: 'possession', origin: 'sign_in', atMs: 0, independent: false } as const
    const names = ['oauth', 'email_link', 'email', 'phone_otp', 'phone', 'recovery_code', 'passkey', 'constructor']
    const { factors, mfaUpdatedAt } = sessionFields({ proofs: names.map((name) => ({ ...proof, name })) })
    expect(factors).toEqual(['oauth2', 'email', 'phone', 'recoveryCode', 'passkey', 'constructor'])
    expect(mfaUpdatedAt).toBe('')
    const enrolled = { ...proof, name: 'totp', origin: 'enrollment', atMs: 5000 } as const
    const challenged = [1000, 3000, 2000].map(
      (atMs) => ({ ...proof, name: 'totp', origin: 'challenge', atMs }) as const,
    )
    expect(sessionFields({ proofs: [enrolled] }).mfaUpdatedAt).toBe('')
    expect(sessionFields({ proofs: [enrolled, ...challenged] }).mfaUpdatedAt).toBe('1970-01-01T00:00:03.000+00:00')
  })
})
