import { createTestMfa } from '@countersign/adapters/testing'
import { unwrap } from '@countersign/core'
import { decodeSecret } from '@countersign/core/totp'
import { describe, expect, it } from 'vitest'
import { open } from '../../packages/core/src/keys/seal.js'
import type { TotpFactor } from '../../packages/core/src/record/record.js'
import { keys, recordIn } from '../record/parts.js'
import { happenedIn } from './happened.js'

const session = { userId: 'kim', sessionId: 'one' }

describe('an authenticator app, enrolled, confirmed and removed', () => {
  it('is told by one event each, nothing besides, and its first notice once', async () => {
    const { mfa, app, events, outbox } = createTestMfa({ policy: { optIn: 'explicit' } })
    unwrap(await mfa.sessions.begin(session, { method: 'password', verified: { email: 'kim@example.com' } }))
    events.length = 0
    const happened = happenedIn(events)
    const { factorId, uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    expect(happened()).toEqual([{ type: 'factor.pending', factor: 'totp', factorId }])
    app.scan(uri)
    unwrap(await mfa.totp.confirm(session, { code: app.code() }))
    expect(happened()).toEqual([{ type: 'factor.confirmed', factor: 'totp', factorId }])
    expect(outbox.notices.map(({ notice }) => notice)).toEqual(['factor_added'])

    const another = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    happened()
    const { assessment } = unwrap(await mfa.factors.remove(session, { factorId: another.factorId }))
    expect(assessment).toMatchObject({ satisfied: true, level: 'aal2' })
    expect(happened()).toEqual([])

    unwrap(await mfa.factors.remove(session, { factorId }))
    expect(happened()).toEqual([{ type: 'factor.removed', factor: 'totp', factorId }])
    expect(outbox.notices.map(({ notice }) => notice)).toEqual(['factor_added', 'factor_removed'])
  })

  it('has its secret sealed for its user, itself and this use: databases hold it (X39)', async () => {
    const { mfa, app, store } = createTestMfa()
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    const { factorId, uri, secret } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    app.scan(uri)
    unwrap(await mfa.totp.confirm(session, { code: app.code() }))
    const [factor] = (await recordIn(store, '0:kim')).factors as readonly [TotpFactor]
    const place = { owner: '0:kim', factorId, field: 'totp-secret' }
    expect(open(keys, place, factor.secret)).toEqual(decodeSecret(secret))
  })
})
