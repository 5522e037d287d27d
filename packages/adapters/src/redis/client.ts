/** The few commands the store needs, over node-redis (single, Cluster, Sentinel) and ioredis (single, Sentinel, Cluster). */

import { MfaError } from '@countersign/core'

/** node-redis 5 or later: what `createClient`, `createCluster` and `createSentinel` answer. */
export interface NodeRedisClient {
  /** Runs a script (EVAL). */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** ioredis 5 or later: `Redis` or `Cluster`. */
export interface IoredisClient {
  /** Runs a script (EVAL). */
  eval(script: string, keyCount: number, ...values: string[]): Promise<unknown>
  /** Tells ioredis from node-redis; never called. */
  defineCommand(name: string, definition: { lua: string }): unknown
}

/** A client of either library. */
export type RedisClient = NodeRedisClient | IoredisClient

/** Scripts always go to the primary, also where a client sends plain reads to replicas (S1). */
export interface RedisCommands {
  evaluate(script: string, key: string, ...values: string[]): Promise<unknown>
  /** A command on the connection that `evaluate` uses for this key; absent where that cannot be promised. */
  readonly sendBeside?: (key: string, ...command: string[]) => Promise<unknown>
  /** The answer of INFO from every primary; `store_failed` where a cluster client knows none. Finds its way by `key`. */
  info(key: string): Promise<readonly string[]>
  readonly isCluster: boolean
}

const infoScript = "return redis.call('INFO')"

export function commandsOf(client: RedisClient): RedisCommands {
  if (typeof client?.eval !== 'function') {
    throw new MfaError('invalid_configuration', '`client` must be a client of node-redis or ioredis.')
  }
  return 'defineCommand' in client ? ioredisCommands(client) : nodeRedisCommands(client)
}

interface IoredisExtras {
  readonly isCluster?: boolean
  call?(command: string, ...values: string[]): Promise<unknown>
  nodes?(role: 'master'): readonly IoredisClient[]
}

function ioredisCommands(client: IoredisClient): RedisCommands {
  const extras = client as IoredisClient & IoredisExtras
  const isCluster = extras.isCluster === true
  return {
    evaluate: (script, key, ...values) => client.eval(script, 1, key, ...values),
    // A cluster routes by key, and a command without one goes to any node.
    ...(!isCluster && { sendBeside: async (_key, ...[name = '', ...values]) => extras.call?.(name, ...values) }),
    async info(key) {
      if (!isCluster) return [String(await client.eval(infoScript, 0))]
      // It knows the primaries once it has sent something by a key.
      await client.eval(infoScript, 1, key)
      const primaries = requireSome(extras.nodes?.('master'))
      return (await Promise.all(primaries.map((primary) => primary.eval(infoScript, 0)))).map(String)
    },
    isCluster,
  }
}

interface NodeRedisExtras {
  readonly masters?: readonly unknown[]
  nodeClient?(node: unknown): Promise<NodeRedisClient>
  acquire?: unknown
  sendCommand?(...values: unknown[]): Promise<unknown>
}

function nodeRedisCommands(client: NodeRedisClient): RedisCommands {
  const extras = client as NodeRedisClient & NodeRedisExtras
  const isCluster = typeof extras.nodeClient === 'function'
  const isSentinel = typeof extras.acquire === 'function'
  return {
    evaluate: (script, key, ...values) => client.eval(script, { keys: [key], arguments: values }),
    // Sentinel clients may spread commands over a pool of connections.
    ...(!isSentinel && {
      sendBeside: async (key, ...command) =>
        isCluster ? extras.sendCommand?.(key, false, command) : extras.sendCommand?.(command),
    }),
    async info() {
      const none = { keys: [], arguments: [] }
      if (!isCluster) return [String(await client.eval(infoScript, none))]
      const ask = async (primary: unknown): Promise<unknown> =>
        (await extras.nodeClient?.(primary))?.eval(infoScript, none)
      return (await Promise.all(requireSome(extras.masters).map(ask))).map(String)
    },
    isCluster,
  }
}

/** A check of no server is none. */
function requireSome<T>(primaries: readonly T[] | undefined): readonly T[] {
  if (primaries && primaries.length > 0) return primaries
  throw new MfaError('store_failed', 'The cluster client knows no primary: connect it first.')
}
