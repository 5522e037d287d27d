import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plays } from './calls.js'
import type { ModelUser } from './reference.js'
import type { Play } from './scene.js'
import { type Model, newWorld, type Person, type Real, slots } from './world.js'

/** `npm run test:model` asks for a hundred thousand. */
const commands = Number(process.env['MODEL_COMMANDS'] ?? 3000)
const played = new Map<string, number>()
let count = 0

function note(name: string): void {
  count++
  played.set(name, (played.get(name) ?? 0) + 1)
}

/** One call on one user, compared with the model, then everything a bystander can ask. */
class Call implements fc.AsyncCommand<Model, Real> {
  readonly name: keyof typeof plays
  readonly who: number
  readonly slot: number
  readonly pick: number

  constructor(name: keyof typeof plays, who: number, slot: number, pick: number) {
    this.name = name
    this.who = who
    this.slot = slot
    this.pick = pick
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    const [user, person] = [model.users[this.who] as ModelUser, real.people[this.who] as Person]
    user.realMs = real.clock.nowMs()
    const wasEnforced = user.enforced()
    const acting = () => user.live(person.ids[this.slot] as string)?.ref
    const play: Play = plays[this.name]
    const outcome = await play({ model, user, real, person, slot: this.slot, pick: this.pick })
    if (outcome === undefined) return
    note(`${this.name}: ${outcome.expected.split(' ')[0]}`)
    expect(outcome.actual).toBe(outcome.expected)
    // Nothing another session planted before MFA was enforced survives its being enforced.
    if (!wasEnforced && user.enforced()) {
      const ref = this.name.startsWith('attest') || this.name.startsWith('admin') ? undefined : acting()
      user.pending = user.pending.filter((each) => each.ref === ref)
    }
    await compare(user, person, real)
  }

  toString(): string {
    return `${this.name} (user ${this.who}, session ${this.slot}, ${this.pick})`
  }
}

/** Every session's assessment, the counts, and the mark of time. */
async function compare(user: ModelUser, person: Person, real: Real): Promise<void> {
  const inspected = await real.mfa.admin.inspect(person.ref)
  const markMs = inspected.ok ? inspected.lastSeenAtMs : 0
  // A save lifts the mark to now; nothing else moves it, and only erasing forgets it.
  if (inspected.ok) expect([user.markMs, user.nowMs]).toContain(markMs)
  user.markMs = markMs
  user.exists = inspected.ok
  for (const sessionId of person.ids) {
    const { satisfied, next, enforced, optedIn, level } = await real.mfa.sessions.assess({ ...person.ref, sessionId })
    const { enforced: isEnforced, optedIn: isOptedIn, ...verdict } = user.assess(sessionId)
    expect({ satisfied, next, level }).toEqual(verdict)
    // Nobody is told about the user through a session that is not known (X36).
    if (next !== 'sign_in') expect({ enforced, optedIn }).toEqual({ enforced: isEnforced, optedIn: isOptedIn })
  }
  if (!inspected.ok) return
  const { total, ...kinds } = inspected.throttles
  const failures = Object.fromEntries(Object.entries(kinds).map(([kind, each]) => [kind, each.failures]))
  const expected = Object.fromEntries(Object.entries(user.failures).map(([kind, each]) => [kind, each.count]))
  expect({ total, ...failures }).toEqual({ total: user.total, ...expected })
}

class World implements fc.AsyncCommand<Model, Real> {
  readonly name: string
  readonly change: (real: Real) => void

  constructor(name: string, change: (real: Real) => void) {
    this.name = name
    this.change = change
  }

  check(): boolean {
    return true
  }
  async run(model: Model, real: Real): Promise<void> {
    this.change(real)
    note(`${this.name}: ok`)
    for (const user of model.users) user.realMs = real.clock.nowMs()
    for (const [index, user] of model.users.entries())
      if (user.exists) await compare(user, real.people[index] as Person, real)
  }
  toString(): string {
    return this.name
  }
}

/** The same call again and again, with a pause between: what counts and waits is only reached so. */
class Burst implements fc.AsyncCommand<Model, Real> {
  readonly call: Call
  readonly times: number
  readonly gapMs: number

  constructor(call: Call, times: number, gapMs: number) {
    this.call = call
    this.times = times
    this.gapMs = gapMs
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    for (let time = 0; time < this.times; time++) {
      real.clock.advance(this.gapMs)
      await this.call.run(model, real)
    }
  }

  toString(): string {
    return `${this.times} times every ${this.gapMs} ms: ${this.call}`
  }
}

const minute = 60_000
const clockMoves = [1000, 31_000, 31_000, 31_000, 61_000, 61_000, 299_000, 5 * minute + 1, 16 * minute, 61 * minute]
const clockBack = [-1000, -20_000, -61_000, -90_000, -10 * minute]

