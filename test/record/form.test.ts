import { describe, expect, it } from 'vitest'
import {
  count,
  type Form,
  flag,
  list,
  listed,
  oneOf,
  row,
  text,
  time,
  variant,
  whole,
  wordOr,
} from '../../packages/core/src/record/form.js'

const wrongShape = new TypeError('unexpected shape')
const writes = <T>(form: Form<T>, value: unknown, sinceMs = 0): unknown => form.write(value as T, sinceMs)

/** Both directions: what is not of the form is neither written nor read. */
function expectRefused<T>(form: Form<T>, ...values: readonly unknown[]): void {
  for (const value of values) {
    expect(() => form.write(value as T, 0), `write ${String(value)}`).toThrow(wrongShape)
    expect(() => form.read(value, 0), `read ${String(value)}`).toThrow(wrongShape)
  }
}

function expectAsIs<T>(form: Form<T>, ...values: readonly T[]): void {
  for (const value of values) expect([form.write(value, 0), form.read(value, 0)]).toEqual([value, value])
}

describe('a form, written and read', () => {
  it('of text: at most so long, and of the pattern', () => {
    expectAsIs(text(3), '', 'abc')
    expectRefused(text(3), 'abcd', 1, null, ['a'])
    expectAsIs(text(3, /^a*$/), '', 'aaa')
    expectRefused(text(3, /^a*$/), 'b', 'aaaa')
  })

  it('of a whole number: within its bounds, and no fraction', () => {
    expectAsIs(whole(2, 4), 2, 4)
    expectRefused(whole(2, 4), 1, 5, 2.5, '3', Number.NaN, undefined)
    expectAsIs(count, 0, Number.MAX_SAFE_INTEGER)
    expectRefused(count, -1, Number.MAX_SAFE_INTEGER + 1)
  })

  it('of a time: counted from the one given, before it too', () => {
    expect([writes(time, 1700, 1000), writes(time, 700, 1000)]).toEqual([700, -300])
    expect([time.read(700, 1000), time.read(-300, 1000)]).toEqual([1700, 700])
    expectRefused(time, 1.5, '1', Number.MAX_SAFE_INTEGER + 1)
    expect(() => writes(time, Number.MAX_SAFE_INTEGER, -1)).toThrow(wrongShape)
    expect(() => time.read(Number.MAX_SAFE_INTEGER, 1)).toThrow(wrongShape)
  })

  it('of one of some values: stored as the place of the value', () => {
    const form = oneOf('a', 'b', 'c')
    expect(['a', 'b', 'c'].map((value) => writes(form, value))).toEqual([0, 1, 2])
    expect([0, 1, 2].map((index) => form.read(index, 0))).toEqual(['a', 'b', 'c'])
    for (const index of [-1, 3, 0.5, '0', 'a']) expect(() => form.read(index, 0)).toThrow(wrongShape)
    for (const value of ['d', 0, undefined]) expect(() => writes(form, value)).toThrow(wrongShape)
  })

  it('of a common word or another text: the word is stored by its place only', () => {
    const form = wordOr(['pwd', 'otp'], text(5))
    expect(['pwd', 'otp', 'other'].map((value) => writes(form, value))).toEqual([0, 1, 'other'])
    expect([0, 1, 'other'].map((stored) => form.read(stored, 0))).toEqual(['pwd', 'otp', 'other'])
    for (const stored of ['pwd', 2, -1, 'longer', null]) expect(() => form.read(stored, 0)).toThrow(wrongShape)
    expect(() => writes(form, 'longer')).toThrow(wrongShape)
  })

  it('of a list: at most so many, each of the form, times counted alike', () => {
    const form = list(time, 2)
    expect([writes(form, []), writes(form, [1, 2]), writes(form, [11, 12], 10)]).toEqual([[], [1, 2], [1, 2]])
    expect([form.read([], 0), form.read([1, 2], 10)]).toEqual([[], [11, 12]])
    expect(() => writes(form, [1, 2, 3])).toThrow(wrongShape)
    for (const stored of [[1, 2, 3], ['x'], 'ab', { length: 0 }, null])
      expect(() => form.read(stored, 0)).toThrow(wrongShape)
  })
})

