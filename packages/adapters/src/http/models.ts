/** The models of the dialect: the host's part, with what only Countersign knows laid over it. */

import type { Assessment } from '@countersign/core'
import type { HostModel } from './options.js'

/** `2026-11-24T15:30:00.000+00:00`: ISO 8601 with milliseconds and offset, as the dialect writes every date. */
export function formatDate(date: number | Date): string {
  return new Date(date).toISOString().replace('Z', '+00:00')
}

const factorNames: Readonly<Record<string, string>> = {
  email_otp: 'email',
  email_link: 'email',
  phone_otp: 'phone',
  oauth: 'oauth2',
  recovery_code: 'recoveryCode',
}

/** Countersign's part of a session model. */
export interface SessionFields {
  /** What was proven, each name once. */
  readonly factors: readonly string[]
  /** When a challenge was last completed, or `''`. */
  readonly mfaUpdatedAt: string
}

/** Countersign's part of a session model, from what its proofs are now. */
export function sessionFields(assessment: Pick<Assessment, 'proofs'>): SessionFields {
  const { proofs } = assessment
  const challengedAtMs = proofs.filter(({ origin }) => origin === 'challenge').map(({ atMs }) => atMs)
  return {
    factors: [
      ...new Set(proofs.map(({ name }) => (Object.hasOwn(factorNames, name) ? factorNames[name] : name) as string)),
    ],
    mfaUpdatedAt: challengedAtMs.length === 0 ? '' : formatDate(Math.max(...challengedAtMs)),
  }
}

/** Countersign's part of an account model: whether MFA is on for the user. */
export function userFields(assessment: Pick<Assessment, 'optedIn' | 'enforced'>): { readonly mfa: boolean } {
  return { mfa: assessment.optedIn || assessment.enforced }
}

const userDefaults = {
  name: '',
  status: true,
  labels: [],
  email: '',
  phone: '',
  emailVerification: false,
  phoneVerification: false,
  prefs: {},
  targets: [],
}

const sessionDefaults = {
  provider: '',
  providerUid: '',
  providerAccessToken: '',
  providerAccessTokenExpiry: '',
  providerRefreshToken: '',
  ip: '',
  osCode: '',
  osName: '',
  osVersion: '',
  clientType: '',
  clientCode: '',
  clientName: '',
  clientVersion: '',
  clientEngine: '',
  clientEngineVersion: '',
  deviceName: '',
  deviceBrand: '',
  deviceModel: '',
  countryCode: '',
  countryName: '',
  current: true,
}

/** The account model; a client's copy never holds how the password is kept. */
export function userModel(host: HostModel, assessment: Assessment): object {
  const { password: _password, hash: _hash, hashOptions: _hashOptions, ...shown } = withDates(host)
  return { ...userDefaults, ...shown, ...userFields(assessment) }
}

/** The session model; a client's copy never holds the secret. */
export function sessionModel(host: HostModel, userId: string, assessment: Assessment): object {
  return { userId, ...sessionDefaults, ...withDates(host), secret: '', ...sessionFields(assessment) }
}

/** The model of a token, which is an address being verified here; never holds the secret. */
export function tokenModel(
  token: { readonly factorId: string; readonly createdAtMs: number; readonly expiresAtMs: number },
  userId: string,
): object {
  return {
    $id: token.factorId,
    $createdAt: formatDate(token.createdAtMs),
    userId,
    secret: '',
    expire: formatDate(token.expiresAtMs),
    phrase: '',
  }
}

function withDates(host: HostModel): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(host).map(([key, value]) => [key, value instanceof Date ? formatDate(value) : value]),
  )
}
