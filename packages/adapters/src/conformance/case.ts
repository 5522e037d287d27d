/** What a conformance case is, and the little it needs: no test framework, fixed seeds, no sleeping. */

import type { MfaStore } from '@countersign/core'

/** How the suite reaches the store under test. */
export interface StoreHarness {
  /** A store on the data all stores of this harness share: call by call another connection, if there are connections. */
  open(): Promise<MfaStore>
  /** Releases everything `open` made. */
  close?(): Promise<void>
  /** Reads what is stored by a way other than the store under test. */
  rawLoad?(owner: string): Promise<string | null>
}

/** The numbered laws of docs/ports.md. */
export type Law = 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8' | 'S9' | 'S10' | 'S11'

/** One thing a store must do, as data. */
export interface StoreCase {
  /** The law and a number, such as `S5-02`. */
  readonly id: string
  /** The law it proves. */
  readonly law: Law
  /** What must hold, as a sentence. */
  readonly title: string
  /** Two lines: what the law is for, and how stores break it. */
  readonly explanation: string
  /** Resolves when it holds; rejects when it does not. */
  readonly run: (context: CaseContext) => Promise<void>
}

/** What a case is run with. */
export interface CaseContext {
  /** The store under test. */
  readonly harness: StoreHarness
  /** An owner no other case uses; `name` tells apart the owners of one case. */
  owner(name?: string): string
  /** A version no other call made: 22 characters, as the core makes them. */
  version(): string
}

/** A failed expectation, in words. */
export class StoreLawBroken extends Error {}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new StoreLawBroken(`${what}: expected ${show(expected)}, got ${show(actual)}`)
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 200 ? `${text.slice(0, 200)}... (${text.length} characters)` : text
}

/** Saves where a spurious false is allowed (S4): tries again, a bounded number of times. */
export async function mustSave(
  store: MfaStore,
  owner: string,
  data: string,
  version: string,
  expected: string | null,
): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await store.save(owner, data, version, expected)) === true) return
    if ((await store.load(owner))?.version === version) throw new StoreLawBroken('save answered false, yet it stored')
  }
  throw new StoreLawBroken('save answered false 50 times although the expected version was right')
}
