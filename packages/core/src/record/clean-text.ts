/** Text that may enter a record, a message or a log: no control characters, no lone surrogates (X31, PostgreSQL's JSON). */

const controlOrLineSeparator = /[\p{Cc}\u2028\u2029]/u
const loneSurrogate = /\p{Cs}/u
// Bidirectional controls let one text pass for another (X32).
const bidirectionalControl = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

export function isCleanText(text: string): boolean {
  return !controlOrLineSeparator.test(text) && !loneSurrogate.test(text)
}

/** A label a person may see: clean, and written in one direction. */
export function isCleanLabel(text: string): boolean {
  return isCleanText(text) && !bidirectionalControl.test(text)
}

/** Makes a caller's hint safe to log: unclean characters replaced, cut at `maxLength`. */
export function cleanHint(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '\ufffd')
}
