/** A process that saves until it is killed, and prints each answer only after the library gave it. */

import { writeSync } from 'node:fs'
import { createSqliteStore } from '@countersign/adapters/sqlite'
import { testKey } from '@countersign/adapters/testing'
import { createMfa, type UserRef } from '@countersign/core'
import Libsql from 'libsql'

const [file = '', round = '0'] = process.argv.slice(2)
const mfa = createMfa({
  issuer: 'Acme',
  keys: [{ id: 'test', secret: testKey }],
  store: createSqliteStore(new Libsql(file)),
  unknownSessions: 'refuse',
})

/** One whole line in one write: a kill never leaves half of it. */
function say(...words: readonly (string | number)[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

async function signUp(user: UserRef): Promise<readonly string[]> {
  const session = { ...user, sessionId: `${round}-first` }
  await mfa.sessions.begin(session, { method: 'password' })
  const generated = await mfa.recoveryCodes.generate(session)
  if (generated.ok) return generated.codes
  const regenerated = await mfa.recoveryCodes.regenerate(session)
  return regenerated.ok ? regenerated.codes : []
}

const users = ['a', 'b', 'c'].map((userId) => ({ userId }))
const codes = new Map<string, readonly string[]>()
for (const user of users) {
  codes.set(user.userId, await signUp(user))
  say('generated', user.userId, (codes.get(user.userId) as readonly string[]).length)
}
say('ready')

for (let turn = 0; ; turn++) {
  const user = users[turn % users.length] as UserRef
  const session = { ...user, sessionId: `${round}-${turn}` }
  const begun = await mfa.sessions.begin(session, { method: 'password' })
  if (begun.ok) say('begun', user.userId, session.sessionId)
  const list = codes.get(user.userId) ?? []
  const code = list[Math.floor(turn / users.length) % Math.max(list.length, 1)]
  if (code !== undefined && turn < users.length * list.length) {
    const used = await mfa.challenges.verify(session, { factor: 'recovery_code', code })
    if (used.ok) say('used', user.userId, session.sessionId, code)
  }
  const wrong = await mfa.challenges.verify(session, { factor: 'recovery_code', code: 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA' })
  if (!wrong.ok && wrong.attemptsLeft !== undefined) say('failed', user.userId, session.sessionId)
  const label = await mfa.contacts.attest(user, { channel: 'email', address: `${round}-${turn}@example.com` })
  if (label.ok) say('attested', user.userId, `${round}-${turn}@example.com`)
}
