/** A check that runs before the first use and is not repeated once it has passed. */

import { MfaError } from '@countersign/core'

/** Runs `check` before the first use; a failed check is made again at the next use. */
export function createFirstUse(check: () => Promise<void>): () => Promise<void> {
  let checked: Promise<void> | undefined
  return () => {
    checked ??= check().catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }
}

/** Throws `invalid_configuration` when a check found something that breaks a law of the store port. */
export function refuseFaults(what: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new MfaError('invalid_configuration', `${what}: ${faults.join(' ')}`)
}

/** Whether the settings that make an acknowledged save survive a crash (S3) are demanded. */
export type Durability = 'required' | 'unchecked'
