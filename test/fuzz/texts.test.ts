import { isMfaError } from '@countersign/core'
import { decodeSecret, formatKeyUri, parseKeyUri, verifyTotp } from '@countersign/core/totp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeAddress } from '../../packages/core/src/contact/address.js'
import { parseRecoveryCode } from '../../packages/core/src/recovery/code.js'
import { anyJunk, fuzzRuns } from './hostile.js'

const seeds = [
  'otpauth://totp/Acme:someone?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA1&digits=6&period=30',
  'otpauth://totp/a%3Ab?secret=GEZDGNBVGY3TQOJQ&digits=99999999999999999999&period=0',
  'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ',
  'Someone+tag@Example.COM',
  'x@xn--bcher-kva.example',
  '+49 (151) 0000-0000',
  'abcd-efgh-jkmn-pqrs-tvwx-yz01',
  '123456',
]
const splices = [
  '\u0000',
  '%',
  '%ff',
  '&secret=',
  '?',
  '#',
  ':',
  '\ud800',
  '\u202e',
  'ß',
  '１',
  '@',
  '=',
  '\n',
  ' ',
  '-',
  '+',
]

/** A right text with some characters cut, doubled or replaced; or any text, or no text at all. */
const anyText: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(120), fc.nat(12), fc.constantFrom('', ...splices)), { maxLength: 4 }),
      )
      .map(([seed, edits]) =>
        edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), seed),
      ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(...splices, 'a@', 'A=').map((piece) => piece.repeat(30_000)) },
  { weight: 1, arbitrary: anyJunk },
)

const secret = new Uint8Array(20).fill(7)
const readers: Readonly<Record<string, (text: never) => unknown>> = {
  parseKeyUri,
  decodeSecret,
  'verifyTotp code': (text) => verifyTotp(secret, text, { timeMs: 1_700_000_000_000 }),
  'formatKeyUri account': (text) => formatKeyUri({ secret, issuer: 'Acme', accountName: text }),
  'email address': (text) => (typeof text === 'string' ? normalizeAddress('email', text) : undefined),
  'phone number': (text) => (typeof text === 'string' ? normalizeAddress('phone', text) : undefined),
  'recovery code': (text) => (typeof text === 'string' ? parseRecoveryCode(text) : undefined),
}

describe('hostile texts', () => {
  it('codes, secrets, addresses and key URIs: a value or an MfaError, in bounded time', {
    timeout: 60_000 + fuzzRuns * 20,
  }, () => {
    const slow: string[] = []
    const read = new Map<string, number>()
    fc.assert(
      fc.property(anyText, (text) => {
        for (const [name, reader] of Object.entries(readers)) {
          const readMs = () => {
            const startedMs = performance.now()
            try {
              if (reader(text as never) !== undefined) read.set(name, (read.get(name) ?? 0) + 1)
            } catch (error) {
              if (!isMfaError(error)) throw new Error(`${name}: ${String(error)}`, { cause: error })
            }
            return performance.now() - startedMs
          }
          // A busy machine is slow once; a text that costs too much is slow every time.
          if (readMs() > 250 && Math.min(readMs(), readMs(), readMs()) > 250) slow.push(name)
        }
      }),
      { numRuns: Math.floor(fuzzRuns / 4) },
    )
    expect([...read.keys()].sort()).toEqual(Object.keys(readers).sort())
    expect(slow).toEqual([])
  })
})
