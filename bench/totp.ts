/** `npm run bench:totp`: verifying a TOTP code, beside other libraries and a function written by hand. */

import { randomBytes } from 'node:crypto'
import { generateTotp, type TotpAlgorithm } from '@countersign/core/totp'
import { type Bar, measureRounds, medianOf, type Operation, printTable, ratioOf, reportBars } from './rounds.js'
import { contendersFor, type Verify } from './totp-contenders.js'

const timeMs = 1_700_000_000_000
const mask = 63
const secrets = Array.from({ length: mask + 1 }, () => Uint8Array.from(randomBytes(20)))

/** A right or a wrong code for each secret. */
function codesFor(algorithm: TotpAlgorithm, right: boolean): readonly string[] {
  return secrets.map((secret) => {
    const live = [-1, 0, 1].map((delta) => generateTotp(secret, timeMs + delta * 30_000, { algorithm }))
    const code = live[1] as string
    if (right) return code
    let wrong = (Number(code) + 500_000) % 1_000_000
    while (live.includes(wrong.toString().padStart(6, '0'))) wrong = (wrong + 1) % 1_000_000
    return wrong.toString().padStart(6, '0')
  })
}

function operationOf(name: string, verify: Verify, codes: readonly string[], right: boolean): Operation {
  const operation: Operation = (turn) =>
    verify(secrets[turn & mask] as Uint8Array, codes[turn & mask] as string, timeMs)
  for (let turn = 0; turn <= mask; turn++) {
    if (operation(turn) !== right) throw new Error(`${name} gives a wrong answer`)
  }
  return operation
}

const bars: Bar[] = []

for (const algorithm of ['SHA-1', 'SHA-256', 'SHA-512'] as const) {
  const contenders = contendersFor(algorithm)
  const names = Object.keys(contenders)
  const measured = (['right', 'wrong'] as const).map((answer) => {
    const codes = codesFor(algorithm, answer === 'right')
    const operations = Object.entries(contenders).map(
      ([name, verify]) => [name, operationOf(name, verify, codes, answer === 'right')] as const,
    )
    return measureRounds(Object.fromEntries(operations))
  })
  const cells = (name: string): readonly string[] =>
    measured.flatMap((measurements) => [
      Math.round(medianOf(measurements, name)).toString(),
      ratioOf(measurements, 'countersign', name).toFixed(2),
    ])
  console.log(`\n${algorithm}: nanoseconds per check, and how many times faster countersign is`)
  printTable([['', 'right code', 'times', 'wrong code', 'times'], ...names.map((name) => [name, ...cells(name)])])

  const [right, wrong] = measured
  if (right === undefined || wrong === undefined) continue
  if (algorithm === 'SHA-1') {
    bars.push(
      { name: 'sha1 right vs otpauth', value: ratioOf(right, 'countersign', 'otpauth'), atLeast: 1.5 },
      { name: 'sha1 right vs createHmac', value: ratioOf(right, 'countersign', 'createHmac'), atLeast: 1 },
      { name: 'sha1 wrong vs otpauth', value: ratioOf(wrong, 'countersign', 'otpauth'), atLeast: 2.2 },
    )
  }
  if (algorithm === 'SHA-256') {
    bars.push({ name: 'sha256 right vs otpauth', value: ratioOf(right, 'countersign', 'otpauth'), atLeast: 1.3 })
  }
}

console.log()
reportBars(bars)
