import { createManualClock, createTestMfa } from '@countersign/adapters/testing'
import { type MfaEvent, type MfaOptions, unwrap } from '@countersign/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Message } from '../../packages/core/src/ports/messenger.js'
import { initialRecord, type MfaRecord } from '../../packages/core/src/record/record.js'
import { addressNotices, createEffects } from '../../packages/core/src/shell/effects.js'
import { createHostQuestions, isEnforcement } from '../../packages/core/src/shell/host.js'
import { createMutex } from '../../packages/core/src/shell/mutex.js'
import { systemClock, withTimeLimit } from '../../packages/core/src/shell/system.js'
import { createObservedStore } from './observed-store.js'

afterEach(() => void vi.restoreAllMocks())

const down = (): never => {
  throw new Error('down')
}
const never = (): Promise<never> => new Promise(() => {})
const user = { userId: 'kim' }
const notice = { kind: 'notice', notice: 'mfa_enabled', channel: 'email', createdAtMs: 5 } as Message & {
  kind: 'notice'
}
const code = { kind: 'code', channel: 'phone', createdAtMs: 6, code: '123456' } as Message

describe('an event', () => {
  const eventFor = (actor: object): MfaEvent | undefined => {
    const events: MfaEvent[] = []
    createEffects(undefined, (event) => events.push(event), undefined, 10).emit(
      { type: 'user.erased' },
      { owner: 'o', user, ...actor },
      7,
    )
    return events[0]
  }

  it('names tenant, session and context where there are any, and has no such part where there are none', () => {
    const bare = { type: 'user.erased', atMs: 7, userId: 'kim' }
    expect(eventFor({})).toStrictEqual(bare)
    const context = { ip: '203.0.113.7' }
    expect(eventFor({ user: { ...user, tenantId: 't', context }, sessionHash: 'h'.repeat(22) })).toStrictEqual({
      ...bare,
      tenantId: 't',
      session: 'h'.repeat(16),
      context,
    })
  })
})

describe('a message that was not taken', () => {
  it.each([
    ['throws', down],
    ['rejects', async () => down()],
    ['hangs', never],
  ])('is told as failed, with the notice it was if it was one, when the messenger %s', async (_how, send) => {
    const events: MfaEvent[] = []
    const effects = createEffects({ send }, (event) => events.push(event), undefined, 10)
    expect(await effects.deliver(notice, { owner: 'o', user })).toBe(false)
    expect(await effects.deliver(code, { owner: 'o', user })).toBe(false)
    const failed = { type: 'message.failed', userId: 'kim' }
    expect(events).toStrictEqual([
      { ...failed, channel: 'email', kind: 'notice', notice: 'mfa_enabled', atMs: 5 },
      { ...failed, channel: 'phone', kind: 'code', atMs: 6 },
    ])
  })

  it('is no failure, and was not sent, when there is no messenger', async () => {
    const onEvent = vi.fn()
    expect(await createEffects(undefined, onEvent, undefined, 10).deliver(code, { owner: 'o', user })).toBe(false)
    expect(onEvent).not.toHaveBeenCalled()
  })
})

