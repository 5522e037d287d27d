/** The backend's sessions: a random secret for the client, its SHA-256 in the table. */

import { createHash, randomBytes } from 'node:crypto'
import type { Channel, Clock } from '@countersign/core'
import { type HostDatabase, readRows, write } from './database.js'

export interface HostSession {
  readonly id: string
  readonly accountId: string
  readonly secretHash: string
  /** How the account was named at sign-in: by its email address or its phone number. */
  readonly channel: Channel
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly expiresAtMs: number
  readonly ip: string
  readonly userAgent: string
}

export interface Secret {
  /** 256 hexadecimal characters, for the client alone. */
  readonly secret: string
  readonly hash: string
}

export interface HostSessions {
  insert(session: HostSession): void
  /** The live session behind a client's secret. */
  findBySecret(accountId: string, secret: string): HostSession | undefined
  /** The live session of which the library knows the hash; throws when it has ended. */
  sessionOfHash(hash: string): HostSession
  /** Live ones, newest first. */
  list(accountId: string): readonly HostSession[]
  /** Gives the session another secret; its id stays. False when it is gone. */
  replaceHash(oldHash: string, newHash: string): boolean
  remove(id: string): void
}

interface Row {
  readonly id: string
  readonly account_id: string
  readonly secret_hash: string
  readonly channel: Channel
  readonly created_at_ms: number
  readonly updated_at_ms: number
  readonly expires_at_ms: number
  readonly ip: string
  readonly user_agent: string
}

export const sessionLifetimeMs = 30 * 24 * 3600 * 1000

export function newSecret(): Secret {
  const secret = randomBytes(128).toString('hex')
  return { secret, hash: hashOf(secret) }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

export function createSessions(database: HostDatabase, clock: Clock): HostSessions {
  const findByHash = (hash: string): HostSession | undefined => {
    const sql = 'select * from session where secret_hash = ? and expires_at_ms > ?'
    const [row] = readRows<Row>(database, sql, hash, clock.nowMs())
    return row && asSession(row)
  }
  return {
    insert(session) {
      write(database, 'delete from session where expires_at_ms <= ?', clock.nowMs())
      write(
        database,
        'insert into session values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        session.id,
        session.accountId,
        session.secretHash,
        session.channel,
        session.createdAtMs,
        session.updatedAtMs,
        session.expiresAtMs,
        session.ip,
        session.userAgent,
      )
    },
    findBySecret(accountId, secret) {
      const session = findByHash(hashOf(secret))
      return session?.accountId === accountId ? session : undefined
    },
    sessionOfHash(hash) {
      const session = findByHash(hash)
      if (session === undefined) throw new Error('The session ended meanwhile.')
      return session
    },
    list(accountId) {
      const sql = `select * from session where account_id = ? and expires_at_ms > ?
        order by created_at_ms desc, rowid desc`
      return readRows<Row>(database, sql, accountId, clock.nowMs()).map(asSession)
    },
    replaceHash(oldHash, newHash) {
      const sql = 'update session set secret_hash = ?, updated_at_ms = ? where secret_hash = ?'
      return write(database, sql, newHash, clock.nowMs(), oldHash) === 1
    },
    remove(id) {
      write(database, 'delete from session where id = ?', id)
    },
  }
}

function asSession(row: Row): HostSession {
  return {
    id: row.id,
    accountId: row.account_id,
    secretHash: row.secret_hash,
    channel: row.channel,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    expiresAtMs: row.expires_at_ms,
    ip: row.ip,
    userAgent: row.user_agent,
  }
}
