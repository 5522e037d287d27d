/** The clock and random ports. Defaults are the system's; tests inject their own. */

/** Tells the time in milliseconds since the Unix epoch. Server time only: no API takes a caller's clock (ASVS 6.5.8). */
export interface Clock {
  /** The current time, in milliseconds since the epoch. */
  nowMs(): number
}

/** Answers `length` unpredictable bytes from a cryptographically secure source (ASVS 6.5.3). */
export type RandomSource = (length: number) => Uint8Array
