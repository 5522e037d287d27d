/** Text that people see and tell apart: nothing in it that shows as nothing, or that turns the rest around (UTS 39). */

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** False for control, bidirectional and zero-width characters: they let one name pass for another. */
export function isPlainText(text: string): boolean {
  return !unseen.test(text)
}
