/** The page docs/security-matrix.md: what each attack meets, where the rule is, and which tests perform the attack. */

import { readdirSync, readFileSync } from 'node:fs'

// id | what holds | files of the rule, under packages/core/src
const attacks = `
X01 | Parallel guesses never get more comparisons than the limit: each is counted before it is compared | challenge/complete.ts shell/run.ts
X02 | One right code used many times at once gives one success and one proof | challenge/complete.ts shell/persist.ts
X03 | Nothing the client claims is believed: a success is a stored proof | session/assess.ts
X04 | A code or challenge of another user or tenant is refused and moves no counter | challenge/sent-code.ts record/owner.ts
X05 | A code belongs to the session it was sent for | challenge/complete.ts challenge/sent-code.ts
X06 | A code for one purpose is refused for another | challenge/complete.ts challenge/sent-code.ts
X07 | A code that enrolls signs nobody in, and the reverse | factor/confirm.ts contact/confirm.ts
X08 | Resends, new challenges and new sign-ins give no fresh attempts | throttle/failures.ts
X09 | A new challenge voids the former; several share one count | challenge/create.ts throttle/failures.ts
X10 | What is pending leaves what is active alone until confirmed under step-up | factor/enroll.ts contact/set.ts
X11 | What is pending belongs to the session that began it, and is void once MFA is on | factor/opt-in.ts contact/confirm.ts
X12 | No factor is changed without a fresh, strong enough proof in that very session | session/gates.ts session/strength.ts
X13 | Recovery codes have 120 bits and a count and lock of their own | recovery/code.ts throttle/failures.ts
X14 | A recovery code means nothing without the first factor | session/gates.ts
X15 | A stranger moves no counter; a lock closes one kind, not the account | throttle/failures.ts challenge/complete.ts
X16 | During a wait the right code gets the wrong code’s answer | challenge/complete.ts
X17 | Nothing is approved by a tap, and send budgets hold under parallel calls | throttle/sends.ts
X18 | A changed number voids what was sent and tells the old one; SMS alone removes nothing stronger | contact/activate.ts session/strength.ts
X19 | One mailbox is never both factors, also after it reset the password | session/independence.ts
X20 | Choosing a weaker factor never meets a stronger demand | session/requirement.ts session/strength.ts
X21 | No step is left out or taken out of turn | session/gates.ts
X22 | After a rotation the old session id holds nothing | session/lifecycle.ts
X23 | Credit ends with its session, its factor and the credential | session/ledger.ts session/lifecycle.ts
X24 | A step-up counts for its own purpose and age only | session/requirement.ts
X25 | There are no trusted devices to steal |
X26 | A TOTP step is accepted once, for whatever session or purpose | challenge/match.ts
X27 | The default window accepts three steps, five at most by policy; no use widens it | totp/totp.ts policy/policy.ts
X28 | A clock set back revives nothing, and an event tells | record/settle.ts session/gates.ts
X29 | Each secret is new, 160 bits by default and never below 128, and shown once | factor/enroll.ts
X30 | No name adds to or changes a key URI | totp/key-uri.ts
X31 | No text carries a line break or markup into a message | record/clean-text.ts contact/address.ts
X32 | Only ASCII is a code, whatever looks like it | challenge/typed-code.ts recovery/code.ts
X33 | Wrong types, huge inputs and prototype keys do nothing | facade/arguments.ts record/form.ts
X34 | No input makes a check take long | challenge/typed-code.ts contact/address.ts
X35 | Right, wrong, expired, used and foreign codes cost the same work | challenge/match.ts challenge/sent-code.ts
X36 | Refusals look alike, and strangers see no factors | challenge/complete.ts factor/list.ts
X37 | No secret is in answers, events, notices or errors | errors.ts ports/events.ts
X38 | A copy of the database is of no use without the keys | keys/seal.ts keys/digest.ts
X39 | A moved, edited or forged row is refused | record/codec.ts keys/seal.ts
X40 | Budgets bound what one user can have sent; the host’s limiter bounds the rest | throttle/sends.ts shell/host.ts
X41 | An outage opens no gate and gives no attempt back | shell/run.ts shell/persist.ts
X42 | A retry counts and sends once | shell/persist.ts message/base.ts
X43 | Support can reset, named and with a reason, and choose no secret | admin/intervene.ts
X44 | Passkey ceremonies are the host’s; the core only hears that one succeeded | session/methods.ts
X45 | A locked or withdrawn factor never means that no MFA is needed | session/enforced.ts
X46 | Sessions from before MFA was on have to prove a second factor | session/assess.ts
X47 | Not preventable with typed codes: a phishing site can relay them. Only a passkey sign-in withstands it | session/methods.ts
`

