/** What a SQL dialect has to say for a record table: four statements, its DDL, and how it reports a lost race. */

import type { Durability } from '../first-use.js'

/** One statement with its values in the order of its placeholders, each placeholder used once. */
export interface SqlStatement {
  /** `read` answers rows, `write` a number of rows; `schema` is DDL without values. */
  readonly kind: 'read' | 'write' | 'schema'
  /** One statement with placeholders. */
  readonly text: string
  /** Its parameters, in order. */
  readonly values: readonly string[]
}

/** What came of it: the rows of a `read`, the number of rows a `write` matched. */
export interface SqlAnswer {
  /** The rows read, each an object by column. */
  readonly rows?: readonly unknown[]
  /** How many rows were written. */
  readonly affected?: number | bigint | null
}

/** Runs one statement by itself, committed when the promise resolves: MUST NOT join a transaction of the host's (S3). */
export type RunSql = (statement: SqlStatement) => Promise<SqlAnswer>

/** A read whose rows hold the named columns as text, number, boolean or null. */
export type ReadSql = (text: string, ...values: string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** The four statements; values in this order. */
export interface RecordStatements {
  /** owner -> version, data */
  readonly load: string
  /** owner, version, data */
  readonly insert: string
  /** version, data, owner, expected version */
  readonly update: string
  /** owner */
  readonly erase: string
}

export interface SqlDialect {
  statements(table: string): RecordStatements
  /** One statement each. */
  schema(table: string): readonly string[]
  /** Error codes that prove that nothing was stored (S4). */
  readonly conflictCodes: RegExp
  /** Error codes of DDL that another process has just run. */
  readonly setupRaceCodes: RegExp
  /** Sentences, each of which says what breaks a law and what to change. */
  findFaults(read: ReadSql, table: string, durability: Durability): Promise<readonly string[]>
}

const maxCauses = 5

/** True when the error, or one it was wrapped around, carries a code of the pattern. */
export function hasCode(error: unknown, pattern: RegExp): boolean {
  let current = error
  for (let depth = 0; depth < maxCauses && typeof current === 'object' && current !== null; depth++) {
    const { code, errno, errcode, meta, cause } = current as Record<string, unknown>
    const inner = (meta as Record<string, unknown> | undefined)?.['code']
    if ([code, errno, errcode, inner].some((each) => pattern.test(String(each ?? '')))) return true
    current = cause
  }
  return false
}
