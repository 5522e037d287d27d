/** Edits of stored records, as parts of JSON and as the records they mean. */

import fc from 'fast-check'
import { type Edit, edited, gone, type Path } from '../record/parts.js'

/** What may be put in the place of any part, whatever that is. */
// 2 ** 52, not the last safe integer: counting on from there is beyond any number of saves.
export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => () => value),
  fc.constantFrom('totp', 'email', 'phone', 'locked', 'sign_in', '', '\ud800', true, null).map((word) => () => word),
  fc.constant(() => gone),
  fc.constantFrom(-1, 0, 1, 2 ** 52, 2 ** 60, 1e308, 0.5).map((number) => () => number),
  fc.nat(8).map((bit) => (value: unknown) => (typeof value === 'number' ? value ^ (1 << bit) : value)),
  fc.constant((value: unknown) =>
    typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : value,
  ),
  fc.nat(3).map(
    (times) => (value: unknown) =>
      Array.isArray(value)
        ? Array(times * 10)
            .fill(value)
            .flat()
        : [value],
  ),
  fc.constant((value: unknown) => (Array.isArray(value) ? [...value].reverse() : value)),
  fc
    .constantFrom('__proto__', 'constructor', 'prototype', 'toString')
    .map(
      (name) => (value: unknown) =>
        Object.defineProperty({ ...Object(value) }, name, { value: { polluted: true }, enumerable: true }),
    ),
  fc.constant(() => 'y'.repeat(65_536)),
)

/** Edits that leave every part of its type, so that the rules meet the result and not only the reader. */
export const typedEdit = (texts: readonly string[]): fc.Arbitrary<Edit> =>
  fc.oneof(
    fc
      .oneof(fc.constantFrom(-(2 ** 50), -1, 0, 1, 2 ** 31, 2 ** 50), fc.integer({ min: -1e9, max: 1e9 }))
      .chain((by) =>
        fc.constantFrom<(value: number) => number>(
          (value) => value + by,
          () => Math.abs(by),
        ),
      )
      .map((change) => (value: unknown) => (typeof value === 'number' ? change(value) : value)),
    fc.constantFrom(...texts).map((text) => (value: unknown) => (typeof value === 'string' ? text : value)),
    fc.tuple(fc.nat(), fc.constantFrom('none', 'without', 'twice', 'reversed')).map(([at, how]) => (value: unknown) => {
      if (!Array.isArray(value)) return value
      if (how === 'none') return []
      if (how === 'reversed') return [...value].reverse()
      return value.flatMap((each, index) =>
        index !== at % value.length ? [each] : how === 'twice' ? [each, each] : [],
      )
    }),
    // What may be absent, and what must not be.
    fc.constant(() => gone),
  )

type Changes = readonly (readonly [Path, Edit])[]

/** The whole with all these changes that still have a place in it. */
export function changed(whole: unknown, changes: Changes): unknown {
  return changes.reduce((value, [path, edit]) => {
    // The first change may have removed what the second one is about.
    try {
      return edited(value, path, edit)
    } catch {
      return value
    }
  }, whole)
}
