/** Codes as people type them: forgiving about spaces and hyphens, strict about everything else (X32, X34). */

const maxTypedLength = 64

/** The digits, or `undefined` when this is not a code of that many ASCII digits. */
export function parseDecimalCode(text: string, digits: number): string | undefined {
  const compact = withoutSeparators(text)
  return compact !== undefined && compact.length === digits && /^[0-9]+$/.test(compact) ? compact : undefined
}

/** Removes ASCII spaces and hyphens; `undefined` for input too long to be any code. */
export function withoutSeparators(text: string): string | undefined {
  return text.length > maxTypedLength ? undefined : text.replace(/[ -]/g, '')
}
