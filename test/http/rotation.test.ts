import type { SessionRotation } from '@countersign/adapters/http'
import { describe, expect, it } from 'vitest'
import { createScene, errorOf, prove, type Scene } from './host.js'

/** A host that gives a session a new id when a challenge is completed, and notes what it was asked to do. */
async function rotating(overrides: Partial<SessionRotation> & { describes?: false } = {}) {
  const calls: string[] = []
  let numbers = 0
  const { describes, ...parts } = overrides
  const test: Scene = createScene({
    handler: {
      rotateSession: (ref) => {
        const newSessionId = `rotated-${++numbers}`
        const former = test.sessions.get(ref.sessionId)
        if (former === undefined) throw new Error('unknown')
        calls.push(`prepare ${newSessionId}`)
        return {
          newSessionId,
          async commit() {
            calls.push('commit')
            test.sessions.delete(ref.sessionId)
            test.sessions.set(newSessionId, { ...former, secret: newSessionId, publicId: `public-${newSessionId}` })
            const headers = new Headers({ 'x-fallback-cookies': '{"a_session_demo":"x"}' })
            headers.append('set-cookie', `a_session_demo_legacy=${newSessionId}; Path=/; HttpOnly`)
            headers.append('set-cookie', `a_session_demo=${newSessionId}; Path=/; HttpOnly; SameSite=None`)
            return headers
          },
          async abandon() {
            calls.push('abandon')
          },
          ...parts,
        }
      },
      ...(describes === false && {
        describeSession: () => {
          throw new Error('cannot describe')
        },
      }),
    },
  })
  const user = await test.givenProtected()
  const before = { ...user.half.ref }
  const renewed = () => test.mfa.sessions.assess({ ...before, sessionId: 'rotated-1' })
  const former = () => test.mfa.sessions.assess(before)
  return { ...test, ...user, calls, renewed, former }
}

describe('a session that is rotated when a challenge is completed', () => {
  it('is prepared, completed into, committed, and told to the client; the old id holds nothing (X22)', async () => {
    const { half, app, calls, renewed, former } = await rotating()
    const answer = await prove(half.send, 'totp', app.freshCode)
    expect(answer.status).toBe(200)
    expect(calls).toEqual(['prepare rotated-1', 'commit'])
    expect(answer.headers.getSetCookie()).toHaveLength(2)
    expect(answer.headers.get('x-fallback-cookies')).toBe('{"a_session_demo":"x"}')
    expect(answer.body).toMatchObject({ $id: 'public-rotated-1', factors: ['password', 'totp'], secret: '' })
    expect((await renewed()).satisfied).toBe(true)
    expect(await former()).toMatchObject({ satisfied: false, next: 'sign_in' })
    expect(errorOf(await half.send('GET', '/account/mfa/factors'))).toBe('401 general_unauthorized_scope')
  })

  it('is abandoned when the code is wrong, and the old id lives on', async () => {
    const { half, calls, former } = await rotating()
    const answer = await prove(half.send, 'totp', () => '000000')
    expect(errorOf(answer)).toBe('401 user_invalid_token')
    expect(calls).toEqual(['prepare rotated-1', 'abandon'])
    expect(answer.headers.getSetCookie()).toEqual([])
    expect((await former()).next).toBe('second_factor')
  })

  it('is abandoned when the store fails', async () => {
    const { half, app, calls, store } = await rotating()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'totp' })
    const otp = app.freshCode()
    const { save } = store
    store.save = () => {
      throw new Error('down')
    }
    const answer = await half.send('PUT', '/account/mfa/challenges', { challengeId: body.$id, otp })
    store.save = save
    expect(answer.status).toBe(503)
    expect(calls).toEqual(['prepare rotated-1', 'abandon'])
  })

  it('is not prepared for a request that is malformed or shut out', async () => {
    const { half, guest, calls } = await rotating()
    await half.send('PUT', '/account/mfa/challenges', { challengeId: 1, otp: '123456' })
    await half.send('PUT', '/account/mfa/challenges', { challengeId: 'x' })
    await guest('PUT', '/account/mfa/challenges', { challengeId: 'x', otp: '123456' })
    await half.send(
      'PUT',
      '/account/mfa/challenges',
      { challengeId: 'x', otp: '1' },
      { origin: 'https://evil.example' },
    )
    expect(calls).toEqual([])
  })

  it('leaves credit to neither id where the commit fails', async () => {
    const commit = () => Promise.reject(new Error('password=hunter2'))
    const { half, app, calls, faults, renewed, former } = await rotating({ commit })
    const answer = await prove(half.send, 'totp', app.freshCode)
    expect(errorOf(answer)).toBe('500 general_server_error')
    expect(answer.text).not.toContain('hunter2')
    expect(calls).toEqual(['prepare rotated-1', 'abandon'])
    expect(faults).toHaveLength(1)
    expect((await renewed()).next).toBe('sign_in')
    expect((await former()).next).toBe('sign_in')
  })

  it('reaches its client also where the answer cannot be described', async () => {
    const { half, app, renewed } = await rotating({ describes: false })
    const answer = await prove(half.send, 'totp', app.freshCode)
    expect(errorOf(answer)).toBe('500 general_server_error')
    expect(answer.headers.getSetCookie()[1]).toContain('a_session_demo=rotated-1')
    expect((await renewed()).satisfied).toBe(true)
  })

  it('answers the refusal also where abandoning throws', async () => {
    const abandon = () => Promise.reject(new Error('cannot abandon'))
    const { half, faults } = await rotating({ abandon })
    expect(errorOf(await prove(half.send, 'totp', () => '000000'))).toBe('401 user_invalid_token')
    expect(faults).toHaveLength(1)
  })

  it('refuses an id that is in use already, as a fault of the host', async () => {
    // The session that set everything up, which has the second number in every scene.
    const { half, setUp, app, calls } = await rotating({ newSessionId: 'secret-of-session-2' })
    expect(setUp.secret).toBe('secret-of-session-2')
    const answer = await prove(half.send, 'totp', app.freshCode)
    expect(errorOf(answer)).toBe('500 general_server_error')
    expect(calls).toEqual(['prepare rotated-1', 'abandon'])
  })

  it('cannot make an answer one to keep', async () => {
    const commit = async () => new Headers({ 'cache-control': 'public' })
    const { half, app } = await rotating({ commit })
    const { headers } = await prove(half.send, 'totp', app.freshCode)
    expect(headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate')
  })

  it('is committed once, however often the right code is sent at once (X02)', async () => {
    const { half, app, calls } = await rotating()
    const { body } = await half.send('POST', '/account/mfa/challenges', { factor: 'totp' })
    const proof = { challengeId: body.$id, otp: app.freshCode() }
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => half.send('PUT', '/account/mfa/challenges', proof)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ headers }) => headers.getSetCookie().length > 0)).toHaveLength(1)
    expect(calls.filter((call) => call === 'commit')).toHaveLength(1)
    expect(calls.filter((call) => call === 'abandon')).toHaveLength(
      calls.filter((call) => call.startsWith('prepare')).length - 1,
    )
  })
})
