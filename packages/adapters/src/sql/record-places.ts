/** Where report views find things in a stored record, which is a list; what the core writes, checked by a test. */

/** Indexes in the record's list. */
export const place = { sessions: 8, factors: 11, bits: 12, recovery: 13 } as const

/** By their stored numbers. */
export const factorKinds = ['totp', 'email', 'phone'] as const
export const factorStatuses = ['active', 'locked', 'withdrawn'] as const

/** Stored times count from 1 January 2026. */
export const timesSinceMs = 1_767_225_600_000