const often: readonly (keyof typeof plays)[] = [
  ...['begin with a password', 'begin with a password', 'enroll', 'enroll', 'confirm right', 'confirm right'],
  ...['verify an app', 'verify an app', 'create a challenge', 'create a challenge', 'complete right', 'complete right'],
  ...['generate codes', 'attest a contact', 'attest a contact', 'verify a recovery code', 'verify an app wrongly'],
] as (keyof typeof plays)[]
const rare: readonly string[] = [
  'users.erase',
  'admin.reset',
  'end all',
  'begin with a passkey',
  'password reset by email',
]
const names = Object.keys(plays) as (keyof typeof plays)[]

/** Users and sessions with a smaller number come more often, so that something grows somewhere. */
const call = (list: readonly (keyof typeof plays)[]) =>
  fc
    .tuple(
      fc.constantFrom(...list),
      fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
      fc.constantFrom(...Array.from({ length: slots }, (_, slot) => slot), 0, 0, 0),
      fc.nat(999),
    )
    .map((parts) => new Call(...parts))

const guesses = ['verify an app wrongly', 'complete wrong', 'confirm wrong', 'verify a used recovery code'] as const

const burst = fc
  .tuple(
    fc.oneof(call(guesses), call(guesses), call(['create a challenge', 'resend a challenge', 'verify an app'])),
    fc.constantFrom(
      ...([
        [4, 0],
        [5, 0],
        [6, 1000],
        [6, 31_000],
        [7, 61_000],
        [12, 61_000],
        [32, 61 * minute],
      ] as const),
    ),
  )
  .map(([each, [times, gapMs]]) => new Burst(each, times, gapMs))

/** Situations to begin in, for the first user's first session. */
const openings: readonly (readonly (keyof typeof plays)[])[] = [
  [],
  ['begin with a password', 'enroll', 'confirm right'],
  ['begin with a password', 'generate codes', 'attest a contact', 'enroll', 'confirm right', 'verify an app'],
  ['begin with a password', 'attest a contact', 'enable', 'begin with a password', 'create a challenge'],
  ['begin with a password', 'enroll', 'confirm right', 'enroll', 'confirm right', 'generate codes'],
  ['attest a contact', 'begin with an email link'],
]
const moment = new World('clock forward', ({ clock }) => clock.advance(31_000))
const first = (name: keyof typeof plays): Call => new Call(name, 0, 0, 0)
const locking = [undefined, undefined, undefined, 'verify an app wrongly', 'verify a used recovery code'] as const
const anyOpening = fc
  .tuple(fc.constantFrom(...openings), fc.constantFrom(...locking))
  .map(([list, lock]) => [
    ...list.flatMap((name) => [moment, first(name)]),
    ...(lock === undefined ? [] : [new Burst(first(lock), 31, 61 * minute)]),
  ])

const anyCommands = fc.commands(
  [
    call(often),
    call(often),
    call(names.filter((name) => !rare.includes(name))),
    call(names.filter((name) => !rare.includes(name))),
    fc.oneof({ weight: 1, arbitrary: call(rare as (keyof typeof plays)[]) }, { weight: 4, arbitrary: call(often) }),
    burst,
    fc.constantFrom(...clockMoves).map((ms) => new World('clock forward', ({ clock }) => clock.advance(ms))),
    fc.oneof(
      fc.constantFrom(...clockBack).map((ms) => new World('clock back', ({ clock }) => clock.advance(ms))),
      fc.constant(new World('a day later', ({ clock }) => clock.advance(25 * 60 * minute))),
      fc.constant(new World('restart', (real) => real.restart())),
      fc.constant(new World('rotate keys', (real) => real.rotateKeys())),
    ),
  ],
  { maxCommands: 120, size: 'max' },
)

describe('a plain model of the rules', () => {
  it(`agrees with the library over ${commands} calls of several users, sessions and tenants`, {
    timeout: 60_000 + commands * 40,
  }, async () => {
    while (count < commands) {
      await fc.assert(
        fc.asyncProperty(anyOpening, anyCommands, fc.boolean(), async (opening, list, required) => {
          await fc.asyncModelRun(() => newWorld(required), [...opening, ...list])
        }),
        { numRuns: 10 },
      )
    }
    const kinds = new Set([...played.keys()].map((key) => key.split(':')[0]))
    if (process.env['MODEL_COMMANDS'] !== undefined) {
      console.log(
        [...played]
          .sort()
          .map(([key, times]) => `${times} ${key}`)
          .join('\n'),
      )
    }
    console.log(`${count} commands of ${kinds.size} kinds`)
    expect(kinds.size).toBeGreaterThanOrEqual(25)
  })
})