describe('notices', () => {
  it('are sent before the answer when defer throws, each once; nothing is deferred when there are none', async () => {
    const sent: unknown[] = []
    const defer = vi.fn(down)
    const effects = createEffects({ send: async (message) => void sent.push(message) }, undefined, defer, 10)
    await effects.notify([], { owner: 'o', user })
    expect(defer).not.toHaveBeenCalled()
    await effects.notify([notice], { owner: 'o', user })
    expect([sent, defer.mock.calls.length]).toEqual([[notice], 1])
  })

  it('go to every address before and after the change but withdrawn ones, each under a key of its own (X42)', () => {
    const contact = (kind: 'email' | 'phone', address: string, status = 'active') => ({ kind, address, status })
    const recordOf = (...factors: object[]) => ({ ...initialRecord(), factors }) as MfaRecord
    const before = recordOf(contact('email', 'old'), contact('phone', '+1'), contact('email', 'gone', 'withdrawn'))
    const after = recordOf(contact('email', 'new', 'locked'), { kind: 'totp', address: 'app' }, contact('phone', '+1'))
    const drafts = [
      { notice: 'mfa_enabled', details: { left: 1 } },
      { notice: 'mfa_reset', exceptChannel: 'email' },
    ] as const
    const base = (channel: 'email' | 'phone', address: string, key: string) => ({ channel, address, key }) as never
    const told = { kind: 'notice', notice: 'mfa_enabled', details: { left: 1 } }
    expect(addressNotices(drafts, before, after, base, 'v')).toEqual([
      { ...told, channel: 'email', address: 'old', key: 'v.0.0.email' },
      { ...told, channel: 'phone', address: '+1', key: 'v.0.1.phone' },
      { ...told, channel: 'email', address: 'new', key: 'v.0.2.email' },
      { kind: 'notice', notice: 'mfa_reset', details: {}, channel: 'phone', address: '+1', key: 'v.1.0.phone' },
    ])
  })
})

describe('what the host is asked', () => {
  it('well-formed answers alone are taken: whatever else means required', async () => {
    const good = [
      { mfa: 'optional' },
      { mfa: 'required' },
      { mfa: 'required', requiredFromMs: 5, allowedFactors: ['totp', 'email', 'phone'] },
    ]
    const bad = [
      ...[undefined, null, 'required', 5, [], {}, { mfa: 'yes' }, { mfa: 'required', requiredFromMs: Number.NaN }],
      ...[
        { requiredFromMs: '5' },
        { requiredFromMs: Infinity },
        { allowedFactors: 'totp' },
        { allowedFactors: [] },
      ].map((part) => ({ mfa: 'optional', ...part })),
      ...[['sms'], ['recovery_code'], ['totp', 'sms']].map((allowedFactors) => ({ mfa: 'optional', allowedFactors })),
    ]
    for (const [answers, taken] of [
      [good, true],
      [bad, false],
    ] as const) {
      for (const answer of answers) {
        expect([answer, isEnforcement(answer)]).toEqual([answer, taken])
        const { enforcementOn } = createHostQuestions((() => answer) as never, undefined, 1000)
        expect(await enforcementOn(user)).toEqual(taken ? answer : { mfa: 'required', unavailable: true })
      }
    }
    for (const broken of [down, async () => down(), never]) {
      expect(await createHostQuestions(broken, undefined, 10).enforcementOn(user)).toEqual({
        mfa: 'required',
        unavailable: true,
      })
    }
    expect(await createHostQuestions(undefined, undefined, 10).enforcementOn(user)).toEqual({ mfa: 'optional' })
    const demand = { mfa: 'required', requiredFromMs: 5 } as const
    expect(await createHostQuestions(demand, undefined, 10).enforcementOn(user)).toEqual(demand)
  })

  it('only true lets a message go, and a limiter that fails or hangs is told apart from one that says no', async () => {
    const answers = [() => true, async () => true, () => false, async () => 1, down, async () => down(), never]
    const outcomes = answers.map((allowSend) =>
      createHostQuestions(undefined, allowSend as MfaOptions['allowSend'], 10).maySend(user, code),
    )
    expect(await Promise.all(outcomes)).toEqual(['yes', 'yes', 'no', 'no', 'failed', 'failed', 'failed'])
    expect(await createHostQuestions(undefined, undefined, 10).maySend(user, code)).toBe('yes')
  })

  it('a failure is an event that names what failed, from commands and questions; a no is none', async () => {
    const told = async (options: object) => {
      const { mfa, events } = createTestMfa(options)
      const session = { userId: 'kim', sessionId: 's' }
      unwrap(await mfa.sessions.begin(session, { method: 'password' }))
      const afterCommand = events.splice(0).flatMap((event) => (event.type === 'port.failed' ? [event.port] : []))
      await mfa.sessions.assess(session)
      const afterQuestion = events.splice(0).flatMap((event) => (event.type === 'port.failed' ? [event.port] : []))
      await mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com' })
      return [
        afterCommand,
        afterQuestion,
        events.flatMap((event) => (event.type === 'port.failed' ? [event.port] : [])),
      ]
    }
    expect(await told({ enforcement: down })).toEqual([['enforcement'], ['enforcement'], ['enforcement']])
    expect(await told({ allowSend: down })).toEqual([[], [], ['allow_send']])
    expect(await told({ allowSend: () => false })).toEqual([[], [], []])
  })
})

