/** What the API answers: accounts, sessions and tokens in the product's shapes, without what MFA adds to them. */

import { formatDate } from '@countersign/adapters/http'
import type { Account } from './accounts.js'
import { readClientInfo } from './client-info.js'
import type { HostParts } from './host.js'
import type { HostSession } from './sessions.js'
import type { IssuedToken } from './sign-in-tokens.js'

export type Model = Readonly<Record<string, unknown>> & { readonly $id: string }

export function accountModel(account: Account): Model {
  return {
    $id: account.id,
    $createdAt: formatDate(account.createdAtMs),
    $updatedAt: formatDate(account.updatedAtMs),
    name: account.name,
    registration: formatDate(account.createdAtMs),
    status: true,
    labels: [],
    passwordUpdate: account.passwordUpdatedAtMs === null ? '' : formatDate(account.passwordUpdatedAtMs),
    email: account.email ?? '',
    phone: account.phone ?? '',
    emailVerification: account.emailVerified,
    emailCanonical: null,
    emailIsFree: null,
    emailIsDisposable: null,
    emailIsCorporate: null,
    emailIsCanonical: null,
    phoneVerification: account.phoneVerified,
    mfa: false,
    prefs: {},
    targets: [],
    accessedAt: formatDate(account.accessedAtMs),
    impersonator: false,
    impersonatorUserId: null,
  }
}

export function sessionModel(session: HostSession, isCurrent: boolean): Model {
  return {
    $id: session.id,
    $createdAt: formatDate(session.createdAtMs),
    $updatedAt: formatDate(session.updatedAtMs),
    userId: session.accountId,
    expire: formatDate(session.expiresAtMs),
    provider: session.channel,
    providerUid: '',
    providerAccessToken: '',
    providerAccessTokenExpiry: '',
    providerRefreshToken: '',
    ip: session.ip,
    osCode: '',
    osVersion: '',
    clientType: 'browser',
    clientCode: '',
    clientEngine: '',
    clientEngineVersion: '',
    ...readClientInfo(session.userAgent),
    deviceBrand: '',
    deviceModel: '',
    countryCode: '--',
    countryName: 'Unknown',
    current: isCurrent,
    factors: [],
    secret: '',
    mfaUpdatedAt: '',
  }
}

/** Never the code. */
export function tokenModel(token: IssuedToken, accountId: string): Model {
  return {
    $id: token.id,
    $createdAt: formatDate(token.createdAtMs),
    userId: accountId,
    secret: '',
    expire: formatDate(token.expiresAtMs),
    phrase: '',
  }
}

/** Null when there is no such account. */
export function describeAccount({ accounts }: HostParts, id: string): Model | null {
  const account = accounts.find(id)
  return account ? accountModel(account) : null
}

export function describeSession({ sessions }: HostParts, secretHash: string): Model {
  return sessionModel(sessions.sessionOfHash(secretHash), true)
}
