/** The backend's users: the table it had before there was MFA. */

import type { Channel, Clock } from '@countersign/core'
import { type HostDatabase, readRows, write } from './database.js'

export interface Account {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly passwordHash: string | null
  readonly emailVerified: boolean
  readonly phoneVerified: boolean
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly passwordUpdatedAtMs: number | null
  readonly accessedAtMs: number
}

export interface NewAccount {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly passwordHash: string | null
}

export interface Accounts {
  /** False when the id or an address is taken. */
  create(account: NewAccount): boolean
  find(id: string): Account | undefined
  findBy(channel: Channel, address: string): Account | undefined
  addressesOf(id: string): { readonly email?: string; readonly phone?: string }
  /** A changed address is unverified. False when another account has it. */
  setAddress(id: string, channel: Channel, address: string): boolean
  /** Only while the account still has this address. */
  markVerified(id: string, channel: Channel, address: string): void
  /** Only while the hash is still the one that was checked. False when it is not. */
  replacePasswordHash(id: string, checked: string | null, hash: string | null): boolean
  /** With its sessions, codes and log. */
  remove(id: string): void
  touch(id: string): void
}

interface Row {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly password_hash: string | null
  readonly email_verified: number
  readonly phone_verified: number
  readonly created_at_ms: number
  readonly updated_at_ms: number
  readonly password_updated_at_ms: number | null
  readonly accessed_at_ms: number
}

/** No name of a column ever comes from a request. */
const columns: Readonly<Record<Channel, { readonly address: string; readonly verified: string }>> = {
  email: { address: 'email', verified: 'email_verified' },
  phone: { address: 'phone', verified: 'phone_verified' },
}

export function createAccounts(database: HostDatabase, clock: Clock): Accounts {
  const findWhere = (condition: string, value: string): Account | undefined => {
    const [row] = readRows<Row>(database, `select * from account where ${condition}`, value)
    return row && asAccount(row)
  }
  return {
    create({ id, name, email, phone, passwordHash }) {
      const nowMs = clock.nowMs()
      const sql = `insert into account (id, name, email, phone, password_hash, created_at_ms, updated_at_ms,
        password_updated_at_ms, accessed_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`
      const passwordAtMs = passwordHash === null ? null : nowMs
      return write(database, sql, id, name, email, phone, passwordHash, nowMs, nowMs, passwordAtMs, nowMs) === 1
    },
    find: (id) => findWhere('id = ?', id),
    findBy: (channel, address) => findWhere(`${columns[channel].address} = ?`, address),
    addressesOf(id) {
      const { email, phone } = findWhere('id = ?', id) ?? {}
      return { ...(email && { email }), ...(phone && { phone }) }
    },
    setAddress(id, channel, address) {
      const { address: column, verified } = columns[channel]
      const sql = `update or ignore account set ${column} = ?, ${verified} = 0, updated_at_ms = ? where id = ?`
      return write(database, sql, address, clock.nowMs(), id) === 1
    },
    markVerified(id, channel, address) {
      const { address: column, verified } = columns[channel]
      const sql = `update account set ${verified} = 1, updated_at_ms = ? where id = ? and lower(${column}) = ?`
      write(database, sql, clock.nowMs(), id, address.toLowerCase())
    },
    replacePasswordHash(id, checked, hash) {
      const nowMs = clock.nowMs()
      const sql = `update account set password_hash = ?, password_updated_at_ms = ?, updated_at_ms = ?
        where id = ? and password_hash is ?`
      return write(database, sql, hash, hash === null ? null : nowMs, nowMs, id, checked) === 1
    },
    remove(id) {
      database.transaction(() => {
        for (const table of ['session', 'sign_in_code', 'security_event']) {
          write(database, `delete from ${table} where account_id = ?`, id)
        }
        write(database, 'delete from account where id = ?', id)
      })()
    },
    touch(id) {
      write(database, 'update account set accessed_at_ms = ? where id = ?', clock.nowMs(), id)
    },
  }
}

function asAccount(row: Row): Account {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    phone: row.phone,
    passwordHash: row.password_hash,
    emailVerified: row.email_verified === 1,
    phoneVerified: row.phone_verified === 1,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    passwordUpdatedAtMs: row.password_updated_at_ms,
    accessedAtMs: row.accessed_at_ms,
  }
}
