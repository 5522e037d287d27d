/** Strict structural checks of decoded JSON: unknown, missing or mistyped parts fail, prototype keys included (X33). */

/** Throws on anything that is not exactly the expected shape. */
export type Check = (value: unknown) => void

const fail = (): never => {
  throw new TypeError('unexpected shape')
}

export function text(maxLength: number, pattern?: RegExp): Check {
  return (value) => {
    if (typeof value !== 'string' || value.length > maxLength || (pattern && !pattern.test(value))) fail()
  }
}

export const integer: Check = (value) => {
  if (!Number.isSafeInteger(value)) fail()
}

export const count: Check = (value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) fail()
}

export const flag: Check = (value) => {
  if (value !== true) fail()
}

export function oneOf(...allowed: readonly unknown[]): Check {
  return (value) => {
    if (!allowed.includes(value)) fail()
  }
}

export function list(item: Check, maxLength: number): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length > maxLength) fail()
    for (const each of value as unknown[]) item(each)
  }
}

/** An object with all of `required`, any of `optional`, and nothing else. */
export function shape(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const checks = new Map([...Object.entries(required), ...Object.entries(optional)])
  const requiredNames = new Set(Object.keys(required))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail()
    let found = 0
    for (const name of Object.keys(value as object)) {
      const check = checks.get(name)
      if (check === undefined) fail()
      if (requiredNames.has(name)) found++
      check?.((value as Record<string, unknown>)[name])
    }
    if (found !== requiredNames.size) fail()
  }
}

/** The shape that belongs to the value of `discriminator`. */
export function variant(discriminator: string, shapes: Readonly<Record<string, Check>>): Check {
  const checks = new Map(Object.entries(shapes))
  return (value) => {
    const name = (value as Record<string, unknown> | null)?.[discriminator]
    const check = typeof name === 'string' ? checks.get(name) : undefined
    if (check === undefined) fail()
    check?.(value)
  }
}
