/** Ids of accounts, sessions and tokens. */

import { randomBytes } from 'node:crypto'

const custom = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,35}$/

export function newId(): string {
  return randomBytes(10).toString('hex')
}

/** A custom id, or a new one for `unique()`; `undefined` when it is neither. */
export function asId(value: unknown): string | undefined {
  if (value === 'unique()') return newId()
  return typeof value === 'string' && custom.test(value) ? value : undefined
}
