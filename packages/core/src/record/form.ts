/** How a value is stored as JSON: what is not of the form is neither written nor read (X33). */

/**
 * Reads exactly the values that it writes and throws `TypeError` on all else, in both directions: a value that could
 * not be read again is never saved. Lists instead of objects: short, and without keys. Times are stored as milliseconds
 * since `sinceMs`, which is shorter too.
 */
export interface Form<T> {
  write(value: T, sinceMs: number): unknown
  read(json: unknown, sinceMs: number): T
}

/** Parts that stand side by side in a list. */
export interface Row<T> {
  writeTo(list: unknown[], value: T, sinceMs: number): void
  /** Reads the list from this place to its end. */
  readFrom(list: readonly unknown[], at: number, into: Record<string, unknown>, sinceMs: number): void
}

const fail = (): never => {
  throw new TypeError('unexpected shape')
}

/** A form whose stored value is the value itself; `check` throws on any other, read or about to be written. */
function asIs<T>(check: (value: unknown) => T): Form<T> {
  return { write: check, read: check }
}

export function text(maxLength: number, pattern?: RegExp): Form<string> {
  return asIs((value) =>
    typeof value === 'string' && value.length <= maxLength && (pattern === undefined || pattern.test(value))
      ? value
      : fail(),
  )
}

export function whole(min: number, max: number): Form<number> {
  return asIs((value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? (value as number) : fail(),
  )
}

export const integer: Form<number> = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const count: Form<number> = whole(0, Number.MAX_SAFE_INTEGER)

/** Milliseconds since the Unix epoch. */
export const time: Form<number> = {
  write: (value, sinceMs) => integer.read(integer.read(value, 0) - sinceMs, 0),
  read: (json, sinceMs) => integer.read(integer.read(json, 0) + sinceMs, 0),
}

/** An optional part that is `true` or absent: it takes no place in its row. */
export const flag: unique symbol = Symbol('flag')

/** One of these values, stored as its index: only ever append. */
export function oneOf<T>(...allowed: readonly T[]): Form<T> {
  const index = whole(0, allowed.length - 1)
  return {
    write: (value) => index.read(allowed.indexOf(value), 0),
    read: (json) => allowed[index.read(json, 0)] as T,
  }
}

/** A common word by its index, any other text as it is: only ever append. */
export function wordOr(words: readonly string[], other: Form<string>): Form<string> {
  const word = oneOf(...words)
  const rare = (value: string): string => (words.includes(value) ? fail() : value)
  return {
    write: (value, sinceMs) => (words.includes(value) ? word : other).write(value, sinceMs),
    read: (json, sinceMs) => (typeof json === 'number' ? word.read(json, sinceMs) : rare(other.read(json, sinceMs))),
  }
}

export function list<T>(item: Form<T>, maxLength: number): Form<readonly T[]> {
  return {
    write: (values, sinceMs) =>
      values.length <= maxLength ? values.map((value) => item.write(value, sinceMs)) : fail(),
    read: (json, sinceMs) => {
      if (!Array.isArray(json) || json.length > maxLength) return fail()
      return json.map((each) => item.read(each, sinceMs))
    },
  }
}

type OptionalPart<T> = [T] extends [true] ? typeof flag : Form<T>
type RequiredParts<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: Form<T[K]> }
type OptionalParts<T> = {
  readonly [K in keyof T as undefined extends T[K] ? K : never]-?: OptionalPart<Exclude<T[K], undefined>>
}

/**
 * All of `required`, then one number whose bits say which of `optional` are there, then those; nothing else. The
 * number is left out when none is. New parts only ever join the end of `optional`. What follows the part named
 * `since` counts its times from there.
 */
export function row<T>(required: RequiredParts<T>, optional: OptionalParts<T>, since?: keyof T & string): Row<T> {
  const requiredParts = Object.entries<Form<unknown>>(required)
  const optionalParts = Object.entries<Form<unknown> | typeof flag>(optional)
  return {
    writeTo(list, value, sinceMs) {
      const parts = value as Readonly<Record<string, unknown>>
      let from = sinceMs
      for (const [name, form] of requiredParts) {
        list.push(form.write(parts[name], from))
        if (name === since) from = parts[name] as number
      }
      const bitsAt = list.length
      let bits = 0
      for (let index = 0; index < optionalParts.length; index++) {
        const [name, form] = optionalParts[index] as (typeof optionalParts)[number]
        if (parts[name] === undefined) continue
        if (bits === 0) list.push(0)
        bits |= 1 << index
        if (form !== flag) list.push(form.write(parts[name], from))
        else if (parts[name] !== true) fail()
      }
      if (bits !== 0) list[bitsAt] = bits
    },
    readFrom(list, at, into, sinceMs) {
      let from = sinceMs
      let next = at
      for (const [name, form] of requiredParts) {
        const part = form.read(list[next++], from)
        into[name] = part
        if (name === since) from = part as number
      }
      if (next === list.length) return
      const bits = list[next++] as number
      if (!Number.isInteger(bits) || bits <= 0 || bits >= 1 << optionalParts.length) fail()
      for (let index = 0; index < optionalParts.length; index++) {
        if ((bits & (1 << index)) === 0) continue
        const [name, form] = optionalParts[index] as (typeof optionalParts)[number]
        into[name] = form === flag ? true : form.read(list[next++], from)
      }
      if (next !== list.length) fail()
    },
  }
}

/** A row as a list of its own. */
export function listed<T>(parts: Row<T>): Form<T> {
  return {
    write(value, sinceMs) {
      const list: unknown[] = []
      parts.writeTo(list, value, sinceMs)
      return list
    },
    read(json, sinceMs) {
      if (!Array.isArray(json)) return fail()
      const into: Record<string, unknown> = {}
      parts.readFrom(json, 0, into, sinceMs)
      return into as T
    },
  }
}

/** The row that belongs to the value of `discriminator`, whose index comes first: only ever append. */
export function variant<T, D extends keyof T & string>(
  discriminator: D,
  rows: Readonly<Record<T[D] & string, Row<never>>>,
): Form<T> {
  const name = oneOf(...Object.keys(rows))
  const rowOf = (chosen: string): Row<never> => rows[chosen as T[D] & string]
  return {
    write(value, sinceMs) {
      const chosen = value[discriminator] as string
      const list = [name.write(chosen, sinceMs)]
      rowOf(chosen).writeTo(list, value as never, sinceMs)
      return list
    },
    read(json, sinceMs) {
      if (!Array.isArray(json)) return fail()
      const chosen = name.read(json[0], sinceMs)
      const into: Record<string, unknown> = { [discriminator]: chosen }
      rowOf(chosen).readFrom(json, 1, into, sinceMs)
      return into as T
    },
  }
}