interface Thing {
  readonly name: string
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly done?: true
  readonly note?: string
}

const things = row<Thing>(
  { name: text(9), startedAtMs: time },
  { endedAtMs: time, done: flag, note: text(9) },
  'startedAtMs',
)
const thing = listed(things)

describe('a row', () => {
  it.each<[Thing, unknown[]]>([
    [{ name: 'a', startedAtMs: 1000 }, ['a', 900]],
    [{ name: 'a', startedAtMs: 1000, endedAtMs: 1005 }, ['a', 900, 1, 5]],
    [{ name: 'a', startedAtMs: 1000, done: true }, ['a', 900, 2]],
    [{ name: 'a', startedAtMs: 1000, done: true, note: 'n' }, ['a', 900, 6, 'n']],
    [{ name: 'a', startedAtMs: 1000, endedAtMs: 1005, done: true, note: 'n' }, ['a', 900, 7, 5, 'n']],
  ])('%j, with times since 100, is stored as %j', (value, stored) => {
    expect(thing.write(value, 100)).toEqual(stored)
    expect(thing.read(stored, 100)).toEqual(value)
  })

  it('holds nothing else: no part more or less, no bits without a part, no list in place of itself', () => {
    for (const stored of [
      [],
      ['a'],
      ['a', 900, 0],
      ['a', 900, -1, 5],
      ['a', 900, 1.5, 5],
      ['a', 900, '1', 5],
      ['a', 900, 8],
      ['a', 900, 15, 5, 'n', 'x'],
      ['a', 900, 1],
      ['a', 900, 1, 5, 6],
      ['a', 900, 2, true],
      'ab',
      { 0: 'a', 1: 900, length: 2 },
    ]) {
      expect(() => thing.read(stored, 0), JSON.stringify(stored)).toThrow(wrongShape)
    }
  })

  it('is not written where a part is missing or wrong, or a flag is not true: it would be read as true', () => {
    const good = { name: 'a', startedAtMs: 1000 }
    for (const wrong of [{ name: undefined }, { startedAtMs: '1' }, { note: 1 }, { done: false }, { done: 1 }]) {
      expect(() => writes(thing, { ...good, ...wrong }), JSON.stringify(wrong)).toThrow(wrongShape)
    }
  })

  it('counts its times from its own start only after that', () => {
    const late = listed(
      row<{ atMs: number; startedAtMs: number }>({ atMs: time, startedAtMs: time }, {}, 'startedAtMs'),
    )
    expect(writes(late, { atMs: 1005, startedAtMs: 1000 }, 100)).toEqual([905, 900])
    const plain = listed(row<{ startedAtMs: number; atMs: number }>({ startedAtMs: time, atMs: time }, {}))
    expect(writes(plain, { startedAtMs: 1000, atMs: 1005 }, 100)).toEqual([900, 905])
  })
})

type Shape = { readonly kind: 'circle'; readonly radius: number } | { readonly kind: 'line'; readonly from: number }

describe('a variant', () => {
  const shape = variant<Shape, 'kind'>('kind', {
    circle: row<{ radius: number }>({ radius: count }, {}),
    line: row<{ from: number }>({ from: time }, {}),
  })

  it('is stored as the row of its kind behind the place of the kind', () => {
    expect(shape.write({ kind: 'circle', radius: 2 }, 5)).toEqual([0, 2])
    expect(shape.write({ kind: 'line', from: 9 }, 5)).toEqual([1, 4])
    expect(shape.read([0, 2], 5)).toEqual({ kind: 'circle', radius: 2 })
    expect(shape.read([1, 4], 5)).toEqual({ kind: 'line', from: 9 })
  })

  it('has one of its kinds, and only the parts of that', () => {
    for (const stored of [[], [2, 1], ['circle', 1], [0], [0, 1, 2], [0, -1], '01', null]) {
      expect(() => shape.read(stored, 0), JSON.stringify(stored)).toThrow(wrongShape)
    }
    expect(() => writes(shape, { kind: 'square', radius: 1 })).toThrow(wrongShape)
  })
})