// id | demand | sources | files of the rule | attacks | what stays with the host
const demands = `
M01 | TOTP used once | NIST 3.1.4.2; RFC 6238 5.2; ASVS 6.5.1 | challenge/match.ts | X26 X02 | a store that compares and swaps
M02 | Sent code used once | NIST 3.1.3.2; ASVS 6.5.1, 6.6.2 | challenge/complete.ts | X02 | a store that compares and swaps
M03 | Recovery code used once | NIST 3.1.2.2, 4.2.1.1; ASVS 6.5.1 | challenge/match.ts | X02 X13 | show codes once
M04 | Sent codes live 10 minutes at most | NIST 3.1.3.2; ASVS 6.5.5 | challenge/sent-code.ts policy/policy.ts | X08 X36 | -
M05 | Counts survive a resend | NIST 3.1.3.2 | throttle/failures.ts | X08 | -
M06 | Counts survive a new sign-in | NIST 3.2.2; RFC 4226 7.3 | throttle/failures.ts | X08 X09 | -
M07 | A hard cap on failures | NIST 3.2.2; ASVS 6.3.1 | throttle/failures.ts policy/policy.ts | X08 X13 | a way to enroll anew
M08 | Waits that grow | NIST 3.2.2 | throttle/failures.ts | X16 | show the wait
M09 | A success resets its own count | NIST 3.2.2 | throttle/failures.ts | X15 | -
M10 | Attempts counted atomically | ASVS 2.3.4, 15.4.2 | challenge/complete.ts shell/run.ts | X01 | a store that compares and swaps
M11 | TOTP window of a step each way by default | NIST 3.1.4.2; ASVS 6.5.5 | totp/totp.ts | X27 | NTP
M12 | The server’s clock only | ASVS 6.5.8 | record/settle.ts | X28 | NTP
M13 | Secrets of 128 bits or more | NIST 3.1.4.1; RFC 4226 4 | totp/parameters.ts policy/policy.ts | X29 | -
M14 | Seeds encrypted at rest | NIST 3.1.4.2; ASVS 13.3.1 | keys/seal.ts | X38 X39 | keys in a vault, apart from the data
M15 | Recovery codes of 120 bits | NIST 4.2.1.1, 3.1.2.2; ASVS 6.5.4 | recovery/code.ts | X13 | -
M16 | Recovery codes hashed under a key | NIST 3.1.2.2, 3.1.1.2; ASVS 6.5.2 | recovery/code.ts keys/digest.ts | X38 | keys apart from the data
M17 | Sent codes kept as bound digests | ASVS 6.6.2 | challenge/sent-code.ts | X38 X05 | -
M18 | A code bound to its request | ASVS 6.6.2 | challenge/sent-code.ts | X04 X05 X06 | a stable session id
M19 | Step-up before adding a factor | NIST 4.1.2.1; ASVS 7.5.1 | session/gates.ts | X12 X10 | check the password again
M20 | Step-up before removing or disabling | ASVS 7.5.1 | session/gates.ts session/strength.ts | X12 X18 | check the password again
M21 | Enrollment overwrites nothing | NIST 4.1.2.1 | factor/enroll.ts contact/set.ts | X10 X11 | -
M22 | A changed address is a new factor | NIST 3.1.3.3, 4.1.2 | contact/activate.ts | X18 | keep its own copy of addresses in step
M23 | Notices of every change | NIST 4.1.2.1, 4.6; ASVS 6.3.7 | shell/effects.ts | X18 X26 X43 | two addresses, and how to object
M24 | A record of what happened | NIST 4.1; ASVS 16.3.1 | ports/events.ts | X37 | keep the events
M25 | Revoking takes effect at once | NIST 4.3, 4.5; ASVS 6.5.6 | session/ledger.ts | X23 | end its own sessions
M26 | SMS is restricted | NIST 3.2.9; ASVS 6.6.1 | session/offers.ts | X18 | offer more than SMS, and say why
M27 | Email is no factor in the nist profile | NIST 3.1.3.1; ASVS 6.3.6 | policy/policy.ts policy/configure-policy.ts | X19 | accept the risk elsewhere
M28 | The second factor is independent | NIST 2.2.1 | session/independence.ts | X19 | say how the first factor was proven
M29 | A phishing-resistant option | NIST 2.2.2; ASVS 6.3.3 | session/methods.ts | X44 X47 | offer passkeys
M30 | Levels are computed from proofs | NIST 5.1; RFC 8176 | session/assess.ts session/claims.ts | X03 X20 | map the claims
M31 | A new session id after the second factor | ASVS 7.2.4 | session/lifecycle.ts | X22 | rotate the session
M32 | Proofs age | NIST 2.2.3; ASVS 7.3.1 | session/requirement.ts | X24 X12 | idle and overall timeouts
M33 | Step-up for named actions | RFC 9470; ASVS 7.5.3 | session/requirement.ts | X24 | name the actions
M34 | No trusted devices | NIST 5.1 | - | X25 | keep none that stands for a factor
M35 | Key URIs are built strictly | Key URI Format; RFC 3986 | totp/key-uri.ts | X30 | -
M36 | SMS bound to an origin | WICG origin-bound codes | message/origin-line.ts | X31 | no footer after the last line
M37 | Inputs are typed and short | ASVS 2.2.1, 15.3.5 | facade/arguments.ts challenge/typed-code.ts | X32 X33 X34 | -
M38 | Work does not depend on the answer | ASVS 11.2.4, 6.3.8 | challenge/match.ts | X35 | -
M39 | One refusal for every bad code | ASVS 6.3.8, 16.5.1 | challenge/complete.ts | X36 | one HTTP status
M40 | Faults deny | ASVS 16.5.3 | shell/run.ts shell/host.ts | X41 | retries
M41 | No secrets in logs | ASVS 16.2.5 | errors.ts ports/events.ts | X37 | the same in its own logs
M42 | Recovery rests on the first factor | NIST 4.2.2.2; ASVS 6.4.3, 6.4.4 | session/gates.ts | X14 X12 | check identity before a reset
M43 | Passkey checks | NIST App. B.3; WebAuthn 7.1, 7.2 | - | X44 | the whole ceremony
M44 | Send budgets | NIST 3.1.3; ASVS 2.4.1, 6.6.4 | throttle/sends.ts shell/host.ts | X17 X40 | limits over all accounts, by address and country
M45 | Tenants never meet | ASVS 8.4.1 | record/owner.ts | X04 X39 | pass the tenant
M46 | No enumeration | ASVS 6.3.8 | factor/list.ts session/assess.ts | X36 | show an assessment only to its own user
`

