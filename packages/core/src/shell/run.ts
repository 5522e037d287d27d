/** The one function that does all I/O: load, decide, save if the version still matches, else again; then the effects. */

import type { Context, Decision } from '../decision.js'
import { invalidConfiguration } from '../errors.js'
import { createIdSource, drawOnce, readEntropy } from '../keys/entropy.js'
import type { KeyRing } from '../keys/key-ring.js'
import { messageBase } from '../message/base.js'
import type { Policy } from '../policy/policy.js'
import type { Clock, RandomSource } from '../ports/clock.js'
import type { MfaRecord } from '../record/record.js'
import { settle } from '../record/settle.js'
import type { Result } from '../result.js'
import { toleratedClockLagMs } from '../session/gates.js'
import { type Actor, addressNotices, type Effects } from './effects.js'
import type { HostQuestions } from './host.js'
import type { Mutex } from './mutex.js'
import type { Loaded, Persistence } from './persist.js'
import { monotonicMs, sleepUpTo } from './system.js'

/** A rule: pure, total, and the same for the same record, input and context. */
export type Decide<I, T> = (record: MfaRecord, input: I, ctx: Context) => Decision<T>

/** Everything a shell is made of. */
export interface ShellParts {
  readonly persistence: Persistence
  readonly host: HostQuestions
  readonly effects: Effects
  readonly mutex: Mutex
  readonly clock: Clock
  readonly random: RandomSource
  readonly keys: KeyRing
  readonly policy: Policy
  readonly issuer: string
  readonly unknownSessions: Context['unknownSessions']
  readonly hasMessenger: boolean
}

export interface Shell {
  /** Decides, saves, and only then tells anyone. */
  command<I, T>(decide: Decide<I, T>, input: I, actor: Actor): Promise<Result<T>>
  /** One load, no save, no queue. */
  query<A>(ask: (record: MfaRecord, ctx: Context, loaded: Loaded) => A, actor: Actor): Promise<A>
  erase(actor: Actor): Promise<Result<object>>
}

const maxTries = 30
const deadlineMs = 2000
const firstBackoffMs = 5
const maxBackoffMs = 100
const busy: Result<never> = { ok: false, reason: 'busy' }

/** A decision that is saved, with the records before and after it. */
interface Committed<T> {
  readonly decision: Decision<T>
  readonly before: MfaRecord
  readonly after: MfaRecord
  readonly version: string
  readonly ctx: Context
}

