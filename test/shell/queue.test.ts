import { describe, expect, it } from 'vitest'
import { codeOf, lost, signedUp } from './signed-up.js'

describe('the queue of one owner', () => {
  it('holds 64; the next is busy at once', async () => {
    const { mfa, user, store } = await signedUp()
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    store.next('load', async (original) => {
      await gate
      return original()
    })
    const begin = (index: number) =>
      mfa.sessions.begin({ userId: user.userId, sessionId: `s${index}` }, { method: 'password' })
    const waiting = Array.from({ length: 64 }, (_, index) => begin(index))
    expect(await begin(64)).toEqual({ ok: false, reason: 'busy' })
    expect(await mfa.users.erase({ userId: user.userId })).toEqual({ ok: false, reason: 'busy' })
    release()
    expect((await Promise.all(waiting)).every(({ ok }) => ok)).toBe(true)
    expect((await begin(65)).ok).toBe(true)
  })

  it('goes on after a failure', async () => {
    const { mfa, user, store } = await signedUp()
    store.next('load', lost)
    const begin = (index: number) =>
      mfa.sessions.begin({ userId: user.userId, sessionId: `s${index}` }, { method: 'password' })
    const [first, second] = [begin(1), begin(2)]
    expect(await codeOf(first)).toBe('store_failed')
    expect((await second).ok).toBe(true)
  })
})
