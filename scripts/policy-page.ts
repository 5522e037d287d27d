/** The page docs/policy.md: the options of `createMfa` and every setting of the policy, from their declarations. */

import { readFileSync } from 'node:fs'
import type { MfaOptions } from '../packages/core/src/mfa.js'
import {
  defaultPolicy,
  managementFirstFactorMaxAgeCeilingMs,
  type Policy,
  type PolicyNumbers,
  policyNumbers,
  sessionMaxAgeCeilingMs,
} from '../packages/core/src/policy/policy.js'

type OtherSetting = Exclude<keyof Policy, keyof PolicyNumbers | 'profile'>

const standard = defaultPolicy('standard')
const nist = defaultPolicy('nist')

/** What the settings that are not numbers alone may be. */
const allowed: Readonly<Record<OtherSetting, string>> = {
  factors: "one or more of `'totp'`, `'email'` (not in `nist`), `'phone'`",
  optIn: "`'on_first_authenticator'`, `'explicit'`",
  managementProof: "`'as_strong'`, `'any'`",
  managementFirstFactorMaxAgeMs: `1 s to ${duration(managementFirstFactorMaxAgeCeilingMs)}, \`'session'\` (not in \`nist\`)`,
  sessionMaxAgeMs: `1 s to ${duration(sessionMaxAgeCeilingMs)}`,
  totpAlgorithm: "`'SHA-1'`, `'SHA-256'`, `'SHA-512'`",
  totpWindow: '0 to 2 steps each way',
  replaceUsedRecoveryCode: '`true`, `false`',
}

const coreSource = new URL('../packages/core/src/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, coreSource), 'utf8')
const required = 'required'
const none = 'none'

/** What stands in for an option that is left out. */
const defaultOfOption: Readonly<Record<keyof MfaOptions, string>> = {
  issuer: required,
  keys: required,
  store: required,
  messenger: none,
  profile: "`'standard'`",
  policy: 'as the profile says',
  enforcement: "`{ mfa: 'optional' }`",
  unknownSessions: code(written(/unknownSessions = ('\w+')/)),
  allowSend: 'every message may go',
  clock: 'the system’s',
  random: 'the system’s',
  onEvent: none,
  defer: none,
  portTimeLimitMs: duration(Number(written(/defaultPortTimeLimitMs = ([\d_]+)/).replaceAll('_', ''))),
}

export function policyPage(): string {
  const options = docstringsOf('mfa.ts', 'MfaOptions')
  const numbers = docstringsOf('policy/policy.ts', 'PolicyNumbers')
  const others = docstringsOf('policy/policy.ts', 'Policy')
  return `# Options, limits and defaults

Printed from the declarations in \`packages/core/src\` by \`npm run docs:policy\`.

\`createMfa({ issuer, keys, store, profile: 'nist', policy: { sendsPerHour: 3 } })\`: the profile gives every setting its
value, \`policy\` replaces single ones, and \`mfa.policy\` shows what is in force. A setting that is unknown or out of its
range is \`invalid_configuration\` at once. Durations are set in milliseconds; here they stand in larger units.

## The profile \`nist\`

It follows NIST SP 800-63B-4 where the library can, and certifies nothing.

- Email is no factor and cannot be made one; an attested address is a [contact](decisions/0006-kinds-that-the-policy-switches-off.md).
- A second factor must be of another category than a sign-in proof: after a sign-in by \`phone_otp\`, an app adds nothing.
- Proofs for management age sooner, there are fewer tries and messages, and a session's ledger ends after ${duration(nist.sessionMaxAgeMs ?? 0)}.
- A new authenticator app gets ${nist.totpAlgorithm} and a longer secret. Some apps ignore the algorithm and show codes that are never
  right; \`policy: { totpAlgorithm: 'SHA-1' }\` suits them all.
- Of the time steps only the current one and the one before it are accepted.

## Numbers

${table(
  ['setting', 'what', 'default', '`nist`', 'least to most'],
  Object.entries(policyNumbers).map(([name, [byDefault, inNist, least, most]]) => {
    const show = (value: number): string => shown(name, value)
    return [code(name), sentence(numbers, name), show(byDefault), show(inNist), `${show(least)} to ${show(most)}`]
  }),
)}

\`recoveryCodesLowAt\` is at most \`recoveryCodeCount\`.

## Other settings

${table(
  ['setting', 'what', 'default', '`nist`', 'allowed'],
  (Object.keys(allowed) as OtherSetting[]).map((name) => {
    const show = (policy: Policy): string => shown(name, policy[name])
    return [code(name), sentence(others, name), show(standard), show(nist), allowed[name]]
  }),
)}

## Options of \`createMfa\`

${table(
  ['option', 'what', 'default'],
  Object.entries(defaultOfOption).map(([name, byDefault]) => [code(name), sentence(options, name), byDefault]),
)}
`
}

/** The docstring of each field of an interface, as one line. */
function docstringsOf(file: string, name: string): ReadonlyMap<string, string> {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(read(file))?.[1] ?? ''
  const fields = body.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}readonly (\w+)/gm)
  return new Map(
    [...fields].map(([, comment = '', field = '']) => [field, comment.replace(/\n\s*\*?\s*/g, ' ').trim()]),
  )
}

/** A default as `createMfa` writes it. */
function written(pattern: RegExp): string {
  const [, value] = pattern.exec(read('mfa.ts')) ?? []
  if (value === undefined) throw new Error(`mfa.ts has no ${pattern}`)
  return value
}

function sentence(docstrings: ReadonlyMap<string, string>, name: string): string {
  const found = docstrings.get(name)
  if (found === undefined) throw new Error(`${name} has no docstring`)
  return found.replaceAll('|', '\\|')
}

function shown(name: string, value: unknown): string {
  if (value === undefined) return none
  if (typeof value === 'number') {
    return name.endsWith('Ms') ? duration(value) : String(value)
  }
  if (Array.isArray(value)) return value.map((each) => code(`'${each}'`)).join(', ')
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, each]) => `${key} ${each}`)
      .join(', ')
  }
  return code(typeof value === 'string' ? `'${value}'` : value)
}

function code(value: unknown): string {
  return `\`${String(value)}\``
}

/** In the largest unit that makes it a whole number. */
function duration(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ] as const
  const [size, unit] = units.find(([each]) => ms % each === 0) ?? ([1000, 's'] as const)
  const count = ms / size
  return `${count} ${unit}${unit === 'day' && count !== 1 ? 's' : ''}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
