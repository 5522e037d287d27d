import { inspect } from 'node:util'
import { createMemoryStore } from '@countersign/adapters/memory'
import {
  createAuthenticatorApp,
  createManualClock,
  createOutbox,
  createSeededRandom,
  testKey,
} from '@countersign/adapters/testing'
import { createMfa, isMfaError, type MfaEvent, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'

/** Everything the library says in one long life of a user, except in the answers made to show a secret. */
async function wholeLife() {
  const said: unknown[] = []
  const secrets = new Map<string, string>()
  const events: MfaEvent[] = []
  const clock = createManualClock()
  const outbox = createOutbox()
  const store = createMemoryStore()
  const mfa = createMfa({
    issuer: 'Acme',
    keys: [{ id: 'k', secret: testKey }],
    store,
    messenger: outbox,
    clock,
    random: createSeededRandom(99),
    onEvent: (event) => events.push(event),
  })
  const hear = <T>(answer: T): T => {
    said.push(answer)
    return answer
  }
  const user = { userId: 'kim' }
  const session = { ...user, sessionId: 'the-session-id-itself' }
  secrets.set('session id', session.sessionId)
  secrets.set('key', testKey)

  hear(await mfa.sessions.begin(session, { method: 'password' }))
  const { codes } = unwrap(await mfa.recoveryCodes.generate(session))
  for (const code of codes) secrets.set(`recovery code ${code}`, code)
  hear(await mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com', url: 'https://acme.example/v' }))
  const { secret: link } = outbox.linkTo('kim@example.com')
  secrets.set('link secret', link)
  hear(await mfa.contacts.confirm(user, { channel: 'email', code: link }))
  hear(await mfa.contacts.set(session, { channel: 'phone', address: '+4915112345678' }))
  secrets.set('phone code', outbox.codeTo('+4915112345678'))
  hear(await mfa.contacts.confirm(session, { channel: 'phone', code: 'nonsense' }))
  hear(await mfa.contacts.confirm(session, { channel: 'phone', code: outbox.codeTo('+4915112345678') }))
  const enrollment = unwrap(await mfa.totp.enroll(session, { accountName: 'kim' }))
  secrets.set('seed', enrollment.secret)
  const app = createAuthenticatorApp(clock)
  app.scan(enrollment.uri)
  hear(await mfa.totp.confirm(session, { code: app.freshCode() }))

  const second = { ...user, sessionId: 'another-session-id' }
  secrets.set('second session id', second.sessionId)
  hear(await mfa.sessions.begin(second, { method: 'password' }))
  hear(await mfa.factors.list(second))
  const created = hear(unwrap(await mfa.challenges.create(second, { factor: 'email' })))
  const emailCode = outbox.codeTo('kim@example.com')
  secrets.set('email code', emailCode)
  hear(await mfa.challenges.complete(second, { challengeId: created.challenge.id, code: '000000' }))
  hear(await mfa.challenges.complete(second, { challengeId: created.challenge.id, code: emailCode }))
  const totpCode = app.freshCode()
  hear(await mfa.challenges.verify(second, { factor: 'totp', code: totpCode }))
  hear(await mfa.challenges.verify(second, { factor: 'totp', code: totpCode }))
  hear(await mfa.challenges.verify(second, { factor: 'recovery_code', code: codes[0] as string }))
  hear(await mfa.challenges.verify(second, { factor: 'recovery_code', code: codes[0] as string }))
  hear(await mfa.factors.list(second))
  hear(await mfa.admin.inspect(user))
  hear(await mfa.sessions.assess(second, { level: 'aal2' }))
  hear(await mfa.credentials.changed(user, { via: 'email', except: second.sessionId }))
  hear(mfa.policy)
  hear(mfa)
  return { mfa, said, secrets, events, outbox, store, user, session, second }
}

/** The paths at which a property is there without a value. */
function blanks(value: unknown, path = ''): readonly string[] {
  if (value === undefined) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => blanks(inner, `${path}.${key}`))
}

const forms = (value: unknown): string => `${JSON.stringify(value)}\n${inspect(value, { depth: 20, showHidden: true })}`

describe('no secret, code or key (X37)', () => {
  it('is in any answer, other than those made to show one', async () => {
    const { said, secrets } = await wholeLife()
    for (const answer of said) {
      const text = forms(answer)
      for (const [name, secret] of secrets)
        expect(text.includes(secret), `${name} in ${text.slice(0, 300)}`).toBe(false)
    }
  })

  it('is in any event', async () => {
    const { events, secrets } = await wholeLife()
    const text = forms(events)
    for (const [name, secret] of secrets) expect(text.includes(secret), name).toBe(false)
    expect(text).not.toContain('kim@example.com')
    expect(text).not.toContain('+4915112345678')
    expect(events.length).toBeGreaterThan(15)
  })

  it('is in any notice', async () => {
    const { outbox, secrets } = await wholeLife()
    const text = forms(outbox.notices)
    for (const [name, secret] of secrets) expect(text.includes(secret), name).toBe(false)
    expect(outbox.notices.length).toBeGreaterThan(5)
  })

  it('is in the store: what a dump holds works nowhere without the keys (X38)', async () => {
    const { store, secrets } = await wholeLife()
    const data = (await store.load('0:kim'))?.data as string
    for (const [name, secret] of secrets) expect(data.includes(secret), name).toBe(false)
    for (const code of [...secrets].filter(([name]) => name.startsWith('recovery')).map(([, code]) => code)) {
      expect(data).not.toContain(code.replaceAll('-', ''))
    }
  })

  it('is in any error', async () => {
    const { mfa, secrets, session } = await wholeLife()
    const tries: (() => unknown)[] = [
      () =>
        createMfa({ issuer: 'Acme', keys: [{ id: 'k', secret: testKey.slice(0, 20) }], store: createMemoryStore() }),
      () => mfa.challenges.complete(session, { challengeId: 5 as never, code: [...secrets.values()] as never }),
      () =>
        mfa.sessions.rotate({ ...session, sessionId: 'another-session-id' }, { newSessionId: 'another-session-id' }),
      () => mfa.totp.enroll(session, { accountName: `${testKey}:` }),
      () => mfa.sessions.begin(session, { method: testKey.repeat(3) }),
    ]
    for (const attempt of tries) {
      let error: unknown
      try {
        error = await attempt()
      } catch (thrown) {
        error = thrown
      }
      const text = `${forms(error)}${String(error)}${(error as Error).stack ?? ''}`
      for (const [name, secret] of secrets) expect(text.includes(secret), name).toBe(false)
      expect(text).not.toContain(testKey.slice(0, 20))
      expect(isMfaError(error) || (error as { ok?: boolean }).ok === false).toBe(true)
    }
  })

  it('is reachable through the façade object', async () => {
    const { mfa } = await wholeLife()
    const seen = new Set<unknown>()
    const walk = (value: unknown): void => {
      if (typeof value === 'string') expect(value).not.toBe(testKey)
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
      seen.add(value)
      expect(value instanceof Uint8Array).toBe(false)
      for (const key of Reflect.ownKeys(value)) walk((value as Record<PropertyKey, unknown>)[key])
    }
    walk({ ...mfa })
  })
})

describe('what is absent', () => {
  it('is left out of answers, events and messages, never there as undefined', async () => {
    const { said, events, outbox, mfa } = await wholeLife()
    const answers = said.filter((each) => each !== mfa && each !== mfa.policy)
    expect(blanks(answers)).toEqual([])
    expect(blanks(events)).toEqual([])
    expect(blanks(outbox.messages)).toEqual([])
  })
})
