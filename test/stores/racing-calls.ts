/** What racing processes are told, and what they answer. */

import type { SessionRef } from '@countersign/core'

/** A call as data. */
export type RacingCall =
  | { readonly call: 'begin'; readonly session: SessionRef }
  | { readonly call: 'create'; readonly session: SessionRef }
  | {
      readonly call: 'verify'
      readonly session: SessionRef
      readonly factor: 'totp' | 'recovery_code'
      readonly code: string
    }
  | { readonly call: 'complete'; readonly session: SessionRef; readonly challengeId: string; readonly code: string }

/** Prepare these calls, make them, or end. */
export type RacingMessage = { readonly nowMs: number; readonly calls: readonly RacingCall[] } | 'go' | 'end'

export interface RacingAnswer {
  /** `ok`, the reason of a refusal, or `error: ` and a code. */
  readonly outcome: string
  readonly wasCompared: boolean
}

export interface RacingReport {
  readonly answers: readonly RacingAnswer[]
  /** Codes handed to this process's messenger. */
  readonly sent: number
}

/** More sessions than the default, so that racing sign-ins do not push each other out. */
export const racingPolicy = { maxSessions: 100, recoveryCodeCount: 16 } as const