export function createShell(parts: ShellParts): Shell {
  const { persistence, host, effects, mutex, clock, random, keys, policy, issuer, unknownSessions, hasMessenger } =
    parts
  const nextVersion = createIdSource(random)

  const contextFor = (
    record: MfaRecord,
    actor: Actor,
    enforcement: Context['enforcement'],
    draw: () => Uint8Array,
  ): Context => {
    const realNowMs = readClock(clock)
    return {
      nowMs: Math.max(realNowMs, record.seenAtMs),
      realNowMs,
      owner: actor.owner,
      user: actor.user,
      ...(actor.sessionHash !== undefined && { acting: actor.sessionHash }),
      policy,
      issuer,
      keys,
      entropy: readEntropy(draw),
      enforcement,
      unknownSessions,
      hasMessenger,
      sendAllowed: true,
    }
  }

  /** Loads and decides until a save succeeds; `undefined` after too many conflicts. */
  const commit = async <I, T>(decide: Decide<I, T>, input: I, actor: Actor): Promise<Committed<T> | undefined> => {
    const enforcement = await host.enforcementOn(actor.user)
    const draw = drawOnce(random)
    const allowed = new Map<string, boolean>()
    const startedMs = monotonicMs()
    for (let tries = 0; tries < maxTries && monotonicMs() - startedMs < deadlineMs; tries++) {
      if (tries > 0) await sleepUpTo(Math.min(maxBackoffMs, firstBackoffMs * 2 ** tries))
      const loaded = await persistence.load(actor.owner)
      const ctx = contextFor(loaded.record, actor, enforcement, draw)
      let decision = decide(loaded.record, input, ctx)
      if (decision.message && !(await maySend(decision.message.content, actor, allowed))) {
        decision = decide(loaded.record, input, { ...ctx, entropy: readEntropy(draw), sendAllowed: false })
      }
      const committed = { decision, before: loaded.record, after: decision.next ?? loaded.record, version: '', ctx }
      if (decision.next === null) return committed
      const acting = decision.actingAfter ?? actor.sessionHash
      const settling = decision.resetsClock ? { ...ctx, nowMs: ctx.realNowMs } : ctx
      const after = settle(loaded.record, decision.next, acting, settling)
      const version = nextVersion()
      const outcome = await persistence.save(actor.owner, loaded, after, version, acting)
      if (outcome === 'saved') return { ...committed, after, version }
    }
    return undefined
  }

  /** The host's limiter is asked once per command and address, whatever happens to the save. */
  const maySend = async (
    message: Parameters<HostQuestions['maySend']>[1],
    actor: Actor,
    allowed: Map<string, boolean>,
  ): Promise<boolean> => {
    const key = `${message.channel}:${message.address}`
    const known = allowed.get(key)
    if (known !== undefined) return known
    const answer = await host.maySend(actor.user, message)
    if (answer === 'failed') effects.emit({ type: 'port.failed', port: 'allow_send' }, actor, message.createdAtMs)
    allowed.set(key, answer === 'yes')
    return answer === 'yes'
  }

  const emitAll = ({ decision, ctx }: Committed<unknown>, actor: Actor): void => {
    const behindMs = ctx.nowMs - ctx.realNowMs
    if (behindMs > toleratedClockLagMs) effects.emit({ type: 'clock.behind', behindMs }, actor, ctx.nowMs)
    if (ctx.enforcement.unavailable) effects.emit({ type: 'port.failed', port: 'enforcement' }, actor, ctx.nowMs)
    for (const event of decision.events) effects.emit(event, actor, ctx.nowMs)
  }

  const command: Shell['command'] = async (decide, input, actor) => {
    const committed = await mutex(actor.owner, async () => {
      const done = await commit(decide, input, actor)
      // Inside the queue, so that events come in the order of the saves.
      if (done) emitAll(done, actor)
      return done
    })
    if (committed === 'full' || committed === undefined) return busy
    const { decision, before, after, version, ctx } = committed
    const isDelivered = decision.message === undefined || (await effects.deliver(decision.message.content, actor))
    if (hasMessenger && decision.notices.length > 0) {
      const base = messageBase.bind(undefined, ctx)
      await effects.notify(addressNotices(decision.notices, before, after, base, version), actor)
    }
    return decision.message && !isDelivered ? decision.message.outcomeIfFailed : decision.outcome
  }

  const query: Shell['query'] = async (ask, actor) => {
    const enforcement = await host.enforcementOn(actor.user)
    if (enforcement.unavailable) effects.emit({ type: 'port.failed', port: 'enforcement' }, actor, clock.nowMs())
    const loaded = await persistence.load(actor.owner)
    return ask(loaded.record, contextFor(loaded.record, actor, enforcement, noEntropy), loaded)
  }

  const erase: Shell['erase'] = async (actor) => {
    const done = await mutex(actor.owner, () => persistence.erase(actor.owner))
    if (done === 'full') return busy
    effects.emit({ type: 'user.erased' }, actor, clock.nowMs())
    return { ok: true }
  }

  return { command, query, erase }
}

const noEntropy = (): Uint8Array => new Uint8Array(0)

// The last instant a `Date` can hold.
const lastTimeMs = 8.64e15

/** Whole milliseconds: a record holds no fractions. */
function readClock(clock: Clock): number {
  const nowMs = Math.floor(clock.nowMs())
  if (!(nowMs >= 0 && nowMs <= lastTimeMs)) {
    throw invalidConfiguration('clock.nowMs', 'a function that answers milliseconds since the epoch')
  }
  return nowMs
}
