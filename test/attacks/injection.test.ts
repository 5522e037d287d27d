import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa } from '@countersign/adapters/testing'
import { renderMessage, type SessionRef, unwrap } from '@countersign/core'
import { parseKeyUri } from '@countersign/core/totp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLinkTarget, linkWithSecret } from '../../packages/core/src/contact/link.js'
import { outcomeOf, victimWith } from './scene.js'

const invalid = { code: 'invalid_argument' }
const lineBreaks = ['\r\n', '\n', '\r', '\0', '\u2028', '\u0085', '\u202e']

describe('hostile text', () => {
  it('X30: no issuer and no account name adds or changes a parameter of the key URI', async () => {
    const tricks = [
      'a&secret=JBSWY3DPEHPK3PXP',
      'a%26secret=AAAA',
      'a?digits=8',
      'a#x',
      'a%0Ab',
      'a b+c/d',
      'ü@例え.jp',
    ]
    for (const issuer of ['Acme', ...tricks.map((trick) => trick.slice(0, 60))]) {
      const { mfa, givenUser } = createTestMfa({ issuer })
      const { session } = await givenUser()
      for (const accountName of tricks) {
        const { uri, secret } = unwrap(await mfa.totp.enroll(session, { accountName }))
        const { searchParams, pathname, hash } = new URL(uri)
        expect([...searchParams.keys()]).toEqual(['secret', 'issuer', 'algorithm', 'digits', 'period'])
        expect([searchParams.get('secret'), searchParams.get('issuer'), hash]).toEqual([secret, issuer, ''])
        expect(decodeURIComponent(pathname)).toContain(`${issuer}:${accountName}`)
        expect(parseKeyUri(uri)).toMatchObject({ ok: true, issuer, accountName, digits: 6, periodSeconds: 30 })
      }
    }
  })

  it('X30: a colon or a line break in a name is refused', async () => {
    const { mfa, session } = await victimWith({})
    for (const accountName of ['a:b', ...lineBreaks.map((line) => `a${line}b`), '', 'x'.repeat(255)]) {
      await expect(mfa.totp.enroll(session, { accountName }), JSON.stringify(accountName)).rejects.toMatchObject(
        invalid,
      )
    }
    for (const issuer of ['a:b', 'a\nb', '']) expect(() => createTestMfa({ issuer })).toThrow(/issuer/)
  })

  it('X31: no label, address or name carries a line break into a mail header or an SMS', async () => {
    const { mfa, session, prove, outbox } = await victimWith()
    await prove('totp')
    for (const line of lineBreaks) {
      const label = `phone${line}Bcc: all@example.com`
      await expect(mfa.totp.enroll(session, { accountName: 'kim', label })).rejects.toMatchObject(invalid)
      const address = `kim@example.com${line}Bcc: all@example.com`
      const refused = mfa.contacts.set(session, { channel: 'email', address }).then(outcomeOf, (error) => error.code)
      expect(['invalid_address', 'invalid_argument']).toContain(await refused)
      const phone = mfa.contacts.set(session, { channel: 'phone', address: `+4915112345678${line}` })
      expect(['invalid_address', 'ok']).toContain(await phone.then(outcomeOf))
    }
    for (const message of outbox.messages) {
      expect(message.address).toMatch(/^[\x21-\x7e]+$/)
      expect(renderMessage(message).subject ?? '').not.toMatch(/[\r\n]/)
    }
  })

  it('X31: markup in a label stays data: nothing rendered is HTML', async () => {
    const { mfa, user, session, prove, outbox } = await victimWith()
    await prove('totp')
    outbox.clear()
    const label = '<img src=x onerror=alert(1)>'
    user.app.scan(unwrap(await mfa.totp.enroll(session, { accountName: 'kim', label })).uri)
    unwrap(await mfa.totp.confirm(session, { code: user.app.freshCode() }))
    expect(outbox.notices.length).toBeGreaterThan(0)
    for (const message of outbox.messages) expect(Object.keys(renderMessage(message))).not.toContain('html')
  })

  it('X32: digits and letters from outside ASCII are no code, and count nothing', async () => {
    const { mfa, user, session, inspect } = await victimWith({ totp: true, recoveryCodes: true })
    const code = user.app.freshCode()
    const shift = (base: number) => code.replace(/\d/g, (digit) => String.fromCodePoint(base + Number(digit)))
    const disguised = [shift(0xff10), shift(0x0660), shift(0x0966), shift(0x1d7ce), `${code}\u200b`, `\u202e${code}`]
    for (const typed of [...disguised, `${code}\n`, `${code}\0`, `+${code}`, `0x${code}`, `${code}.0`]) {
      const answer = await mfa.challenges.verify(session, { factor: 'totp', code: typed })
      expect([outcomeOf(answer), 'attemptsLeft' in answer]).toEqual(['invalid_code', false])
    }
    const recovery = user.recoveryCodes[0] as string
    for (const typed of [
      recovery.replace(/[0-9A-Z]/, '\uff21'),
      recovery.replaceAll('-', '\u2010'),
      `${recovery}\u0301`,
    ]) {
      const answer = await mfa.challenges.verify(session, { factor: 'recovery_code', code: typed })
      expect([outcomeOf(answer), 'attemptsLeft' in answer]).toEqual(['invalid_code', false])
    }
    expect((await inspect()).throttles).toEqual({ total: 0 })
    // The same code as people type it is the same code.
    const spaced = `${code.slice(0, 3)} ${code.slice(3)}`
    expect(outcomeOf(await mfa.challenges.verify(session, { factor: 'totp', code: spaced }))).toBe('ok')
  })

  it('X33: prototype keys as ids are ids like any other, and pollute nothing', async () => {
    const store = createMemoryStore()
    const { mfa } = createTestMfa({ store })
    for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', 'null']) {
      const session = { userId: id, sessionId: id, tenantId: id }
      expect(await mfa.sessions.assess(session)).toMatchObject({ satisfied: false, next: 'sign_in' })
      unwrap(await mfa.sessions.begin(session, { method: 'password' }))
      const { codes } = unwrap(await mfa.recoveryCodes.generate(session))
      expect(outcomeOf(await mfa.challenges.complete(session, { challengeId: id, code: '123456' }))).toBe(
        'invalid_code',
      )
      const verified = await mfa.challenges.verify(session, { factor: 'recovery_code', code: codes[0] as string })
      expect(outcomeOf(verified)).toBe('ok')
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    const polluting = JSON.parse('{"__proto__":{"polluted":1},"method":"password"}')
    unwrap(await mfa.sessions.begin({ userId: 'u', sessionId: 's' }, polluting))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('X33: arrays, objects, numbers and megabytes are refused before any work, and move no counter', async () => {
    const { mfa, user, session, inspect, send } = await victimWith()
    const { challengeId } = await send('email')
    const code = user.app.freshCode()
    const values = [[code], { code }, Number(code), null, true, Symbol.iterator, () => code, new String(code)]
    for (const value of values) {
      const typed = value as string
      await expect(mfa.challenges.verify(session, { factor: 'totp', code: typed })).rejects.toMatchObject(invalid)
      await expect(mfa.challenges.complete(session, { challengeId, code: typed })).rejects.toMatchObject(invalid)
      await expect(mfa.challenges.complete(session, { challengeId: typed, code })).rejects.toMatchObject(invalid)
      await expect(mfa.sessions.assess({ ...session, sessionId: typed } as SessionRef)).rejects.toMatchObject(invalid)
    }
    const huge = '1'.repeat(1_000_000)
    for (const factor of ['totp', 'recovery_code'] as const) {
      expect(outcomeOf(await mfa.challenges.verify(session, { factor, code: huge }))).toBe('invalid_code')
    }
    expect(outcomeOf(await mfa.challenges.complete(session, { challengeId, code: huge }))).toBe('invalid_code')
    for (const ref of [
      { ...session, userId: huge },
      { ...session, sessionId: huge },
    ]) {
      await expect(mfa.sessions.assess(ref)).rejects.toMatchObject(invalid)
    }
    expect((await inspect()).throttles).toEqual({ total: 0 })
  })

  it('X34: no input, however long or repetitive, makes a check take long', async () => {
    const { mfa, session, prove } = await victimWith()
    await prove('totp')
    const repeated = fc.tuple(
      fc.constantFrom('a', '1', ' ', '-', 'a.', '@', '%', 'a@', '+1', '\u0301'),
      fc.constantFrom('', '!', '@', '\n'),
    )
    await fc.assert(
      fc.asyncProperty(repeated, async ([unit, end]) => {
        const text = unit.repeat(50_000) + end
        const calls = [
          () => mfa.challenges.verify(session, { factor: 'totp', code: text }),
          () => mfa.challenges.verify(session, { factor: 'recovery_code', code: text }),
          () => mfa.contacts.confirm(session, { channel: 'email', code: text }),
          () => mfa.contacts.set(session, { channel: 'email', address: text }),
          () => mfa.contacts.set(session, { channel: 'phone', address: text }),
          () => mfa.contacts.set(session, { channel: 'email', address: 'kim@example.com', url: `https://a/${text}` }),
          () => mfa.totp.enroll(session, { accountName: text }),
          () => mfa.challenges.create(session, { factor: 'totp', purpose: text }),
        ]
        const start = performance.now()
        for (const call of calls) await call().catch(() => undefined)
        // A pattern that backtracks takes minutes for this; a linear one, well under a second.
        expect(performance.now() - start).toBeLessThan(2000)
        return parseKeyUri(`otpauth://totp/${text}?secret=${text}`).ok === false
      }),
      { numRuns: 40 },
    )
  })
})

describe('the page a link leads to', () => {
  it.each([
    ['http://localhost:3000', true],
    ['https://acme.example', true],
    ['HTTPS://acme.example?x#y', true],
    ['javascript:https://acme.example/', false],
    ['ftp://acme.example/', false],
    ['https://kim@acme.example/', false],
    ['https://acme.example\\@evil.example/', false],
    ['https://ácme.example/', false],
    ['https://', false],
  ])('%s may be one: %s', (url, may) => {
    expect(isLinkTarget(url)).toBe(may)
  })

  it.each([
    ['/v', '/v?userId=k&secret=s'],
    ['/v?', '/v?userId=k&secret=s'],
    ['/v?x=1', '/v?x=1&userId=k&secret=s'],
    ['/v?x=1&', '/v?x=1&userId=k&secret=s'],
    ['/v?x=1#top', '/v?x=1&userId=k&secret=s#top'],
    ['/v#a?b', '/v?userId=k&secret=s#a?b'],
  ])('%s gets the secret in its query, before the fragment', (path, expected) => {
    expect(linkWithSecret(`https://acme.example${path}`, 'k', 's')).toBe(`https://acme.example${expected}`)
  })
})
