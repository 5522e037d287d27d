/** Prints the demo's transcript, and fails loudly when a line is not what it should be. */

import { deepStrictEqual } from 'node:assert'

let step = 0

export function heading(title: string): void {
  step++
  console.log(`\n${step}. ${title}`)
}

export function say(line: string): void {
  console.log(`   ${line}`)
}

/** Says what came, and stops the demo when something else was due. */
export function check(what: string, actual: unknown, expected: unknown): void {
  const shown = typeof actual === 'string' ? actual : JSON.stringify(actual)
  try {
    deepStrictEqual(actual, expected)
  } catch {
    console.error(`\n   NOT AS IT SHOULD BE: ${what}\n   expected ${JSON.stringify(expected)}\n   got      ${shown}`)
    process.exit(1)
  }
  console.log(`   ${what}: ${shown}`)
}

/** The reason of a refusal, or `ok`. */
export function reasonOf(result: { readonly ok: boolean; readonly reason?: string }): string {
  return result.ok ? 'ok' : (result.reason ?? 'refused')
}
