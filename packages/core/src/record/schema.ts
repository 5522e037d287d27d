/** The shape of a stored record, as types in record.ts and as checks here. */

import { type Check, count, flag, integer, list, oneOf, shape, text, variant } from './decoder.js'
import { schemaVersion } from './record.js'

const id = text(64)
const digest = text(43, /^[A-Za-z0-9_-]{43}$/)
const keyId = text(32, /^[A-Za-z0-9._-]{1,32}$/)
const label = text(64)
const address = text(254)
const purpose = text(32)
const channel = oneOf('email', 'phone')
const kind = oneOf('totp', 'email', 'phone', 'recovery_code')
const sealed = shape({ key: keyId, box: text(1024, /^[A-Za-z0-9_-]+$/) })
const failureCount = shape({ failures: count, lastAtMs: integer }, { noticed: flag })
const sendLog = shape({ sentAtMs: list(integer, 200), newAddressAtMs: list(integer, 200) })
const sentCode = shape({ key: keyId, digest, sentAtMs: integer, expiresAtMs: integer, sends: count })
const totpParameters: Record<string, Check> = {
  algorithm: oneOf('SHA-1', 'SHA-256', 'SHA-512'),
  digits: oneOf(6, 7, 8),
  periodSeconds: count,
}

const entryBase: Record<string, Check> = {
  category: oneOf('knowledge', 'possession', 'inherence', 'federated', 'recovery'),
  atMs: integer,
}
const entryExtras: Record<string, Check> = {
  channel,
  factorId: id,
  generation: count,
  purpose,
  userVerified: flag,
  verifiedEmail: address,
  whileEnforced: flag,
  byWeaker: flag,
}
const entry = variant('origin', {
  sign_in: shape({ ...entryBase, origin: oneOf('sign_in'), name: text(64) }, entryExtras),
  // A second proof is named after its kind, which the rules look up.
  challenge: shape({ ...entryBase, origin: oneOf('challenge'), name: kind }, entryExtras),
  enrollment: shape({ ...entryBase, origin: oneOf('enrollment'), name: kind }, entryExtras),
})

const session = shape(
  { id: digest, ref: id, startedAtMs: integer, entries: list(entry, 16) },
  { expiresAtMs: integer, lastChallengeAtMs: integer },
)

const challenge = shape(
  { id, session: id, kind, purpose, createdAtMs: integer, deadlineAtMs: integer, attempts: count },
  { factorId: id, generation: count, code: sentCode },
)

const factorBase: Record<string, Check> = { id, generation: count, createdAtMs: integer }
const factorExtras: Record<string, Check> = { lastUsedAtMs: integer, label }
const contact = shape(
  { ...factorBase, kind: channel, status: oneOf('active', 'locked', 'withdrawn'), address },
  { ...factorExtras, confirmedBy: id, wasFactor: flag, lockedWhenWithdrawn: flag },
)
const factor = variant('kind', {
  totp: shape(
    {
      ...factorBase,
      ...totpParameters,
      kind: oneOf('totp'),
      status: oneOf('active', 'locked'),
      secret: sealed,
      lastStep: integer,
    },
    { ...factorExtras, addedByWeaker: flag },
  ),
  email: contact,
  phone: contact,
})

const pendingBase: Record<string, Check> = {
  id,
  startedBy: id,
  createdAtMs: integer,
  expiresAtMs: integer,
  attempts: count,
}
const pendingContact = shape(
  { ...pendingBase, kind: channel, address },
  { code: sentCode, link: sentCode, sentWhileEnforced: flag },
)
const pending = variant('kind', {
  totp: shape({ ...pendingBase, ...totpParameters, kind: oneOf('totp'), secret: sealed }, { label }),
  email: pendingContact,
  phone: pendingContact,
})

const recovery = shape(
  {
    batch: id,
    key: keyId,
    createdAtMs: integer,
    createdBy: id,
    codes: list(shape({ digest }, { usedAtMs: integer }), 64),
  },
  { locked: flag, addedByWeaker: flag },
)

/** Throws unless the value is a whole record of this schema version. */
export const checkRecord: Check = shape(
  {
    v: oneOf(schemaVersion),
    saves: count,
    recent: list(text(8), 4),
    seenAtMs: integer,
    throttles: shape(
      { total: count },
      { totp: failureCount, email: failureCount, phone: failureCount, recovery_code: failureCount },
    ),
    sends: shape({ email: sendLog, phone: sendLog }),
    sessions: list(session, 200),
    challenges: list(challenge, 200),
    pending: list(pending, 200),
    factors: list(factor, 64),
  },
  {
    sessionsNotBeforeMs: integer,
    optedInAtMs: integer,
    everOptedInAtMs: integer,
    factorEverAtMs: integer,
    secondFactorEverAtMs: integer,
    derivedPassword: shape({ via: channel, atMs: integer }),
    recovery,
  },
)
