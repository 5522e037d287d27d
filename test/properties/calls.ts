/** Calls of one user in some order, as data, and what a bystander knows about them. */

import { type AuthenticatorApp, createAuthenticatorApp, type TestMfa } from '@countersign/adapters/testing'
import type { Result, SessionRef } from '@countersign/core'
import fc from 'fast-check'

export type CallName =
  | 'begin password'
  | 'begin email link'
  | 'begin oauth'
  | 'reauthenticate'
  | 'enroll'
  | 'confirm'
  | 'verify totp'
  | 'replay totp'
  | 'verify wrong'
  | 'set email'
  | 'set phone'
  | 'confirm email'
  | 'confirm phone'
  | 'confirm link'
  | 'attest email'
  | 'withdraw email'
  | 'challenge email'
  | 'challenge phone'
  | 'complete'
  | 'complete wrong'
  | 'generate'
  | 'regenerate'
  | 'recover'
  | 'enable'
  | 'disable'
  | 'remove totp'
  | 'remove email'
  | 'rotate'
  | 'end'
  | 'end others'
  | 'password reset by email'
  | 'password changed'
  | 'unlock'
  | 'a moment later'
  | 'half an hour later'
  | 'clock back'

export interface CallOf {
  readonly name: CallName
  /** Which of the open sessions acts. */
  readonly session: number
}

const names: readonly CallName[] = [
  'begin password',
  'begin password',
  'begin email link',
  'begin oauth',
  'reauthenticate',
  'enroll',
  'enroll',
  'confirm',
  'confirm',
  'verify totp',
  'verify totp',
  'replay totp',
  'verify wrong',
  'set email',
  'set phone',
  'confirm email',
  'confirm phone',
  'confirm link',
  'attest email',
  'withdraw email',
  'challenge email',
  'challenge phone',
  'complete',
  'complete wrong',
  'generate',
  'regenerate',
  'recover',
  'enable',
  'disable',
  'remove totp',
  'remove email',
  'rotate',
  'end',
  'end others',
  'password reset by email',
  'password changed',
  'unlock',
  'a moment later',
  'half an hour later',
  'clock back',
]

const anyCall: fc.Arbitrary<CallOf> = fc.record({ name: fc.constantFrom(...names), session: fc.nat({ max: 3 }) })

const prefixes: readonly (readonly CallName[])[] = [
  [],
  ['begin password'],
  ['begin password', 'enroll', 'confirm'],
  ['begin password', 'generate', 'attest email', 'enroll', 'confirm', 'begin password', 'begin email link'],
  ['begin email link', 'attest email', 'enroll', 'confirm', 'set phone', 'confirm phone', 'begin oauth'],
  ['attest email', 'begin password', 'enable', 'begin password', 'challenge email', 'complete'],
]

/** Sequences long enough to get somewhere, beginning in one of several situations. */
export const anyCalls: fc.Arbitrary<readonly CallOf[]> = fc
  .tuple(fc.constantFrom(...prefixes), fc.array(anyCall, { maxLength: 40, size: 'max' }))
  .map(([prefix, calls]) => [...prefix.map((name) => ({ name, session: 0 })), ...calls])

export interface World extends TestMfa {
  app: AuthenticatorApp
  sessions: SessionRef[]
  challenges: { readonly id: string; readonly address: string; readonly kind: string }[]
  /** By session: kinds for which a right code was handed in while it was known. */
  readonly proven: Map<string, Set<string>>
  /** TOTP steps that were accepted, with the app they were of. */
  readonly accepted: string[]
  pendingUri: string | undefined
  codes: readonly string[]
  /** Session ids made so far. */
  ids: number
}

const user = { userId: 'someone' }
const email = 'someone@example.com'
const phone = '+4915100000000'

/** A world in which nothing has happened yet. */
export function emptyWorld(test: TestMfa): World {
  const { mfa, clock, outbox, store, events, givenUser, app } = test
  return {
    mfa,
    clock,
    outbox,
    store,
    events,
    givenUser,
    app,
    sessions: [],
    challenges: [],
    proven: new Map(),
    accepted: [],
    pendingUri: undefined,
    codes: [],
    ids: 0,
  }
}

