/** What happened to an account's security, as its owner may read it: the library's events, the newest of each type. */

import { formatDate } from '@countersign/adapters/http'
import type { MfaEvent } from '@countersign/core'
import { type HostDatabase, readRows, write } from './database.js'

export type LoggedEvent = Readonly<Record<string, unknown>>

export interface SecurityLog {
  add(event: MfaEvent): void
  /** Newest first. */
  list(accountId: string): readonly LoggedEvent[]
}

interface Row {
  readonly number: number
  readonly at_ms: number
  readonly type: string
  readonly details: string
}

// For each type, so that many of one, such as wrong codes, do not push out what they led to.
const kept = 25

export function createSecurityLog(database: HostDatabase): SecurityLog {
  return {
    add({ type, userId, atMs, tenantId: _tenantId, ...details }) {
      // Anybody may send a wrong secret to a public route: that would be a stranger's pen in the owner's log.
      if (type === 'contact.confirm_failed' && details.session === undefined) return
      const insert = `insert into security_event (account_id, at_ms, type, details)
        select id, ?, ?, ? from account where id = ?`
      write(database, insert, atMs, type, JSON.stringify(details), userId)
      const prune = `delete from security_event where account_id = ? and type = ? and number <= (
        select number from security_event where account_id = ? and type = ? order by number desc limit 1 offset ?)`
      write(database, prune, userId, type, userId, type, kept)
    },
    list(accountId) {
      const sql = 'select * from security_event where account_id = ? order by number desc'
      return readRows<Row>(database, sql, accountId).map(asModel)
    },
  }
}

function asModel(row: Row): LoggedEvent {
  const { context, ...details } = JSON.parse(row.details) as Omit<MfaEvent, 'type' | 'userId' | 'atMs'>
  return { event: row.type, time: formatDate(row.at_ms), ip: context?.ip ?? '', ...details }
}
