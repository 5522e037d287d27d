import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { createMemoryStore } from '@countersign/adapters/memory'
import { createAuthenticatorApp, createTestMfa } from '@countersign/adapters/testing'
import { type Mfa, type SessionRef, unwrap } from '@countersign/core'
import { decodeSecret } from '@countersign/core/totp'
import { describe, expect, it } from 'vitest'
import { minute, outcomeOf, second, victimWith, wrongOf } from './scene.js'

/** An answer without what is about time. */
const shape = (answer: object): string =>
  JSON.stringify(answer, (key, value) => (/AtMs$|UntilMs$/.test(key) ? typeof value : value))

describe('telling by the answers', () => {
  it('X36: malformed, expired, used, superseded and foreign codes and ids all get one answer', async () => {
    const { mfa, clock, user, session, send, givenUser } = await victimWith({ email: true, totp: true })
    const mallory = await givenUser({ email: true, totp: true })
    const theirs = unwrap(await mfa.challenges.create(mallory.session, { factor: 'email' })).challenge
    const superseded = await send('email')
    clock.advance(minute)
    const expired = await send('email')
    clock.advance(10 * minute)
    const elsewhere = await send('email', await user.signIn())
    const { challengeId, code } = await send('email')
    const tries = [
      { challengeId, code: 'abc' },
      { challengeId: 'AAAAAAAAAAAAAAAAAAAAAA', code },
      { challengeId: '__proto__', code },
      { ...superseded },
      { ...expired },
      { ...elsewhere },
      { challengeId: theirs.id, code },
      { challengeId, code, purpose: 'manage' },
    ]
    const answers: string[] = []
    for (const each of tries) answers.push(shape(await mfa.challenges.complete(session, each)))
    expect(new Set(answers).size).toBe(1)
    expect(JSON.parse(answers[0] as string)).toMatchObject({ ok: false, reason: 'invalid_code' })
  })

  it('X36: a wrong, a used and a foreign code are one answer too, each counted', async () => {
    const { mfa, clock, user, session, givenUser } = await victimWith({ totp: true })
    const mallory = await givenUser({ totp: true })
    const used = user.app.freshCode()
    unwrap(await mfa.challenges.verify(await user.signIn(), { factor: 'totp', code: used }))
    const answers: string[] = []
    for (const code of [used, wrongOf(used), mallory.app.code()]) {
      const answer = await mfa.challenges.verify(session, { factor: 'totp', code })
      answers.push(shape({ ...answer, attemptsLeft: 'attemptsLeft' in answer ? 'counted' : 'free' }))
      clock.advance(second)
    }
    expect(new Set(answers).size).toBe(1)
  })

  const askedByStranger = async (mfa: Mfa, userId: string): Promise<string> => {
    const session: SessionRef = { userId, sessionId: 'a-stranger' }
    return shape([
      await mfa.sessions.assess(session),
      await mfa.factors.list(session),
      await mfa.challenges.create(session, { factor: 'totp' }),
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: 'A'.repeat(24) }),
      await mfa.contacts.confirm({ userId }, { channel: 'email', code: '123456' }),
      await mfa.disable(session),
    ])
  }

  it('X36: without the password no reason, offer or state tells whether a user exists or has factors', async () => {
    const { mfa, user } = await victimWith()
    const withoutSwitch = (text: string) => text.replace(/"(enforced|optedIn)":(true|false),/g, '')
    const known = withoutSwitch(await askedByStranger(mfa, user.userId))
    expect(known).toBe(withoutSwitch(await askedByStranger(mfa, 'nobody')))
    expect(known).toContain('"next":"sign_in"')
  })

  // The assessment of an unknown session still says `enforced` and `optedIn`, for the host: never send it to a stranger.
  it('X36: nor does the assessment of an unknown session tell that MFA is on', async () => {
    const { mfa, user } = await victimWith()
    expect(await askedByStranger(mfa, user.userId)).toBe(await askedByStranger(mfa, 'nobody'))
  })

  it('X36: the password alone shows masked addresses only', async () => {
    const { mfa, user, session } = await victimWith()
    const shown = JSON.stringify([await mfa.factors.list(session), await mfa.sessions.assess(session)])
    expect(shown).not.toContain(user.email)
    expect(shown).not.toContain(user.phone)
  })

  it('X37: a code in a wrong argument is in no error, however it is printed', async () => {
    const { mfa, user, session, events } = await victimWith()
    const code = user.app.freshCode()
    const slips = [
      () => mfa.challenges.verify(session, { factor: code as 'totp', code }),
      () => mfa.challenges.complete(session, { challengeId: [code] as unknown as string, code }),
      () => mfa.challenges.verify(session, { factor: 'totp', code, purpose: `${code} ` }),
      () => mfa.totp.enroll(session, { accountName: `${code}:` }),
    ]
    for (const slip of slips) {
      const error = await slip().catch((thrown: Error) => thrown)
      expect(error).toBeInstanceOf(Error)
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(code)
    }
    await mfa.challenges.verify(session, { factor: 'totp', code: wrongOf(code) })
    expect(JSON.stringify(events)).not.toContain(wrongOf(code))
  })
})

