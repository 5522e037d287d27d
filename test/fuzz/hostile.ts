/** Values that nobody should pass, and calls made of them. */

import type { Mfa } from '@countersign/core'
import fc from 'fast-check'

/** `npm run fuzz` asks for a million. */
export const fuzzRuns: number = Number(process.env['FUZZ_RUNS'] ?? 20_000)

const strange: readonly unknown[] = [
  null,
  undefined,
  true,
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '\u202e',
  'a'.repeat(65),
  'a'.repeat(70_000),
  '9'.repeat(5000),
  '١٢٣٤٥٦',
  '-1',
  '1e6',
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0,
  -1,
  2 ** 53,
  1.5,
  10n,
  Symbol('x'),
  () => '123456',
  [],
  {},
  Object.create(null),
  new Date(0),
  new Uint8Array(8),
  new Map(),
  new String('123456'),
  { toString: () => '123456' },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  new Proxy({}, { get: () => 'x' }),
]

/** Plain words that mean something to some call. */
const words: readonly unknown[] = [
  ...[
    'password',
    'email_link',
    'oauth',
    'passkey',
    'own',
    'totp',
    'email',
    'phone',
    'recovery_code',
    'none',
    'session',
  ],
  ...['admin', 'sign_in', 'manage', 'aal2', 'challenge', 'SHA-1', '123456', '000000', 'AAAAAAAAAAAAAAAAAAAAAAAA'],
  ...['someone@example.com', '+4915100000000', 'https://acme.example/v', 'x', 0, 1, 6, 8, 30, 600_000, true, false],
]

export const anyJunk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  { weight: 4, arbitrary: fc.constantFrom(...strange) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 2, maxKeys: 4 }) },
)

const optionNames = [
  ...['method', 'channel', 'provider', 'userVerified', 'expiresAtMs', 'verified', 'authenticatedAtMs', 'newSessionId'],
  ...['via', 'except', 'accountName', 'label', 'algorithm', 'digits', 'periodSeconds', 'factorId', 'code', 'address'],
  ...['url', 'send', 'factor', 'purpose', 'challengeId', 'actor', 'reason', 'kind', 'level', 'anyOf', 'maxAgeMs'],
  'origin',
]

/** What each option would rightly be, so that a call gets past its first check. */
const sensible: Readonly<Record<string, readonly unknown[]>> = {
  method: ['password', 'email_link', 'oauth', 'passkey'],
  channel: ['email', 'phone'],
  factor: ['totp', 'email', 'phone', 'recovery_code'],
  kind: ['totp', 'email', 'phone'],
  via: ['email', 'phone', 'session', 'admin'],
  accountName: ['someone'],
  actor: ['support'],
  reason: ['asked'],
  label: ['Phone'],
  code: ['000000', '12345678', 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA', 'x'.repeat(22)],
  address: ['other@example.com', '+4915100000009'],
  challengeId: ['x'.repeat(22)],
  authenticatedAtMs: [0, 1_700_000_000_000],
  expiresAtMs: [4_000_000_000_000],
  newSessionId: ['moved', 'half'],
}

/** The name and a value for it: three times out of four one that fits. */
const anyOption: fc.Arbitrary<readonly [string, unknown]> = fc
  .constantFrom(...optionNames)
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      sensible[name] === undefined
        ? anyJunk
        : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...sensible[name]) }, { weight: 1, arbitrary: anyJunk }),
    ),
  )

