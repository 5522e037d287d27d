/** The parts of the backend, wired together once: what its routes work with. */

import { createConsoleMessenger } from '@countersign/adapters/console'
import type { Messenger } from '@countersign/core'
import type { HttpBindings } from '@hono/node-server'
import { type Account, type Accounts, createAccounts } from './accounts.js'
import { type HostDatabase, openConnection, openDatabase } from './database.js'
import { ApiError } from './errors.js'
import { createLimits, type Limits } from './limits.js'
import type { HostMfa } from './mfa.js'
import { createOutbox, type Outbox } from './outbox.js'
import { createSecurityLog, type SecurityLog } from './security-log.js'
import { readCredentials } from './session-transport.js'
import { createSessions, type HostSession, type HostSessions } from './sessions.js'
import type { Settings } from './settings.js'
import { createSignInTokens, type SignInTokens } from './sign-in-tokens.js'

/** What the backend had before there was MFA, and its messenger. */
export interface HostParts {
  readonly settings: Settings
  readonly database: HostDatabase
  /** The library's store has a connection of its own: no transaction of the backend's undoes a save. */
  readonly mfaDatabase: HostDatabase
  readonly accounts: Accounts
  readonly sessions: HostSessions
  readonly tokens: SignInTokens
  readonly limits: Limits
  readonly log: SecurityLog
  readonly messenger: Messenger
  /** In the demo only. */
  readonly outbox: Outbox | undefined
  /** Closes the database. */
  close(): void
}

export type Host = HostParts & HostMfa

/** What Hono hands to every route of ours. */
export interface HostEnv {
  Bindings: HttpBindings
  Variables: { session: HostSession; account: Account }
}

export const issuer = 'Countersign example'

export function openParts(settings: Settings): HostParts {
  const database = openDatabase(settings.databaseFile)
  const mfaDatabase = openConnection(settings.databaseFile)
  const outbox = settings.demo ? createOutbox() : undefined
  return {
    settings,
    database,
    mfaDatabase,
    accounts: createAccounts(database, settings.clock),
    sessions: createSessions(database, settings.clock),
    tokens: createSignInTokens(database, settings.clock),
    limits: createLimits(settings.clock, settings.demo),
    log: createSecurityLog(database),
    messenger: outbox ?? createConsoleMessenger(),
    outbox,
    close() {
      mfaDatabase.close()
      database.close()
    },
  }
}

/** The live session a request carries. */
export function sessionOf(host: HostParts, request: Request): HostSession | undefined {
  const credentials = readCredentials(request)
  return credentials && host.sessions.findBySecret(credentials.id, credentials.secret)
}

export function accountOf(host: HostParts, id: string): Account {
  const account = host.accounts.find(id)
  if (account === undefined) throw new ApiError('general_unauthorized_scope')
  return account
}
