/** Table names: validated, then quoted, so that an option can never carry SQL. */

import { MfaError } from '@countersign/core'

export const defaultTable = 'mfa_record'

// 48 leaves room for the suffixes of the report views within PostgreSQL's 63 characters.
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,47}$/

/** `table` or `schema.table`, by its parts. */
export function tableParts(table: string): readonly string[] {
  const parts = typeof table === 'string' ? table.split('.') : []
  if (parts.length < 1 || parts.length > 2 || !parts.every((part) => identifier.test(part))) {
    throw new MfaError(
      'invalid_configuration',
      '`table` must be a plain SQL identifier of at most 48 characters, or two with a dot between them.',
    )
  }
  return parts
}

/** The quoted name, with `suffix` added to its last part. */
export function quoteTable(table: string, quote: '"' | '`' = '"', suffix = ''): string {
  return tableParts(table)
    .map((part, index, { length }) => `${quote}${part}${index === length - 1 ? suffix : ''}${quote}`)
    .join('.')
}
