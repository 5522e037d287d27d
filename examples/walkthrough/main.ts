/**
 * The main job, from beginning to end, on SQLite in a file: a person enrolls, switches MFA on, signs in with two
 * factors, loses the phone and comes back with a recovery code. The authenticator app is an independent library.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routeMessages } from '@countersign/adapters/console'
import { renderQrTerminal } from '@countersign/adapters/qr'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { createManualClock, createOutbox } from '@countersign/adapters/testing'
import { createMfa, type Mfa, type MfaEvent, MfaRequiredError, unwrap } from '@countersign/core'
import Database from 'libsql'
import * as OTPAuth from 'otpauth'
import { check, heading, reasonOf, say } from './transcript.js'

const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'))
const file = join(folder, 'mfa.db')
// A clock that we can move, so that nobody has to wait for the next thirty seconds.
const clock = createManualClock(Date.now())
const mailbox = createOutbox()
const phone = createOutbox()
const events: MfaEvent[] = []
const oldKey = { id: '2026-01', secret: randomBytes(32).toString('base64') }
const newKey = { id: '2026-11', secret: randomBytes(32).toString('base64') }

async function openLibrary(keys: readonly { id: string; secret: string }[]): Promise<{ mfa: Mfa; close(): void }> {
  const database = new Database(file)
  const store = createSqliteStore(database)
  await store.setup()
  const mfa = createMfa({
    issuer: 'Acme',
    keys,
    store,
    messenger: routeMessages({ email: mailbox, phone }),
    policy: { optIn: 'explicit' },
    clock,
    onEvent: (event) => events.push(event),
  })
  return { mfa, close: () => database.close() }
}

let { mfa, close } = await openLibrary([oldKey])
const user = { userId: 'kim' }
const email = 'kim@example.com'
const number = '+4915112345678'
const first = { ...user, sessionId: 'laptop-1' }

heading('Kim signs in with a password, as always; MFA is not on yet')
const begun = unwrap(await mfa.sessions.begin(first, { method: 'password' }))
check('satisfied', begun.assessment.satisfied, true)
check('level', begun.assessment.level, 'aal1')

heading('Recovery codes, shown once')
const { codes } = unwrap(await mfa.recoveryCodes.generate(first))
for (const code of codes.slice(0, 3)) say(code)
say(`... and ${codes.length - 3} more`)
check('asking again', reasonOf(await mfa.recoveryCodes.generate(first)), 'already_generated')

heading('An email address, verified by a link')
unwrap(await mfa.contacts.set(first, { channel: 'email', address: email, url: 'https://acme.example/verify' }))
const { link, secret: linkSecret } = mailbox.linkTo(email)
say(`mailed: ${link.replace(linkSecret, '<secret>')}`)
const opened = unwrap(await mfa.contacts.confirm(user, { channel: 'email', code: linkSecret }))
check('confirmed without a session', opened.address, email)
check(
  'opening it again',
  reasonOf(await mfa.contacts.confirm(user, { channel: 'email', code: linkSecret })),
  'invalid_code',
)

heading('A phone number, verified by a code')
unwrap(await mfa.contacts.set(first, { channel: 'phone', address: '+49 151 1234-5678' }))
check(
  'a wrong code',
  reasonOf(await mfa.contacts.confirm(first, { channel: 'phone', code: wrong(phone.codeTo(number)) })),
  'invalid_code',
)
check(
  'the right code',
  reasonOf(await mfa.contacts.confirm(first, { channel: 'phone', code: phone.codeTo(number) })),
  'ok',
)

heading('An authenticator app, by QR code or by typing the secret')
const enrollment = unwrap(await mfa.totp.enroll(first, { accountName: email, label: 'Kim’s phone' }))
console.log(renderQrTerminal(enrollment.uri))
say(`or type: ${enrollment.secret.replace(/(.{4})(?=.)/g, '$1 ')}`)
const app = OTPAuth.URI.parse(enrollment.uri) as OTPAuth.TOTP
check('the app shows it as', `${app.issuer}: ${app.label}`, `Acme: ${email}`)
check('confirmed with its first code', reasonOf(await mfa.totp.confirm(first, { code: codeOf(app) })), 'ok')

heading('MFA is switched on')
const switched = unwrap(await mfa.enable(first))
check('enforced', switched.enforced, true)
check('warnings', switched.warnings, [])
check('Kim’s own session goes on', switched.assessment.satisfied, true)
say(`told by notice: ${mailbox.notices.map(({ notice }) => notice).join(', ')}`)

heading('A new sign-in: the password is no longer enough')
const second = { ...user, sessionId: 'laptop-2' }
const asked = unwrap(await mfa.sessions.begin(second, { method: 'password' })).assessment
check('next', asked.next, 'second_factor')
check(
  'offers, best first',
  asked.offers.map(({ factor }) => factor),
  ['totp', 'phone', 'email', 'recovery_code'],
)
check('a guarded page', await guard(second), 'more_factors_required')
const listed = unwrap(await mfa.factors.list(second))
check('factors', [listed.totp, listed.email, listed.phone, listed.recoveryCode], [true, true, true, true])
check('managing factors meanwhile', reasonOf(await mfa.disable(second)), 'more_factors_required')

heading('By authenticator app; a code is good once')
check(
  'the code the enrollment used',
  reasonOf(await mfa.challenges.verify(second, { factor: 'totp', code: codeOf(app) })),
  'invalid_code',
)
clock.advance(30_000)
const mistyped = await mfa.challenges.verify(second, { factor: 'totp', code: wrong(codeOf(app)) })
check('a wrong code, tries left', mistyped.ok ? undefined : mistyped.attemptsLeft, 28)
const fresh = unwrap(
  await mfa.challenges.verify(second, { factor: 'totp', code: codeOf(app), newSessionId: 'laptop-2b' }),
)
check('the next code', [fresh.assessment.level, fresh.assessment.amr], ['aal2', ['pwd', 'otp', 'mfa']])
check('the session’s old id', await guard(second), 'sign_in')
check('its new id', await guard({ ...user, sessionId: 'laptop-2b' }), 'in')

heading('By email')
const third = await signIn('laptop-3')
const mailed = unwrap(await mfa.challenges.create(third, { factor: 'email' })).challenge
check('sent to', mailed.sentTo, 'k***@example.com')
check(
  'a double click sends nothing',
  unwrap(await mfa.challenges.create(third, { factor: 'email' })).challenge.delivery,
  'none',
)
check(
  'completed',
  reasonOf(await mfa.challenges.complete(third, { challengeId: mailed.id, code: mailbox.codeTo(email) })),
  'ok',
)
check('honest level', (await mfa.sessions.assess(third)).level, 'aal1')

heading('By phone; a wrong code first')
const fourth = await signIn('laptop-4')
const texted = unwrap(await mfa.challenges.create(fourth, { factor: 'phone' })).challenge
const refused = await mfa.challenges.complete(fourth, { challengeId: texted.id, code: wrong(phone.codeTo(number)) })
check('a wrong code, tries left', refused.ok ? undefined : refused.attemptsLeft, 4)
check(
  'completed',
  reasonOf(await mfa.challenges.complete(fourth, { challengeId: texted.id, code: phone.codeTo(number) })),
  'ok',
)

heading('After a sign-in by email link, email proves nothing new')
const fifth = { ...user, sessionId: 'laptop-5' }
const byLink = unwrap(await mfa.sessions.begin(fifth, { method: 'email_link' })).assessment
check(
  'offers',
  byLink.offers.map(({ factor }) => factor),
  ['totp', 'phone', 'recovery_code'],
)
check(
  'asking for it all the same',
  reasonOf(await mfa.challenges.create(fifth, { factor: 'email' })),
  'same_channel_as_sign_in',
)

heading('Step-up: a transfer wants a proof of its own, at most two minutes old')
const working = { ...user, sessionId: 'laptop-2b' }
const transfer = { anyOf: ['totp'], maxAgeMs: 120_000, purpose: 'transfer' } as const
check('before', await guard(working, transfer), 'second_factor')
clock.advance(30_000)
unwrap(await mfa.challenges.verify(working, { factor: 'totp', code: codeOf(app), purpose: 'transfer' }))
check('after', await guard(working, transfer), 'in')
clock.advance(120_001)
check('two minutes later', await guard(working, transfer), 'second_factor')

heading('The phone is lost: a recovery code brings Kim back')
const sixth = await signIn('library-pc')
const used = codes[0] as string
check(
  'typed carelessly',
  reasonOf(
    await mfa.challenges.verify(sixth, { factor: 'recovery_code', code: used.toLowerCase().replaceAll('-', ' ') }),
  ),
  'ok',
)
const again = await signIn('library-pc-2')
check(
  'the same code again',
  reasonOf(await mfa.challenges.verify(again, { factor: 'recovery_code', code: used })),
  'invalid_code',
)
const replacement = unwrap(await mfa.totp.enroll(sixth, { accountName: email, label: 'Kim’s new phone' }))
const newApp = OTPAuth.URI.parse(replacement.uri) as OTPAuth.TOTP
unwrap(await mfa.totp.confirm(sixth, { factorId: replacement.factorId, code: codeOf(newApp) }))
check('the lost app is removed', reasonOf(await mfa.factors.remove(sixth, { factorId: enrollment.factorId })), 'ok')
check('switching MFA off by a recovery code', reasonOf(await mfa.disable(sixth)), 'fresh_proof_required')
const { codes: newCodes } = unwrap(await mfa.recoveryCodes.regenerate(sixth))
check('new recovery codes', newCodes.length, 10)

heading('The key ring changes: a new key first, the old one still opens')
close()
;({ mfa, close } = await openLibrary([newKey, oldKey]))
clock.advance(30_000)
const seventh = await signIn('laptop-7')
check(
  'the new app still works',
  reasonOf(await mfa.challenges.verify(seventh, { factor: 'totp', code: codeOf(newApp) })),
  'ok',
)
check('keys Kim depends on', unwrap(await mfa.admin.inspect(user)).keyIds, ['2026-01', '2026-11'])
unwrap(await mfa.recoveryCodes.regenerate(seventh))
check('after new recovery codes', unwrap(await mfa.admin.inspect(user)).keyIds, ['2026-11'])

heading('Closed and opened again, with the new key alone')
close()
;({ mfa, close } = await openLibrary([newKey]))
check('Kim’s session', await guard(seventh), 'in')
const state = unwrap(await mfa.admin.inspect(user))
check('factors', state.factors.map(({ kind, status }) => `${kind} ${status}`).sort(), [
  'email active',
  'phone active',
  'recovery_code active',
  'totp active',
])
check('still enforced', state.enforced, true)

heading('What the host’s log has seen')
const counts = new Map<string, number>()
for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
for (const [type, count] of [...counts].sort()) say(`${String(count).padStart(3)} ${type}`)
const everything = JSON.stringify(events)
const secrets = [enrollment.secret, replacement.secret, linkSecret, ...codes, ...newCodes]
check('secrets in it', secrets.filter((secret) => everything.includes(secret)).length, 0)

close()
rmSync(folder, { recursive: true, force: true })
console.log('\nEverything was as it should be.')

async function signIn(sessionId: string): Promise<{ userId: string; sessionId: string }> {
  const session = { ...user, sessionId }
  unwrap(await mfa.sessions.begin(session, { method: 'password' }))
  return session
}

async function guard(
  session: { userId: string; sessionId: string },
  requirement?: Parameters<Mfa['sessions']['require']>[1],
): Promise<string> {
  try {
    await mfa.sessions.require(session, requirement)
    return 'in'
  } catch (error) {
    if (!(error instanceof MfaRequiredError)) throw error
    const { next } = error.assessment
    return next === 'second_factor' && requirement === undefined ? 'more_factors_required' : next
  }
}

function codeOf(authenticator: OTPAuth.TOTP): string {
  return authenticator.generate({ timestamp: clock.nowMs() })
}

function wrong(code: string): string {
  return code.replace(/^./, (digit) => String((Number(digit) + 1) % 10))
}
