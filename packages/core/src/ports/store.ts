/** The store port: one versioned text per owner, replaced by compare-and-swap. Laws S1-S11: docs/ports.md. */

/** What a store holds for one owner: opaque text under a version. */
export interface StoredRecord {
  /** 22 characters of `A-Z a-z 0-9 _ -`, made by the core, never reused. */
  readonly version: string
  /** Opaque text of at most 64 KiB. Comes back byte for byte (S1); a store never parses it (S11). */
  readonly data: string
}

/**
 * Where MFA state lives. The host implements it or takes one from `@countersign/adapters`.
 *
 * Every race this library closes is closed by `save`, so a store that cannot promise compare-and-swap
 * cannot implement this interface. Prove yours with `@countersign/adapters/conformance`.
 */
export interface MfaStore {
  /**
   * Answers the latest committed record of this owner, or `null` when there is none (S1).
   *
   * MUST NOT read a replica or cache that can lag behind an acknowledged `save`.
   *
   * @param owner opaque, compared byte for byte (S10), 1 to 255 bytes of UTF-8 without NUL
   */
  load(owner: string): Promise<StoredRecord | null>

  /**
   * Compare-and-swap. `expected: null` means "must not exist".
   *
   * - `true`: the stored version equaled `expected`, and `data` is now stored under `version`, durable, and
   *   visible to every later `load` (S2, S3).
   * - `false`: nothing changed (S4). May be spurious: a deadlock or serialization failure is `false`.
   * - A throw means "unknown": the core loads to find out. An error MUST NOT be turned into `false` unless it
   *   proves that nothing was stored.
   *
   * Of N saves racing on one version, or on absence, at most one answers `true` (S5). Saving with a version
   * on an absent owner answers `false` (S6). A store MUST NOT retry by itself.
   */
  save(owner: string, data: string, version: string, expected: string | null): Promise<boolean>

  /** Forgets the owner; every old version then fails (S8). Repeatable. Records never vanish otherwise (S9). */
  erase(owner: string): Promise<void>
}
