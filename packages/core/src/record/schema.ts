/** The form of a stored record. What changes often comes first, which halves PostgreSQL's log. */

import type { Channel } from '../ports/messenger.js'
import type { Category, FactorKind } from '../session/assessment.js'
import type { TotpAlgorithm } from '../totp/hotp.js'
import {
  count,
  type Form,
  flag,
  integer,
  list,
  listed,
  oneOf,
  type Row,
  row,
  text,
  time,
  variant,
  whole,
  wordOr,
} from './form.js'
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
} from './record.js'

const id = text(64)
const digest = text(22, /^[A-Za-z0-9_-]{22}$/)
const keyId = text(32, /^[A-Za-z0-9._-]{1,32}$/)
const label = text(64)
const address = text(254)
const purpose = wordOr(['sign_in', 'manage'], text(32))
const method = wordOr(['password', 'email_otp', 'email_link', 'phone_otp', 'oauth', 'passkey'], text(64))
const channel = oneOf<Channel>('email', 'phone')
const kind = oneOf<FactorKind>('totp', 'email', 'phone', 'recovery_code')
const category = oneOf<Category>('knowledge', 'possession', 'inherence', 'federated', 'recovery')
const sealed = listed<TotpFactor['secret']>(row({ key: keyId, box: text(1024, /^[A-Za-z0-9_-]+$/) }, {}))
const totpParameters = {
  algorithm: oneOf<TotpAlgorithm>('SHA-1', 'SHA-256', 'SHA-512'),
  digits: oneOf<number>(6, 7, 8),
  periodSeconds: whole(1, 3600),
}

const failureCount = listed<FailureCount>(row({ failures: count, lastAtMs: time }, { noticed: flag }))
const throttles = listed<Throttles>(
  row({ total: count }, { totp: failureCount, email: failureCount, phone: failureCount, recovery_code: failureCount }),
)
const sendLog = listed<SendLog>(row({ sentAtMs: list(time, 200), newAddressAtMs: list(time, 200) }, {}))
const sends = listed<MfaRecord['sends']>(row({ email: sendLog, phone: sendLog }, {}))
const sentCode = listed<SentCode>(row({ key: keyId, digest, sentAtMs: time, expiresAtMs: time, sends: count }, {}))

const entryOf = (name: Form<string>) =>
  row<Omit<LedgerEntry, 'origin'>>(
    { name, category, atMs: time },
    {
      channel,
      factorId: id,
      generation: count,
      purpose,
      userVerified: flag,
      verifiedEmail: address,
      whileEnforced: flag,
      byWeaker: flag,
    },
  )
// A second proof is named after its kind, which the rules look up.
const secondProof = entryOf(kind as Form<string>)
const entry = variant<LedgerEntry, 'origin'>('origin', {
  sign_in: entryOf(method),
  challenge: secondProof,
  enrollment: secondProof,
})

const session = listed<Session>(
  row(
    { id: digest, ref: id, startedAtMs: time, entries: list(entry, 16) },
    { expiresAtMs: time, lastChallengeAtMs: time },
    'startedAtMs',
  ),
)

const challenge = listed<Challenge>(
  row(
    { id, session: id, kind, purpose, createdAtMs: time, deadlineAtMs: time, attempts: count },
    { factorId: id, generation: count, code: sentCode },
    'createdAtMs',
  ),
)

const factorBase = { id, generation: count, createdAtMs: time }
const contact = row<Omit<ContactFactor, 'kind'>>(
  { status: oneOf<ContactFactor['status']>('active', 'locked', 'withdrawn'), ...factorBase, address },
  { lastUsedAtMs: time, label, confirmedBy: id, wasFactor: flag, lockedWhenWithdrawn: flag },
)
const factor = variant<Factor, 'kind'>('kind', {
  totp: row<Omit<TotpFactor, 'kind'>>(
    {
      status: oneOf<TotpFactor['status']>('active', 'locked'),
      ...factorBase,
      ...totpParameters,
      secret: sealed,
      lastStep: integer,
    },
    { lastUsedAtMs: time, label, addedByWeaker: flag, confirmedBy: id },
  ),
  email: contact,
  phone: contact,
})

const pendingBase = { id, startedBy: id, createdAtMs: time, expiresAtMs: time, attempts: count }
const pendingContact = row<Omit<PendingContact, 'kind'>>(
  { ...pendingBase, address },
  { code: sentCode, link: sentCode, sentWhileEnforced: flag },
  'createdAtMs',
)
const pending = variant<Pending, 'kind'>('kind', {
  totp: row<Omit<PendingTotp, 'kind'>>({ ...pendingBase, ...totpParameters, secret: sealed }, { label }, 'createdAtMs'),
  email: pendingContact,
  phone: pendingContact,
})

const usedCode = listed<Required<RecoveryCode>>(row({ digest, usedAtMs: time }, {}))
/** The digest alone while the code is unused. */
const recoveryCode: Form<RecoveryCode> = {
  write: (code, sinceMs) => (isUsed(code) ? usedCode.write(code, sinceMs) : digest.write(code.digest, sinceMs)),
  read: (json, sinceMs) =>
    typeof json === 'string' ? { digest: digest.read(json, sinceMs) } : usedCode.read(json, sinceMs),
}
const isUsed = (code: RecoveryCode): code is Required<RecoveryCode> => code.usedAtMs !== undefined
const recovery = listed<RecoverySet>(
  row(
    {
      codes: list(recoveryCode, 64),
      batch: id,
      key: keyId,
      createdAtMs: time,
      createdBy: id,
    },
    { locked: flag, addedByWeaker: flag },
  ),
)

/**
 * A whole record of this schema version. The report views of the SQL stores read it by place, after tag, key and
 * version: that is why the recovery codes come first among what may be absent.
 */
export const recordRow: Row<MfaRecord> = row(
  {
    saves: count,
    recent: list(text(8), 4),
    seenAtMs: time,
    throttles,
    sends,
    sessions: list(session, 200),
    challenges: list(challenge, 200),
    pending: list(pending, 200),
    factors: list(factor, 64),
  },
  {
    recovery,
    sessionsNotBeforeMs: time,
    optedInAtMs: time,
    everOptedInAtMs: time,
    factorEverAtMs: time,
    secondFactorEverAtMs: time,
    derivedPassword: listed<NonNullable<MfaRecord['derivedPassword']>>(row({ via: channel, atMs: time }, {})),
  },
)
