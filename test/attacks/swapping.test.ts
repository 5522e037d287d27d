import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa } from '@countersign/adapters/testing'
import { type SessionRef, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { edited, partsOf } from '../record/parts.js'
import { outcomeOf, victimWith } from './scene.js'

describe('taking a code to another place', () => {
  it('X03: what the client claims counts for nothing: without a stored proof nothing is satisfied', async () => {
    const { mfa, session } = await victimWith()
    const claims = {
      satisfied: true,
      level: 'aal2',
      proofs: [{ name: 'totp', category: 'possession' }],
      factor: 'totp',
    }
    const forged = { ...session, ...claims } as SessionRef
    expect(await mfa.sessions.assess(forged)).toMatchObject({ satisfied: false, next: 'second_factor' })
    const begun = unwrap(await mfa.sessions.begin(forged, { method: 'password', ...claims } as { method: string }))
    expect(begun.assessment).toMatchObject({ satisfied: false, level: 'aal1' })
    const reauthenticated = await mfa.sessions.reauthenticate(session, { method: 'totp', channel: 'none' })
    expect(unwrap(reauthenticated).assessment.satisfied).toBe(false)
    // An assessment that the client edited is not asked: the guard reads the store.
    await expect(mfa.sessions.require(forged)).rejects.toMatchObject({ code: 'mfa_required' })
  })

  it('X04: a code or challenge of one user is refused for another, and moves no counter of either', async () => {
    const { mfa, user, session, inspect, send, givenUser } = await victimWith()
    const mallory = await givenUser({ email: true, totp: true, recoveryCodes: true })
    const attacker = await mallory.signIn()
    const theirs = await send('email')
    const { challenge: own } = unwrap(await mfa.challenges.create(attacker, { factor: 'email' }))
    // The victim's challenge in the attacker's session, and in a session the attacker claims to be the victim's.
    expect(outcomeOf(await mfa.challenges.complete(attacker, theirs))).toBe('invalid_code')
    const claimed = { userId: user.userId, sessionId: attacker.sessionId }
    expect(outcomeOf(await mfa.challenges.complete(claimed, theirs))).toBe('unknown_session')
    const both = await Promise.all([
      inspect(),
      mfa.admin.inspect({ userId: mallory.userId }).then((answer) => unwrap(answer)),
    ])
    expect(both.map(({ throttles }) => throttles)).toEqual([{ total: 0 }, { total: 0 }])
    // Of the victim's codes at the attacker's own challenge none is right, whatever its kind.
    const crossed = [
      await mfa.challenges.complete(session, { challengeId: own.id, code: theirs.code }),
      await mfa.challenges.verify(session, { factor: 'totp', code: mallory.app.freshCode() }),
      await mfa.challenges.verify(session, { factor: 'recovery_code', code: mallory.recoveryCodes[0] as string }),
      await mfa.challenges.resend(attacker, { challengeId: theirs.challengeId }),
    ]
    expect(crossed.map(outcomeOf)).toEqual(['invalid_code', 'invalid_code', 'invalid_code', 'not_found'])
    unwrap(await mfa.challenges.cancel(attacker, { challengeId: theirs.challengeId }))
    expect(outcomeOf(await mfa.challenges.complete(session, theirs))).toBe('ok')
  })

  it('X04: the same user id in another tenant is another user, for codes, challenges and sessions', async () => {
    const store = createMemoryStore()
    const { mfa, user, session, send } = await victimWith({ tenantId: 'a', email: true, totp: true }, { store })
    const elsewhere = { userId: user.userId, sessionId: session.sessionId, tenantId: 'b' }
    const sent = await send('email')
    expect(outcomeOf(await mfa.challenges.complete(elsewhere, sent))).toBe('unknown_session')
    unwrap(await mfa.sessions.begin(elsewhere, { method: 'password' }))
    expect(outcomeOf(await mfa.challenges.complete(elsewhere, sent))).toBe('invalid_code')
    const merged = { userId: `a${user.userId}`, sessionId: session.sessionId }
    expect(outcomeOf(await mfa.challenges.complete(merged, sent))).toBe('unknown_session')
    expect(outcomeOf(await mfa.challenges.complete(session, sent))).toBe('ok')
  })

  it('X05: a code from session 1 is refused in session 2, also when session 2 has a challenge of its own', async () => {
    const { mfa, user, session, send } = await victimWith()
    const attacker = await user.signIn()
    const mine = await send('email')
    expect(outcomeOf(await mfa.challenges.complete(attacker, mine))).toBe('invalid_code')
    const theirs = await send('email', attacker)
    expect(outcomeOf(await mfa.challenges.complete(attacker, { ...theirs, code: mine.code }))).toBe('invalid_code')
    expect((await mfa.sessions.assess(attacker)).satisfied).toBe(false)
    expect(outcomeOf(await mfa.challenges.complete(session, mine))).toBe('ok')
    expect((await mfa.sessions.assess(attacker)).satisfied).toBe(false)
  })

  it('X05: a session id begun again is a new session: no code sent before completes in it', async () => {
    const { mfa, session, send } = await victimWith()
    const sent = await send('email')
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(outcomeOf(await mfa.challenges.complete(session, sent))).toBe('invalid_code')
    unwrap(await mfa.sessions.end(session))
    expect(outcomeOf(await mfa.challenges.complete(session, sent))).toBe('unknown_session')
  })

  it('X06: a login code is refused at a challenge to manage, and the reverse', async () => {
    const { mfa, session, send } = await victimWith()
    const login = await send('email')
    const manage = await send('email', session, 'manage')
    const complete = (challengeId: string, code: string, purpose?: string) =>
      mfa.challenges.complete(session, { challengeId, code, ...(purpose !== undefined && { purpose }) }).then(outcomeOf)
    expect(await complete(login.challengeId, login.code, 'manage')).toBe('invalid_code')
    expect(await complete(manage.challengeId, login.code)).toBe('invalid_code')
    expect(await complete(login.challengeId, manage.code)).toBe('invalid_code')
    expect(await complete(login.challengeId, login.code)).toBe('ok')
    const { satisfied } = await mfa.sessions.assess(session, { purpose: 'manage', maxAgeMs: 300_000 })
    expect(satisfied).toBe(false)
  })

  it('X07: an enrollment code is no login proof', async () => {
    const { mfa, user, session, send, prove, outbox } = await victimWith()
    await prove('totp')
    unwrap(await mfa.contacts.set(session, { channel: 'email', address: 'new@example.com' }))
    const enrollment = outbox.codeTo('new@example.com')
    const login = await send('email', await user.signIn())
    const other = await user.signIn()
    const { challengeId } = await send('email', other)
    expect(outcomeOf(await mfa.challenges.complete(other, { challengeId, code: enrollment }))).toBe('invalid_code')
    // Nor is a login code a confirmation of the new address.
    const confirmed = await mfa.contacts.confirm(session, { channel: 'email', code: login.code })
    expect(outcomeOf(confirmed)).toBe('invalid_code')
    // A pending app's codes open nothing, and the code that confirms it opens no second session.
    const { uri } = unwrap(await mfa.totp.enroll(session, { accountName: 'kim', label: 'new phone' }))
    user.app.scan(uri)
    const code = user.app.freshCode()
    expect(outcomeOf(await mfa.challenges.verify(other, { factor: 'totp', code }))).toBe('invalid_code')
    unwrap(await mfa.totp.confirm(session, { code }))
    expect(outcomeOf(await mfa.challenges.verify(other, { factor: 'totp', code }))).toBe('invalid_code')
  })

  it('X39: a row of another user, an older row under a newer version, or an edited row opens nothing', async () => {
    const store = createMemoryStore()
    const { mfa, user, session, givenUser } = await victimWith({ totp: true }, { store })
    const mallory = await givenUser({ totp: true })
    const load = async (id: string) => (await store.load(`0:${id}`)) as { version: string; data: string }
    const mine = await load(mallory.userId)
    const older = await load(user.userId)
    await mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    const theirs = await load(user.userId)
    const overwrite = async (data: string, version: string) => {
      await store.erase(`0:${user.userId}`)
      expect(await store.save(`0:${user.userId}`, data, version, null)).toBe(true)
      const verified = mfa.challenges.verify(session, { factor: 'totp', code: mallory.app.freshCode() })
      await expect(verified).rejects.toMatchObject({ code: 'undecodable_record' })
      await expect(mfa.sessions.require(session)).rejects.toMatchObject({ code: 'undecodable_record' })
      await expect(mfa.sessions.assess(session)).rejects.toMatchObject({ code: 'undecodable_record' })
    }
    await overwrite(mine.data, mine.version)
    await overwrite(mine.data, theirs.version)
    await overwrite(theirs.data, mine.version)
    await overwrite(older.data, theirs.version)
    const withPart = (place: string, part: unknown) => {
      const data = JSON.stringify(edited(JSON.parse(theirs.data), [place], () => part))
      expect(data).not.toBe(theirs.data)
      return data
    }
    expect(partsOf(theirs.data)[5]).toMatchObject([1, 1, [1, expect.any(Number)]])
    await overwrite(withPart('6', [0]), theirs.version)
    await overwrite(withPart('11', partsOf(mine.data)[10]), theirs.version)
  })

  it('X39: whoever writes to the database without the keys cannot forge a row', async () => {
    const store = createMemoryStore()
    const { mfa, user, session } = await victimWith({ totp: true }, { store })
    // The same library under keys of the attacker's own, writing into the same table.
    const other = createTestMfa({
      keys: [{ id: 'test', secret: 'YXR0YWNrZXItb3duLWtleS0wMTIzNDU2Nzg5LWFiY2RlZg' }],
    })
    const forged = await other.givenUser({ userId: user.userId, totp: true })
    const row = (await other.store.load(`0:${user.userId}`)) as { version: string; data: string }
    await store.erase(`0:${user.userId}`)
    await store.save(`0:${user.userId}`, row.data, row.version, null)
    const verified = mfa.challenges.verify(session, { factor: 'totp', code: forged.app.freshCode() })
    await expect(verified).rejects.toMatchObject({ code: 'undecodable_record' })
  })
})
