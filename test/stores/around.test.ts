import { createMemoryStore } from '@countersign/adapters/memory'
import { observeStore, requireExisting, type StoreCall } from '@countersign/adapters/stores'
import { createTestMfa } from '@countersign/adapters/testing'
import type { MfaStore } from '@countersign/core'
import { describe, expect, it } from 'vitest'

const version = 'v'.repeat(22)

describe('observeStore', () => {
  it('tells call, outcome and time, and neither owner nor data', async () => {
    const calls: StoreCall[] = []
    const store = observeStore(createMemoryStore(), (call) => calls.push(call))
    await store.load('0:x')
    await store.save('0:x', 'secret', version, null)
    await store.save('0:x', 'secret', version, null)
    await store.load('0:x')
    await store.erase('0:x')
    expect(calls.map(({ call, outcome }) => `${call} ${outcome}`)).toEqual([
      'load absent',
      'save saved',
      'save conflict',
      'load found',
      'erase erased',
    ])
    for (const call of calls) {
      expect(Object.keys(call).sort()).toEqual(['call', 'outcome', 'tookMs'])
      expect(call.tookMs).toBeGreaterThanOrEqual(0)
    }
  })

  it('passes answers and errors on as they are, and tells of the error', async () => {
    const failure = new Error('down')
    const calls: StoreCall[] = []
    const down: MfaStore = {
      load: () => Promise.reject(failure),
      save: () => Promise.reject(failure),
      erase: () => Promise.reject(failure),
    }
    const store = observeStore(down, (call) => calls.push(call))
    await expect(store.load('0:x')).rejects.toBe(failure)
    await expect(store.save('0:x', 'data', version, null)).rejects.toBe(failure)
    await expect(store.erase('0:x')).rejects.toBe(failure)
    expect(calls.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
  })

  it('does not let an observer change an answer', async () => {
    const store = observeStore(createMemoryStore(), () => {
      throw new Error('observer')
    })
    expect(await store.save('0:x', 'data', version, null)).toBe(true)
    expect(await store.load('0:x')).toEqual({ version, data: 'data' })
  })
})

describe('requireExisting', () => {
  it('takes the lost record of a user who has MFA for an error, not for "no MFA" (S9)', async () => {
    const store = createMemoryStore()
    const marked = new Set<string>()
    const { mfa, givenUser } = createTestMfa({ store: requireExisting(store, (owner) => marked.has(owner)) })
    const user = await givenUser({ userId: 'kim', totp: true })
    marked.add('0:kim')
    const session = await user.signIn()
    expect((await mfa.sessions.assess(session)).next).toBe('second_factor')
    await store.erase('0:kim')
    await expect(mfa.sessions.assess(session)).rejects.toMatchObject({ code: 'store_misbehaved' })
    await expect(mfa.sessions.begin(session, { method: 'password' })).rejects.toMatchObject({
      code: 'store_misbehaved',
    })
    expect(await store.load('0:kim')).toBeNull()
  })

  it('refuses to create a record over a lost one, also when only the save sees that it is gone', async () => {
    const inner = createMemoryStore()
    const store = requireExisting(inner, async () => true)
    await expect(store.save('0:kim', 'data', version, null)).rejects.toMatchObject({ code: 'store_misbehaved' })
    expect(await inner.load('0:kim')).toBeNull()
  })

  it('lets users without MFA pass, and asks only when nothing is stored', async () => {
    const asked: string[] = []
    const store = requireExisting(createMemoryStore(), (owner) => {
      asked.push(owner)
      return false
    })
    expect(await store.load('0:kim')).toBeNull()
    expect(await store.save('0:kim', 'data', version, null)).toBe(true)
    expect(await store.load('0:kim')).toEqual({ version, data: 'data' })
    expect(await store.save('0:kim', 'more', version, version)).toBe(true)
    await store.erase('0:kim')
    expect(asked).toEqual(['0:kim', '0:kim'])
  })

  it('denies when the host cannot tell', async () => {
    const store = requireExisting(createMemoryStore(), () => {
      throw new Error('no answer')
    })
    await expect(store.load('0:kim')).rejects.toThrow('no answer')
    const undecided = requireExisting(createMemoryStore(), () => undefined as unknown as boolean)
    await expect(undecided.load('0:kim')).rejects.toMatchObject({ code: 'store_misbehaved' })
  })
})