describe('the clock', () => {
  it('is the platform’s where the host gives none', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_800_000_000_123)
    expect(systemClock.nowMs()).toBe(1_800_000_000_123)
  })
})

describe('rivals', () => {
  it('of one owner go one after another, also those that come while some are done', async () => {
    const mutex = createMutex(3)
    const running: string[] = []
    const ends = new Map<string, () => void>()
    const run = (name: string, owner = 'kim') =>
      mutex(owner, async () => {
        running.push(name)
        await new Promise<void>((resolve) => ends.set(name, resolve))
        running.splice(running.indexOf(name), 1)
        return name
      })
    const settle = () => new Promise((resolve) => setImmediate(resolve))
    const tasks = [run('a'), run('b')]
    await settle()
    expect(running).toEqual(['a'])
    ends.get('a')?.()
    await settle()
    tasks.push(run('c'), run('d'))
    expect(await run('e')).toBe('full')
    tasks.push(run('x', 'sam'))
    await settle()
    expect(running).toEqual(['b', 'x'])
    for (const name of ['b', 'c', 'd', 'x']) {
      ends.get(name)?.()
      await settle()
    }
    expect(await Promise.all(tasks)).toEqual(['a', 'b', 'c', 'd', 'x'])
  })

  async function conflicting(monotonic: (call: number) => number) {
    let asked = 0
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic(asked++))
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const store = createObservedStore()
    for (let times = 0; times < 40; times++) store.next('save', async () => false)
    const { mfa } = createTestMfa({ store, portTimeLimitMs: 60_000, clock: createManualClock() })
    const answer = await mfa.sessions.begin({ userId: 'kim', sessionId: 's' }, { method: 'password' })
    const waits = timers.mock.calls.map(([, delayMs]) => delayMs).filter((delayMs) => delayMs !== 60_000)
    return { answer, saves: store.calls.save, waits }
  }

  it('that meet wait a random part of 10, 20, 40, 80 and then 100 ms, and are busy after 30 tries', async () => {
    const { answer, saves, waits } = await conflicting(() => 0)
    expect([answer, saves]).toEqual([{ ok: false, reason: 'busy' }, 30])
    expect(waits).toEqual([5, 10, 20, 40, ...Array(25).fill(50)])
  })

  it('that meet for two seconds are busy: a try may begin a millisecond before, and none at two seconds', async () => {
    const start = 50_000
    const { answer, saves } = await conflicting((call) => start + ([0, 0, 1999, 2000][call] ?? 9999))
    expect([answer, saves]).toEqual([{ ok: false, reason: 'busy' }, 2])
  })

  it('leave no timer behind once a port has answered', async () => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const set = vi.spyOn(globalThis, 'setTimeout')
    expect(await withTimeLimit(Promise.resolve('answer'), 60_000, down)).toBe('answer')
    await expect(withTimeLimit(Promise.reject(new Error('refused')), 60_000, down)).rejects.toThrow('refused')
    await new Promise((resolve) => setImmediate(resolve))
    for (const { value } of set.mock.results) expect(cleared).toHaveBeenCalledWith(value)
    expect(set).toHaveBeenCalledTimes(2)
  })
})
