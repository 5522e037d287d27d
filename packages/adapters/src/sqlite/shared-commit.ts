/** Writes asked for in one turn of the event loop share one transaction, and so one wait for the disk. */

import { MfaError } from '@countersign/core'
import { hasCode } from '../sql/dialect.js'
import { isInTransaction, refuseTransaction, type SqliteDatabase } from './connection.js'
import { sqliteDialect } from './dialect.js'

/** Runs one statement and answers how many rows it changed. */
type Write = () => number | bigint

interface Waiting {
  readonly write: Write
  readonly resolve: (changes: number | bigint) => void
  readonly reject: (error: unknown) => void
}

// Taken once, so that a test's fake timers cannot keep a save from being stored.
const atEndOfTurn: (work: () => void) => unknown = globalThis.setImmediate ?? globalThis.queueMicrotask

/** The promise settles once what its write did is committed, or is certain not to be, or cannot be told. */
export function createSharedCommit(database: SqliteDatabase): (write: Write) => Promise<number | bigint> {
  let waiting: Waiting[] = []
  const flush = (): void => {
    const batch = waiting
    waiting = []
    try {
      refuseTransaction(database)
    } catch (error) {
      for (const { reject } of batch) reject(error)
      return
    }
    if (batch.length === 1) commitOneByOne(batch)
    else commitTogether(database, batch)
  }
  return (write) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ write, resolve, reject }) === 1) atEndOfTurn(flush)
    })
}

/** After a lost lock the rest is not tried: each would wait for it as long, and block the process. */
function commitOneByOne(batch: readonly Waiting[]): void {
  let lostLock: unknown
  for (const { write, resolve, reject } of batch) {
    if (lostLock !== undefined) {
      reject(lostLock)
      continue
    }
    try {
      resolve(write())
    } catch (error) {
      if (hasCode(error, sqliteDialect.conflictCodes)) lostLock = error
      reject(error)
    }
  }
}

/** All drivers are synchronous, so nothing else can join the transaction. */
function commitTogether(database: SqliteDatabase, batch: readonly Waiting[]): void {
  let step: 'begin' | 'write' | 'commit' = 'begin'
  try {
    database.exec('begin immediate')
    step = 'write'
    const answers = batch.map(({ write, resolve }) => ({ resolve, changes: write() }))
    step = 'commit'
    database.exec('commit')
    for (const { resolve, changes } of answers) resolve(changes)
  } catch (error) {
    const left = leaveTransaction(database)
    const isNothingStored = left === 'rolled back' || (left === 'was over' && step !== 'commit')
    if (isNothingStored && step !== 'begin' && !hasCode(error, sqliteDialect.conflictCodes)) {
      // One write's failure must not decide about the others', also where a constraint fails at the commit.
      commitOneByOne(batch)
      return
    }
    const told = isNothingStored ? error : withoutProof(error)
    for (const { reject } of batch) reject(told)
  }
}

/** What stays open is refused by every later call, as a transaction of the host's is. */
function leaveTransaction(database: SqliteDatabase): 'rolled back' | 'was over' | 'still open' {
  try {
    // It fails where no transaction is open: it succeeds only if the commit did not.
    database.exec('rollback')
    return 'rolled back'
  } catch {
    return isInTransactionOrUnknown(database) ? 'still open' : 'was over'
  }
}

function isInTransactionOrUnknown(database: SqliteDatabase): boolean {
  try {
    return isInTransaction(database)
  } catch {
    return true
  }
}

/** A lost lock is the proof that nothing was stored (S4), which nobody has here. */
function withoutProof(error: unknown): unknown {
  if (!hasCode(error, sqliteDialect.conflictCodes)) return error
  return new MfaError('store_failed', 'A commit failed, and it is not known whether it was stored.')
}