/** The options a right call would give, by name: `undefined` where it takes none. */
const rightOptions = {
  'sessions.begin': { method: 'password' },
  'sessions.adopt': { method: 'password', authenticatedAtMs: 1_600_000_000_000 },
  'sessions.assess': undefined,
  'sessions.require': undefined,
  'sessions.reauthenticate': { method: 'password' },
  'sessions.extend': { expiresAtMs: 4_000_000_000_000 },
  'sessions.rotate': { newSessionId: 'moved' },
  'sessions.end': undefined,
  'sessions.endOthers': undefined,
  'sessions.endAll': undefined,
  'credentials.changed': { via: 'email' },
  'totp.enroll': { accountName: 'someone' },
  'totp.confirm': { code: '000000' },
  'contacts.set': { channel: 'email', address: 'other@example.com' },
  'contacts.sendVerification': { channel: 'email' },
  'contacts.confirm': { channel: 'email', code: '000000' },
  'contacts.attest': { channel: 'email', address: 'other@example.com' },
  'contacts.withdraw': { channel: 'phone' },
  'contacts.remove': { channel: 'phone' },
  'recoveryCodes.generate': undefined,
  'recoveryCodes.regenerate': undefined,
  'factors.list': undefined,
  'factors.rename': { factorId: 'x'.repeat(22), label: 'Phone' },
  'factors.remove': { kind: 'totp' },
  enable: undefined,
  disable: undefined,
  'challenges.create': { factor: 'email' },
  'challenges.resend': { challengeId: 'x'.repeat(22) },
  'challenges.complete': { challengeId: 'x'.repeat(22), code: '000000' },
  'challenges.verify': { factor: 'totp', code: '000000' },
  'challenges.cancel': { challengeId: 'x'.repeat(22) },
  'admin.inspect': undefined,
  'admin.reset': { actor: 'support', reason: 'asked' },
  'admin.unlock': { actor: 'support', reason: 'asked' },
  'admin.removeFactor': { factorId: 'x'.repeat(22), actor: 'support', reason: 'asked' },
  'users.erase': undefined,
} satisfies Readonly<Record<string, object | undefined>>

type CallName = keyof typeof rightOptions

export const callNames = Object.keys(rightOptions) as readonly CallName[]

/** Right but for as much as two options, or any heap of options, or no options at all. */
function anyOptionsOf(name: CallName): fc.Arbitrary<unknown> {
  const anyHeap = fc.array(anyOption, { maxLength: 8 })
  const withAny = (base: object | undefined, heap: fc.Arbitrary<(readonly [string, unknown])[]>) =>
    heap.map((entries) =>
      base === undefined && entries.length === 0 ? undefined : { ...base, ...Object.fromEntries(entries) },
    )
  return fc.oneof(
    { weight: 6, arbitrary: withAny(rightOptions[name], fc.array(anyOption, { maxLength: 2 })) },
    { weight: 4, arbitrary: withAny({}, anyHeap) },
    { weight: 1, arbitrary: anyJunk },
  )
}

export interface HostileCall {
  readonly name: CallName
  readonly ref: unknown
  readonly options: unknown
}

export const begunSessions = ['satisfied', 'half'] as const

const anyRef: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom<string>(...begunSessions, 'unknown')
      .map((sessionId) => ({ userId: 'someone', sessionId })),
  },
  { weight: 1, arbitrary: fc.constant({ userId: 'someone' }) },
  {
    weight: 2,
    arbitrary: fc.record(
      { userId: fc.oneof(fc.constant('someone'), anyJunk), sessionId: anyJunk, tenantId: anyJunk, context: anyJunk },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: anyJunk },
)

export const anyHostileCall: fc.Arbitrary<HostileCall> = fc
  .constantFrom(...callNames)
  .chain((name) => fc.record({ name: fc.constant(name), ref: anyRef, options: anyOptionsOf(name) }))

/** Makes the call past the types, as a caller in plain JavaScript would. */
export function callHostile(mfa: Mfa, { name, ref, options }: HostileCall): Promise<unknown> {
  const [group = '', method] = name.split('.')
  type Call = (...values: unknown[]) => Promise<unknown>
  const api = mfa as unknown as Readonly<Record<string, Call & Readonly<Record<string, Call>>>>
  const call = method === undefined ? api[group] : api[group]?.[method]
  if (call === undefined) throw new Error(`there is no ${name}`)
  return call(ref, options)
}

/** Milliseconds of CPU so far: on a busy machine a call may wait for long, but does not work for long. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
