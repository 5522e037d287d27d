/** Measures asynchronous contenders side by side: short rounds in shuffled order, several clients at once. */

/** Does one operation for one of the clients, numbered from 0. */
export type AsyncOperation = (client: number) => Promise<unknown>

export interface LatencyOptions {
  readonly clients: number
  /** Rounds that count; default 15. */
  readonly rounds?: number
  /** Rounds before, thrown away; default 3. */
  readonly warmUpRounds?: number
  /** How long one contender runs in one round; default 300. */
  readonly sliceMs?: number
}

export interface Latencies {
  /** One figure per round, in the order of the rounds. */
  readonly opsPerSecond: readonly number[]
  /** One figure per operation. */
  readonly latenciesMs: readonly number[]
}

/** Runs every contender once in every round, in turn first and last, so that a busy moment hits all alike. */
export async function measureLatencies(
  contenders: Readonly<Record<string, AsyncOperation>>,
  options: LatencyOptions,
): Promise<ReadonlyMap<string, Latencies>> {
  const { clients, rounds = 15, warmUpRounds = 3, sliceMs = 300 } = options
  const entries = Object.entries(contenders).map(([name, operation]) => {
    return { name, operation, opsPerSecond: [] as number[], latenciesMs: [] as number[] }
  })
  for (let round = -warmUpRounds; round < rounds; round++) {
    const order = round % 2 === 0 ? entries : entries.toReversed()
    for (const { operation, opsPerSecond, latenciesMs } of order) {
      const slice = await runSlice(operation, clients, sliceMs)
      if (round < 0) continue
      opsPerSecond.push(slice.opsPerSecond)
      for (const latency of slice.latenciesMs) latenciesMs.push(latency)
    }
  }
  return new Map(entries.map(({ name, opsPerSecond, latenciesMs }) => [name, { opsPerSecond, latenciesMs }]))
}

async function runSlice(
  operation: AsyncOperation,
  clients: number,
  sliceMs: number,
): Promise<{ readonly opsPerSecond: number; readonly latenciesMs: readonly number[] }> {
  const latenciesMs: number[] = []
  const startedMs = performance.now()
  const work = async (client: number): Promise<void> => {
    while (performance.now() - startedMs < sliceMs) {
      const beganMs = performance.now()
      await operation(client)
      latenciesMs.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  return { opsPerSecond: (latenciesMs.length * 1000) / (performance.now() - startedMs), latenciesMs }
}

/** @param percent from 0 to 100 */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

/** The median over the rounds of the ratio within one round. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return percentile(
    ours.map((figure, round) => figure / (theirs[round] as number)),
    50,
  )
}
