/** Where the time of a guard and of a TOTP step goes: the library's own functions, each measured alone. */

import { createHmac } from 'node:crypto'
import { type SessionRef, unwrap } from '@countersign/core'
import { verifyFactor } from '../packages/core/src/challenge/complete.js'
import type { Context } from '../packages/core/src/decision.js'
import { sessionActor } from '../packages/core/src/facade/arguments.js'
import { hashSessionId } from '../packages/core/src/keys/digest.js'
import { drawOnce, readEntropy } from '../packages/core/src/keys/entropy.js'
import { frame } from '../packages/core/src/keys/frame.js'
import { createKeyRing } from '../packages/core/src/keys/key-ring.js'
import { equalInConstantTime, toBase64Url } from '../packages/core/src/keys/text.js'
import { decodeRecord, encodeRecord } from '../packages/core/src/record/codec.js'
import { ownerOf } from '../packages/core/src/record/owner.js'
import type { MfaRecord } from '../packages/core/src/record/record.js'
import { settle } from '../packages/core/src/record/settle.js'
import { assess } from '../packages/core/src/session/assess.js'
import { systemRandom } from '../packages/core/src/shell/system.js'
import type { Person, Subject } from './flow-subject.js'

/** Each is one function without I/O, on the record of one user with one session. */
export interface Stages {
  readonly bytes: number
  readonly owner: string
  readonly data: string
  /** Reads the arguments and hashes the session id. */
  arguments(): unknown
  tag(): unknown
  /** The tag by node:crypto instead: what a host would write. */
  nativeTag(): unknown
  parse(): unknown
  /** Tag, parse, shape check and what lies between. */
  decode(): unknown
  assess(): unknown
  verify(): unknown
  encode(): unknown
}

/** Completes a sign-in and takes the user's record as it is then, which a guard reads; `verify` is a step-up on it. */
export async function stagesOf(subject: Subject, person: Person, session: SessionRef): Promise<Stages> {
  const { mfa, store, clock } = subject
  const user = { userId: person.userId }
  const owner = ownerOf(user)
  unwrap(await mfa.sessions.begin(session, { method: 'password' }))
  unwrap(await mfa.challenges.verify(session, { factor: 'totp', code: person.app.code() }))
  clock.advance(30_000)
  const stored = await store.load(owner)
  if (stored === null) throw new Error('nothing is stored')
  const { data, version } = stored
  const keys = createKeyRing([subject.key])
  const place = { owner, version }
  const record = decodeRecord(data, place, keys)
  const acting = hashSessionId(session.sessionId)
  const contextNow = (): Context => ({
    nowMs: clock.nowMs(),
    realNowMs: clock.nowMs(),
    owner,
    user,
    acting,
    policy: mfa.policy,
    issuer: mfa.issuer,
    keys,
    entropy: readEntropy(drawOnce(systemRandom)),
    enforcement: { mfa: 'optional' },
    unknownSessions: 'refuse',
    hasMessenger: true,
    sendAllowed: true,
  })
  const ctx = contextNow()
  const input = {
    factor: 'totp' as const,
    code: person.app.code(),
    purpose: 'sign_in',
    newSessionHash: hashSessionId('another session'),
  }
  const decided = verifyFactor(record, input, ctx)
  if (!decided.outcome.ok || decided.next === null) throw new Error('the code was refused')
  const next: MfaRecord = decided.next
  const subkey = keys.subkey(keys.currentId, 'record') as Uint8Array
  const tagLength = 22
  const tagged = data.slice('["",'.length + tagLength)
  const tag = data.slice('["'.length, '["'.length + tagLength)
  const covered = ['mfa/record/v1', owner, version, tagged] as const
  const checked = (mac: Uint8Array | undefined): boolean => {
    if (mac === undefined || !equalInConstantTime(toBase64Url(mac.subarray(0, 16)), tag))
      throw new Error('the tag does not match')
    return true
  }
  return {
    bytes: data.length,
    owner,
    data,
    arguments: () => sessionActor(session),
    tag: () => checked(keys.mac(keys.currentId, 'record', ...covered)),
    nativeTag: () =>
      checked(
        createHmac('sha256', subkey)
          .update(frame(...covered))
          .digest(),
      ),
    parse: () => JSON.parse(data),
    decode: () => decodeRecord(data, place, keys),
    assess: () => assess(record, acting, ctx),
    verify: () => verifyFactor(record, input, contextNow()),
    encode: () => encodeRecord(settle(record, next, input.newSessionHash, ctx), place, keys),
  }
}
