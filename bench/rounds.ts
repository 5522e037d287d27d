/** Measures contenders side by side: one process, short rounds in shuffled order, ratios taken round by round. */

/** Does one operation; `turn` counts up, so that inputs can rotate. What it answers keeps the work from being elided. */
export type Operation = (turn: number) => unknown

export interface RoundsOptions {
  /** Rounds that count; default 101. */
  readonly rounds?: number
  /** Rounds before, thrown away, in which the engine compiles; default 40. */
  readonly warmUpRounds?: number
  /** How long one contender runs in one round, about; default 3. */
  readonly sliceMs?: number
}

/** Nanoseconds per operation of each contender, one figure per round, in the order of the rounds. */
export type Measurements = ReadonlyMap<string, readonly number[]>

/** Runs every contender once in every round, in an order drawn anew, so that a busy moment hits all alike. */
export function measureRounds(
  contenders: Readonly<Record<string, Operation>>,
  options: RoundsOptions = {},
): Measurements {
  const { rounds = 101, warmUpRounds = 40, sliceMs = 3 } = options
  const entries = Object.entries(contenders).map(([name, operation]) => ({
    name,
    operation,
    turns: turnsFor(operation, sliceMs),
    figures: [] as number[],
  }))
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const entry of shuffled(entries)) {
      if (round === 0) entry.turns = turnsFor(entry.operation, sliceMs)
      const nanoseconds = timeOf(entry.operation, entry.turns) / entry.turns
      if (round >= 0) entry.figures.push(nanoseconds)
    }
  }
  return new Map(entries.map(({ name, figures }) => [name, figures]))
}

/** How many times faster `name` is than `rival`: the median over the rounds of their ratio within one round. */
export function ratioOf(measurements: Measurements, name: string, rival: string): number {
  const own = figuresOf(measurements, name)
  return median(figuresOf(measurements, rival).map((figure, round) => figure / (own[round] as number)))
}

/** Median nanoseconds per operation. */
export function medianOf(measurements: Measurements, name: string): number {
  return median(figuresOf(measurements, name))
}

/** A figure with a bound that it must not pass. */
export type Bar = { readonly name: string; readonly value: number } & (
  | { readonly atLeast: number }
  | { readonly atMost: number }
)

/** With `--json` on the command line, prints `{ bars }` as the last line; a bar that fell is named either way. */
export function reportBars(bars: readonly Bar[]): void {
  for (const bar of bars) {
    const [holds, bound] =
      'atLeast' in bar
        ? [bar.value >= bar.atLeast, `at least ${bar.atLeast}`]
        : [bar.value <= bar.atMost, `at most ${bar.atMost}`]
    console.log(`${holds ? 'holds' : 'FELL'}: ${bar.name} is ${Number(bar.value.toFixed(2))}, ${bound}`)
  }
  const rounded = bars.map((bar) => ({ ...bar, value: Number(bar.value.toFixed(3)) }))
  if (process.argv.includes('--json')) console.log(JSON.stringify({ bars: rounded }))
}

/** Prints rows in columns as wide as their widest cell, the first left-aligned and the others right-aligned. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const width = widths[column] as number
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    })
    console.log(cells.join('  ').trimEnd())
  }
}

const kept: { answer: unknown } = { answer: undefined }

function timeOf(operation: Operation, turns: number): number {
  const startedAt = process.hrtime.bigint()
  for (let turn = 0; turn < turns; turn++) kept.answer = operation(turn)
  return Number(process.hrtime.bigint() - startedAt)
}

function turnsFor(operation: Operation, sliceMs: number): number {
  let turns = 1
  while (timeOf(operation, turns) < sliceMs * 1e5) turns *= 2
  return turns * 10
}

function figuresOf(measurements: Measurements, name: string): readonly number[] {
  const figures = measurements.get(name)
  if (figures === undefined) throw new Error(`no contender is named ${name}`)
  return figures
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Fisher and Yates's shuffle. */
function shuffled<T>(values: readonly T[]): T[] {
  const order = [...values]
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    const value = order[index] as T
    order[index] = order[other] as T
    order[other] = value
  }
  return order
}