describe('reading the database', () => {
  it('X38: a dump holds no seed, code, link or session id in any usual form, plain or hashed', async () => {
    const store = createMemoryStore()
    const { mfa, clock, user, session, send, outbox, prove, ref } = await victimWith(undefined, { store })
    const { code } = await send('email')
    await prove('totp')
    const { secret, uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
    createAuthenticatorApp(clock).scan(uri)
    unwrap(
      await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com', url: 'https://acme.example/v' }),
    )
    const data = (await store.load(`0:${ref.userId}`))?.data as string
    const link = outbox.linkTo('new@example.com').secret
    const seed = Buffer.from(decodeSecret(secret))
    const plain = [
      seed,
      ...[code, secret, link, session.sessionId, ...user.recoveryCodes].map((text) => Buffer.from(text)),
    ]
    const compact = user.recoveryCodes.map((each) => Buffer.from(each.replaceAll('-', '')))
    for (const bytes of [...plain, ...compact]) {
      const hashes = ['sha1', 'sha256', 'sha512', 'md5'].map((name) => createHash(name).update(bytes).digest())
      for (const each of [bytes, ...hashes]) {
        // The plain hash of a session id is how a record knows it: 128 bits or more of the host's, not guessable.
        if (bytes.toString() === session.sessionId && each.length === 32) continue
        for (const form of ['base64', 'base64url', 'hex'] as const) expect(data).not.toContain(each.toString(form))
      }
      if (bytes !== seed && bytes.length > 8) expect(data).not.toContain(bytes.toString())
    }
  })

  it('X38: a dump played into a server with other keys opens nothing', async () => {
    const store = createMemoryStore()
    const { user, session } = await victimWith({ totp: true, recoveryCodes: true }, { store })
    const keys = [{ id: 'test', secret: 'YXR0YWNrZXItb3duLWtleS0wMTIzNDU2Nzg5LWFiY2RlZg' }]
    const thief = createTestMfa({ store, keys }).mfa
    const code = user.recoveryCodes[0] as string
    const opened = thief.challenges.verify(session, { factor: 'recovery_code', code })
    await expect(opened).rejects.toMatchObject({ code: 'undecodable_record' })
    await expect(thief.admin.inspect(session)).rejects.toMatchObject({ code: 'undecodable_record' })
  })
})

describe('what is not offered at all', () => {
  it('X25: no device is ever trusted: no call, option or answer skips the second factor for a browser', async () => {
    const { mfa, user, session, prove } = await victimWith()
    const names = Object.values(mfa).flatMap((part) => (typeof part === 'object' ? Object.keys(part) : []))
    expect([...Object.keys(mfa), ...names].filter((name) => /trust|device|remember/i.test(name))).toEqual([])
    const answer = await prove('totp')
    expect(JSON.stringify(answer)).not.toMatch(/trust|device|remember/i)
    // Asking to be remembered changes nothing: the next session is asked again.
    const wish = { method: 'password', trustedDevice: true, remember: true, deviceToken: session.sessionId } as const
    const next = await user.signIn(wish)
    expect(await mfa.sessions.assess(next)).toMatchObject({ satisfied: false, next: 'second_factor' })
    const claimed = await mfa.challenges.create(next, { factor: 'trusted_device' as 'totp' }).catch((error) => error)
    expect(claimed).toMatchObject({ code: 'invalid_argument' })
    expect(outcomeOf(await mfa.disable(next))).toBe('more_factors_required')
  })

  it('X44: no passkey ceremony is judged here: nothing takes a credential, and none is a second factor', async () => {
    const { mfa, session } = await victimWith()
    const names = Object.values(mfa).flatMap((part) => (typeof part === 'object' ? Object.keys(part) : []))
    expect(names.filter((name) => /passkey|webauthn|assertion|attestation/i.test(name))).toEqual([])
    for (const factor of ['passkey', 'webauthn'] as unknown as 'totp'[]) {
      const refused = { code: 'invalid_argument' }
      await expect(mfa.challenges.create(session, { factor })).rejects.toMatchObject(refused)
      await expect(mfa.challenges.verify(session, { factor, code: 'signed' })).rejects.toMatchObject(refused)
    }
    // What the host does not say counts for nothing: without its word that the user was verified, one factor is missing.
    const proof = await mfa.sessions.reauthenticate(session, { method: 'passkey' })
    expect(unwrap(proof).assessment.satisfied).toBe(false)
  })
})