/** Performs one call as far as it makes sense and keeps what a bystander would know. */
export async function apply(world: World, { name, session: index }: CallOf): Promise<unknown> {
  const { mfa, clock, outbox } = world
  const session = world.sessions[index % Math.max(world.sessions.length, 1)]
  const prove = (at: SessionRef, kind: string, result: Result): Result => {
    if (result.ok) world.proven.set(at.sessionId, (world.proven.get(at.sessionId) ?? new Set()).add(kind))
    return result
  }
  const totp = async (at: SessionRef, code: string, step: number): Promise<Result> => {
    const result = prove(at, 'totp', await mfa.challenges.verify(at, { factor: 'totp', code }))
    if (result.ok) world.accepted.push(`${world.pendingUri}:${step}`)
    return result
  }
  const begin = async (method: string, verified?: string): Promise<Result> => {
    const next = { ...user, sessionId: `session-of-someone-${++world.ids}` }
    world.sessions.push(next)
    return mfa.sessions.begin(next, { method, ...(verified !== undefined && { verified: { email: verified } }) })
  }
  const stepNow = (): number => Math.floor(clock.nowMs() / 30_000)
  const sent = (address: string): string => {
    try {
      return outbox.codeTo(address)
    } catch {
      return '000000'
    }
  }

  switch (name) {
    case 'begin password':
      return begin('password')
    case 'begin email link':
      return begin('email_link')
    case 'begin oauth':
      return begin('oauth', email)
    case 'attest email':
      return mfa.contacts.attest(user, { channel: 'email', address: email })
    case 'withdraw email':
      return mfa.contacts.withdraw(user, { channel: 'email' })
    case 'password reset by email':
      return mfa.credentials.changed(user, { via: 'email' })
    case 'password changed':
      return mfa.credentials.changed(user, { via: 'session', ...(session && { except: session.sessionId }) })
    case 'unlock':
      return mfa.admin.unlock(user, { actor: 'support', reason: 'test' })
    case 'a moment later':
      return clock.advance(31_000)
    case 'half an hour later':
      return clock.advance(1_800_000)
    case 'clock back':
      return clock.advance(-20_000)
    case 'confirm link': {
      const link = outbox.messages.findLast((message) => message.kind === 'link')
      return mfa.contacts.confirm(user, {
        channel: 'email',
        code: link?.kind === 'link' ? link.secret : 'x'.repeat(22),
      })
    }
  }
  if (session === undefined) return undefined
  switch (name) {
    case 'reauthenticate':
      return mfa.sessions.reauthenticate(session, { method: 'password' })
    case 'enroll': {
      const result = await mfa.totp.enroll(session, { accountName: 'someone' })
      if (result.ok) {
        world.app = createAuthenticatorApp(clock)
        world.app.scan(result.uri)
        world.pendingUri = result.uri
      }
      return result
    }
    case 'confirm': {
      if (world.pendingUri === undefined) return undefined
      const [code, step] = [world.app.freshCode(), stepNow()]
      const result = prove(session, 'totp', await mfa.totp.confirm(session, { code }))
      if (result.ok) world.accepted.push(`${world.pendingUri}:${step}`)
      return result
    }
    case 'verify totp':
      return world.pendingUri === undefined ? undefined : totp(session, world.app.freshCode(), stepNow())
    case 'replay totp':
      return world.pendingUri === undefined ? undefined : totp(session, world.app.code(), stepNow())
    case 'verify wrong':
      return mfa.challenges.verify(session, { factor: 'totp', code: '000000' })
    case 'set email':
      return mfa.contacts.set(session, {
        channel: 'email',
        address: email,
        ...(index % 2 === 0 && { url: 'https://acme.example/v' }),
      })
    case 'set phone':
      return mfa.contacts.set(session, { channel: 'phone', address: phone })
    case 'confirm email':
      return prove(session, 'email', await mfa.contacts.confirm(session, { channel: 'email', code: sent(email) }))
    case 'confirm phone':
      return prove(session, 'phone', await mfa.contacts.confirm(session, { channel: 'phone', code: sent(phone) }))
    case 'challenge email':
    case 'challenge phone': {
      const kind = name === 'challenge email' ? 'email' : 'phone'
      const result = await mfa.challenges.create(session, { factor: kind })
      if (result.ok) world.challenges.push({ id: result.challenge.id, address: kind === 'email' ? email : phone, kind })
      return result
    }
    case 'complete': {
      const challenge = world.challenges.at(-1)
      if (challenge === undefined) return undefined
      return prove(
        session,
        challenge.kind,
        await mfa.challenges.complete(session, { challengeId: challenge.id, code: sent(challenge.address) }),
      )
    }
    case 'complete wrong':
      return mfa.challenges.complete(session, { challengeId: world.challenges.at(-1)?.id ?? 'none', code: '000000' })
    case 'generate':
    case 'regenerate': {
      const result = await mfa.recoveryCodes[name](session)
      if (result.ok) world.codes = result.codes
      return result
    }
    case 'recover':
      return prove(
        session,
        'recovery',
        await mfa.challenges.verify(session, { factor: 'recovery_code', code: world.codes[index] ?? 'none' }),
      )
    case 'enable':
      return mfa.enable(session)
    case 'disable':
      return mfa.disable(session)
    case 'remove totp':
      return mfa.factors.remove(session, { kind: 'totp' })
    case 'remove email':
      return mfa.contacts.remove(session, { channel: 'email' })
    case 'rotate': {
      const next = { ...user, sessionId: `session-of-someone-${++world.ids}` }
      const result = await mfa.sessions.rotate(session, { newSessionId: next.sessionId })
      if (result.ok) {
        world.proven.set(next.sessionId, world.proven.get(session.sessionId) ?? new Set())
        world.proven.delete(session.sessionId)
        world.sessions = world.sessions.map((each) => (each === session ? next : each))
      }
      return result
    }
    case 'end':
      return mfa.sessions.end(session)
    case 'end others':
      return mfa.sessions.endOthers(session)
  }
}
