/** A store on Redis or Valkey: one string per owner, replaced by a script that looks at the version first. */

import { MfaError, type MfaStore } from '@countersign/core'
import { createFirstUse, type Durability, refuseFaults } from '../first-use.js'
import { commandsOf, type RedisClient, type RedisCommands } from './client.js'
import { findFaults } from './faults.js'

export type { Durability } from '../first-use.js'
export type { IoredisClient, NodeRedisClient, RedisClient } from './client.js'

/** Options of `createRedisStore`. */
export interface RedisStoreOptions {
  /** What keys begin with. Default `mfa:`. */
  readonly prefix?: string
  /** `unchecked`: for tests and data that may be lost. */
  readonly durability?: Durability
  /** What a save waits for before it counts: without it, a failover may forget acknowledged saves. */
  readonly waitFor?: RedisWait
}

/** What a save waits for beyond the primary’s answer. */
export interface RedisWait {
  /** How many replicas must have it (WAIT). */
  readonly replicas: number
  /** Also fsynced here and on those replicas (WAITAOF, from Redis 7.2 on). */
  readonly disk?: boolean
  /** Default 1000, from 1 to 10000. */
  readonly timeoutMs?: number
}

/** A store with `setup()`, which checks the server; there is nothing to create. */
export interface RedisStore extends MfaStore {
  /**
   * Looks at the server once, in a cluster at every primary; throws `invalid_configuration` where it could lose or evict
   * records, and `store_failed` where a cluster client knows no primary yet.
   */
  setup(): Promise<void>
}

const versionLength = 22
const loadScript = "return redis.call('GET', KEYS[1])"
const eraseScript = "return redis.call('DEL', KEYS[1])"
// 2: stored already by this very call, which the client sent again when it lost the connection before the answer.
const saveScript = `local found = redis.call('GETRANGE', KEYS[1], 0, ${versionLength - 1})
if found == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2])
  return 1
end
if found == string.sub(ARGV[2], 1, ${versionLength}) then return 2 end
return 0`
const writeAgainScript = `local value = redis.call('GET', KEYS[1])
if value then redis.call('SET', KEYS[1], value) end
return value`

/** A store on Redis: one key per record, each save one script that compares and sets. */
export function createRedisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const { prefix = 'mfa:', durability = 'required', waitFor } = options
  if (typeof prefix !== 'string' || !/^[!-z|~]{1,64}$/.test(prefix)) {
    throw new MfaError('invalid_configuration', '`prefix` must be 1 to 64 visible ASCII characters without braces.')
  }
  const commands = commandsOf(client)
  const evaluate = waitFor === undefined ? commands.evaluate : evaluateAndWait(commands, waitFor)
  const check = async (): Promise<void> => {
    const infos = await commands.info(prefix)
    const faults = infos.flatMap((info) => findFaults(info, durability, commands.isCluster))
    refuseFaults('This Redis server cannot hold MFA records', [...new Set(faults)])
  }
  const ready = createFirstUse(check)
  const unconfirmed = new Set<string>()

  /** A write that too few have may still be forgotten: until it is confirmed, its owner is not loaded here either. */
  const write = async (owner: string, script: string, ...values: string[]): Promise<unknown> => {
    await ready()
    try {
      const answer = await evaluate(script, prefix + owner, ...values)
      // Thrown in here, since a wait behind a script that wrote nothing waits for nothing.
      if (script === saveScript && Number(answer) === 2) {
        throw new MfaError('store_failed', 'A save went out twice, after a lost connection: only loading tells of it.')
      }
      unconfirmed.delete(owner)
      return answer
    } catch (error) {
      if (waitFor !== undefined) unconfirmed.add(owner)
      throw error
    }
  }

  return {
    setup: check,
    async load(owner) {
      await ready()
      const value = unconfirmed.has(owner)
        ? await write(owner, writeAgainScript)
        : await commands.evaluate(loadScript, prefix + owner)
      if (value === null) return null
      if (typeof value !== 'string') throw new MfaError('store_misbehaved', 'The client must answer strings.')
      return { version: value.slice(0, versionLength), data: value.slice(versionLength) }
    },
    async save(owner, data, version, expected) {
      if (version.length !== versionLength) {
        throw new MfaError('invalid_argument', `\`version\` must have ${versionLength} characters.`)
      }
      // The script takes the empty text for "must not exist".
      if (expected !== null && expected.length !== versionLength) return false
      return Number(await write(owner, saveScript, expected ?? '', version + data)) === 1
    },
    async erase(owner) {
      await write(owner, eraseScript)
    },
  }
}

/**
 * Script and wait go out together on one connection. A client that lost it between the two repeats the wait alone on
 * the next, where it waits for nothing: so both are asked for by name of the connection, before and after.
 */
function evaluateAndWait(commands: RedisCommands, waitFor: RedisWait): RedisCommands['evaluate'] {
  const { replicas, disk = false, timeoutMs = 1000 } = waitFor
  if (!isWithin(replicas, disk ? 0 : 1, 16) || !isWithin(timeoutMs, 1, 10_000)) {
    throw new MfaError('invalid_configuration', '`waitFor` must have 1 to 16 `replicas` and 1 to 10000 `timeoutMs`.')
  }
  const { sendBeside } = commands
  if (sendBeside === undefined) {
    throw new MfaError('invalid_configuration', '`waitFor` does not work with this client: see docs/guides.')
  }
  const wait = disk ? ['WAITAOF', '1', `${replicas}`, `${timeoutMs}`] : ['WAIT', `${replicas}`, `${timeoutMs}`]
  return async (script, key, ...values) => {
    const connection = (): Promise<unknown> => sendBeside(key, 'CLIENT', 'ID')
    const sent = [connection(), commands.evaluate(script, key, ...values), sendBeside(key, ...wait), connection()]
    const [before, answer, reached, after] = await Promise.all(sent)
    if (before !== after)
      throw new MfaError('store_failed', 'The connection was lost before the replicas had the change.')
    const [onDisk, onReplicas] = Array.isArray(reached) ? reached.map(Number) : [1, Number(reached)]
    if (!(Number(onDisk) >= 1 && Number(onReplicas) >= replicas)) {
      throw new MfaError('store_failed', 'Too few replicas have the change: it may still be lost.')
    }
    return answer
  }
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}
