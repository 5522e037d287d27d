/** Who acts: the first argument of every call. */

/** Travels into messages and events only; decides nothing. Control characters are replaced, length is cut at 512. */
export interface CallContext {
  /** BCP 47, for the words of messages. */
  readonly locale?: string
  readonly ip?: string
  readonly userAgent?: string
  readonly requestId?: string
}

/** A user of the host. `userId` and `tenantId` together own one record; 1 to 240 bytes of UTF-8 together. */
export interface UserRef {
  readonly userId: string
  readonly tenantId?: string
  readonly context?: CallContext
}

/** A session of the host, by its id. Only a SHA-256 of the id is kept. */
export interface SessionRef extends UserRef {
  readonly sessionId: string
}