/** Source texts of test files by their path in the repository. */
export type TestFiles = ReadonlyMap<string, string>

/** The columns of each row: attacks first, demands second. */
export const securityRows: readonly (readonly string[])[] = [...rowsOf(attacks), ...rowsOf(demands)]

export function readTestFiles(): TestFiles {
  const root = new URL('../', import.meta.url)
  const paths = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]))
}

/** For each id in a title of a test, the files. What is marked as still failing shows nothing. */
export function testsById(files: TestFiles): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const [path, text] of files) {
    for (const [, title = ''] of text.matchAll(/^\s*(?:describe|it)\(\s*(['"`].*)$/gm)) {
      for (const [id] of title.matchAll(/\b[MX][0-9]{2}\b/g)) found.set(id, (found.get(id) ?? new Set()).add(path))
    }
  }
  return new Map([...found].map(([id, paths]) => [id, [...paths]]))
}

export function securityMatrixPage(files: TestFiles): string {
  const tests = testsById(files)
  const linksTo = (ids: readonly string[]): string =>
    [...new Set(ids.flatMap((id) => tests.get(id) ?? []))]
      .sort()
      .map((path) => `[${path.replace(/^test\/|\.test\.ts$/g, '')}](../${path})`)
      .join(', ') || 'none'
  const attackRows = rowsOf(attacks).map(
    ([id = '', property = '', rules = '']) => `| ${id} | ${property} | ${filesOf(rules)} | ${linksTo([id])} |`,
  )
  const demandRows = rowsOf(demands).map(([id = '', demand, sources, rules = '', shownBy = '', host]) => {
    const shown = [...shownBy.split(' '), ...(tests.has(id) ? [linksTo([id])] : [])].join(', ')
    return `| ${id} | ${demand} | ${sources} | ${filesOf(rules)} | ${shown} | ${host} |`
  })
  return `# Security matrix

Printed by \`npm run docs:security\` from the titles of the tests;
a test holds the page current. What is listed **helps satisfy** the sources named: nothing here is certified, and a
host that skips its part does not satisfy them. Rules are files of \`packages/core/src\`.

## Attacks

Each is performed through the public API by tests whose titles hold its id. X25 and X44 are about what does not exist
here, and the tests show that; X47 is documented only.

| attack | what holds | rule | tests |
|---|---|---|---|
${attackRows.join('\n')}

## What standards ask

NIST is SP 800-63B-4 (2025), ASVS is OWASP ASVS 5.0; numbers are their sections.

| id | demand | helps satisfy | rule | shown by | the host’s part |
|---|---|---|---|---|---|
${demandRows.join('\n')}
`
}

function rowsOf(table: string): readonly (readonly string[])[] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
}

function filesOf(rules: string): string {
  if (rules === '' || rules === '-') return 'none'
  return rules
    .split(' ')
    .map((file) => `[${file}](../packages/core/src/${file})`)
    .join(', ')
}
