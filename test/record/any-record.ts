/** Records with any content that their types allow: a part that is missing here does not compile. */

import fc from 'fast-check'
import type {
  Challenge,
  ContactFactor,
  Factor,
  FailureCount,
  LedgerEntry,
  MfaRecord,
  Pending,
  PendingContact,
  PendingTotp,
  RecoveryCode,
  RecoverySet,
  SendLog,
  SentCode,
  Session,
  Throttles,
  TotpFactor,
} from '../../packages/core/src/record/record.js'

type RequiredParts<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: fc.Arbitrary<T[K]> }
type OptionalParts<T> = {
  readonly [K in keyof T as undefined extends T[K] ? K : never]-?: fc.Arbitrary<Exclude<T[K], undefined>>
}

const all = <T>(required: RequiredParts<T>, optional: OptionalParts<T>): fc.Arbitrary<T> =>
  fc.record(
    { ...required, ...optional },
    { requiredKeys: Object.keys(required) as never },
  ) as unknown as fc.Arbitrary<T>
const list = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(item, { maxLength: 3 })
// Cut by UTF-16 units, as the caps count: sometimes in the middle of a pair.
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(fc.constantFrom('', '__proto__', '"],["', 'x'.repeat(maxLength)), fc.string({ unit: 'binary', maxLength }))
    .map((any) => any.slice(0, maxLength))

const yes: fc.Arbitrary<true> = fc.constant(true)
const count: fc.Arbitrary<number> = fc.oneof(fc.nat(9), fc.maxSafeNat())
const time: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1_767_225_600_000),
  fc.integer({ min: 1_767_225_600_000, max: 1_893_456_000_000 }),
  fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
)
const digest = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/)
const keyId = fc.stringMatching(/^[A-Za-z0-9._-]{1,32}$/)
const id = text(64)
const channel = fc.constantFrom('email', 'phone')
const kind = fc.constantFrom('totp', 'email', 'phone', 'recovery_code')
const totpParameters = {
  algorithm: fc.constantFrom('SHA-1', 'SHA-256', 'SHA-512'),
  digits: fc.constantFrom(6, 7, 8),
  periodSeconds: fc.integer({ min: 1, max: 3600 }),
}
const secret = all<TotpFactor['secret']>({ key: keyId, box: fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/) }, {})
const failureCount = all<FailureCount>({ failures: count, lastAtMs: time }, { noticed: yes })
const throttles = all<Throttles>(
  { total: count },
  { totp: failureCount, email: failureCount, phone: failureCount, recovery_code: failureCount },
)
const sendLog = all<SendLog>({ sentAtMs: list(time), newAddressAtMs: list(time) }, {})
const sentCode = all<SentCode>({ key: keyId, digest, sentAtMs: time, expiresAtMs: time, sends: count }, {})

const entryOf = <O extends LedgerEntry['origin']>(origin: fc.Arbitrary<O>, name: fc.Arbitrary<string>) =>
  all<LedgerEntry>(
    {
      origin,
      name,
      category: fc.constantFrom('knowledge', 'possession', 'inherence', 'federated', 'recovery'),
      atMs: time,
    },
    {
      channel,
      factorId: id,
      generation: count,
      purpose: text(32),
      userVerified: yes,
      verifiedEmail: text(254),
      whileEnforced: yes,
      byWeaker: yes,
    },
  )
const entry = fc.oneof(
  entryOf(fc.constant('sign_in'), text(64)),
  entryOf(fc.constantFrom('challenge', 'enrollment'), kind),
)
const session = all<Session>(
  { id: digest, ref: id, startedAtMs: time, entries: list(entry) },
  { expiresAtMs: time, lastChallengeAtMs: time },
)
const challenge = all<Challenge>(
  { id, session: id, kind, purpose: text(32), createdAtMs: time, deadlineAtMs: time, attempts: count },
  { factorId: id, generation: count, code: sentCode },
)

const factor: fc.Arbitrary<Factor> = fc.oneof(
  all<TotpFactor>(
    {
      kind: fc.constant('totp'),
      status: fc.constantFrom('active', 'locked'),
      ...{ id, generation: count, createdAtMs: time, secret, ...totpParameters },
      lastStep: fc.maxSafeInteger(),
    },
    { lastUsedAtMs: time, label: text(64), addedByWeaker: yes, confirmedBy: id },
  ),
  all<ContactFactor>(
    {
      kind: channel,
      status: fc.constantFrom('active', 'locked', 'withdrawn'),
      ...{ id, generation: count, createdAtMs: time, address: text(254) },
    },
    { lastUsedAtMs: time, label: text(64), confirmedBy: id, wasFactor: yes, lockedWhenWithdrawn: yes },
  ),
)
const pendingBase = { id, startedBy: id, createdAtMs: time, expiresAtMs: time, attempts: count }
const pending: fc.Arbitrary<Pending> = fc.oneof(
  all<PendingTotp>({ kind: fc.constant('totp'), ...pendingBase, ...totpParameters, secret }, { label: text(64) }),
  all<PendingContact>(
    { kind: channel, ...pendingBase, address: text(254) },
    { code: sentCode, link: sentCode, sentWhileEnforced: yes },
  ),
)
const recovery = all<RecoverySet>(
  {
    codes: list(all<RecoveryCode>({ digest }, { usedAtMs: time })),
    ...{ batch: id, key: keyId, createdAtMs: time, createdBy: id },
  },
  { locked: yes, addedByWeaker: yes },
)

export const anyRecord: fc.Arbitrary<MfaRecord> = all<MfaRecord>(
  {
    saves: count,
    recent: list(text(8)),
    seenAtMs: time,
    throttles,
    sends: all<MfaRecord['sends']>({ email: sendLog, phone: sendLog }, {}),
    sessions: list(session),
    challenges: list(challenge),
    pending: list(pending),
    factors: list(factor),
  },
  {
    recovery,
    sessionsNotBeforeMs: time,
    optedInAtMs: time,
    everOptedInAtMs: time,
    factorEverAtMs: time,
    secondFactorEverAtMs: time,
    derivedPassword: all<NonNullable<MfaRecord['derivedPassword']>>({ via: channel, atMs: time }, {}),
  },
)
