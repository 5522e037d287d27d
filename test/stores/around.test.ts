import { createMemoryStore } from '@countersign/adapters/memory'
import { observeStore, requireExisting, type StoreCall } from '@countersign/adapters/stores'
import { createTestMfa } from '@countersign/adapters/testing'
import type { MfaStore, UserRef } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ownerOf } from '../../packages/core/src/record/owner.js'

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
    const { mfa, givenUser } = createTestMfa({ store: requireExisting(store, ({ userId }) => marked.has(userId)) })
    const user = await givenUser({ userId: 'kim', totp: true })
    marked.add('kim')
    const session = await user.signIn()
    expect((await mfa.sessions.assess(session)).next).toBe('second_factor')
    await store.erase('0:kim')
    await expect(mfa.sessions.assess(session)).rejects.toMatchObject({ code: 'store_misbehaved' })
    await expect(mfa.sessions.begin(session, { method: 'password' })).rejects.toMatchObject({
      code: 'store_misbehaved',
    })
    expect(await store.load('0:kim')).toBeNull()
  })

  it('names user and tenant to the host as the host named them to the library', async () => {
    const asked: UserRef[] = []
    const { mfa } = createTestMfa({
      store: requireExisting(createMemoryStore(), (user) => {
        asked.push(user)
        return false
      }),
    })
    const users: readonly UserRef[] = [
      { userId: 'kim' },
      { userId: '3:kim' },
      { userId: 'kim', tenantId: 'acme' },
      { userId: '\ufeffkim', tenantId: '\ufeff' },
      { userId: 'é🔑', tenantId: 'Zürich 東京 🗼' },
      { userId: 'kim', tenantId: '0:' },
    ]
    for (const user of users) await mfa.sessions.assess({ ...user, sessionId: 's' })
    expect(asked).toEqual(users)
  })

  it('reads every owner back that the core can write', async () => {
    const id = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
    const user = fc
      .record({ userId: id, tenantId: id }, { requiredKeys: ['userId'] })
      .filter(({ userId, tenantId = '' }) => Buffer.byteLength(userId + tenantId) <= 240)
    let tenants = 0
    await fc.assert(
      fc.asyncProperty(user, async (given) => {
        let asked: UserRef | undefined
        const store = requireExisting(createMemoryStore(), (each) => {
          asked = each
          return false
        })
        await store.load(ownerOf(given))
        expect(asked).toEqual(given)
        if (given.tenantId !== undefined) tenants++
      }),
    )
    expect(tenants).toBeGreaterThan(0)
  })

  it.each([
    ['kim', 'no length'],
    [':kim', 'an empty length'],
    ['0:', 'no user'],
    ['4:acme', 'a tenant without a user'],
    ['5:acme', 'a tenant that is too short'],
    ['1:ékim', 'a length that ends within a character'],
    ['00:kim', 'a length with a leading zero'],
    ['-1:kim', 'a negative length'],
    ['4.0:acmekim', 'a length that is no whole number'],
    ['1000:kim', 'a length beyond what an owner can have'],
  ])('refuses a missing owner that names no user, %j: %s', async (owner) => {
    const mustExist = vi.fn(() => false)
    const store = requireExisting(createMemoryStore(), mustExist)
    await expect(store.load(owner)).rejects.toMatchObject({ code: 'store_misbehaved' })
    await expect(store.save(owner, 'data', version, null)).rejects.toMatchObject({ code: 'store_misbehaved' })
    expect(mustExist).not.toHaveBeenCalled()
  })

  it('refuses to create a record over a lost one, also when only the save sees that it is gone', async () => {
    const inner = createMemoryStore()
    const store = requireExisting(inner, async () => true)
    await expect(store.save('0:kim', 'data', version, null)).rejects.toMatchObject({ code: 'store_misbehaved' })
    expect(await inner.load('0:kim')).toBeNull()
  })

  it('lets users without MFA pass, and asks only when nothing is stored', async () => {
    const asked: UserRef[] = []
    const store = requireExisting(createMemoryStore(), (user) => {
      asked.push(user)
      return false
    })
    expect(await store.load('0:kim')).toBeNull()
    expect(await store.save('0:kim', 'data', version, null)).toBe(true)
    expect(await store.load('0:kim')).toEqual({ version, data: 'data' })
    expect(await store.save('0:kim', 'more', version, version)).toBe(true)
    await store.erase('0:kim')
    expect(asked).toEqual([{ userId: 'kim' }, { userId: 'kim' }])
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
