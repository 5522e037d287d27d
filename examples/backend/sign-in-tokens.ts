/** Codes for signing in without a password: by email or SMS, once, for a quarter of an hour. */

import { createHash, randomInt } from 'node:crypto'
import type { Channel, Clock } from '@countersign/core'
import { type HostDatabase, readRows, write } from './database.js'
import { newId } from './ids.js'

export interface IssuedToken {
  readonly id: string
  readonly code: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface SignInTokens {
  /** Replaces the account's open code for the channel. `place` is from where it was asked. */
  issue(accountId: string, channel: Channel, address: string, place: string): IssuedToken
  /** Where the code went, if it is right; it is used up then. */
  redeem(
    accountId: string,
    code: string,
    place: string,
  ): { readonly channel: Channel; readonly address: string } | undefined
}

interface Row {
  readonly id: string
  readonly channel: Channel
  readonly address: string
  readonly code_hash: string
}

const lifetimeMs = 15 * 60 * 1000
// Whoever asked for the code has five tries; all others share another five, so that a stranger does not spend them.
const tries = 5

export function createSignInTokens(database: HostDatabase, clock: Clock): SignInTokens {
  return {
    issue(accountId, channel, address, place) {
      const createdAtMs = clock.nowMs()
      const issued = { id: newId(), code: newCode(), createdAtMs, expiresAtMs: createdAtMs + lifetimeMs }
      write(database, 'delete from sign_in_code where account_id = ? and channel = ?', accountId, channel)
      write(
        database,
        'insert into sign_in_code values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        issued.id,
        accountId,
        channel,
        address,
        hashOf(issued.id, issued.code),
        place,
        tries,
        tries,
        issued.expiresAtMs,
      )
      return issued
    },
    redeem(accountId, code, place) {
      // A try is counted before anything is compared.
      const count = `update sign_in_code set tries_left = tries_left - (asked_from = ?),
        others_tries_left = others_tries_left - (asked_from <> ?) where account_id = ?`
      write(database, count, place, place, accountId)
      write(database, 'delete from sign_in_code where expires_at_ms <= ?', clock.nowMs())
      const sql = `select * from sign_in_code where account_id = ?
        and case when asked_from = ? then tries_left else others_tries_left end >= 0`
      const found = readRows<Row>(database, sql, accountId, place).find((row) => row.code_hash === hashOf(row.id, code))
      if (found === undefined) return undefined
      write(database, 'delete from sign_in_code where id = ?', found.id)
      return { channel: found.channel, address: found.address }
    },
  }
}

function newCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0')
}

function hashOf(tokenId: string, code: string): string {
  return createHash('sha256').update(`${tokenId}:${code}`).digest('hex')
}
