/** Who acts: the first argument of every call. */

/** Travels into messages and events only; decides nothing. Control characters are replaced, length is cut at 512. */
export interface CallContext {
  /** BCP 47, for the words of messages. */
  readonly locale?: string
  /** Where the request came from. */
  readonly ip?: string
  /** What the request came from. */
  readonly userAgent?: string
  /** The host’s own id of the request, to find it in logs. */
  readonly requestId?: string
}

/** A user of the host. `userId` and `tenantId` together own one record; 1 to 240 bytes of UTF-8 together. */
export interface UserRef {
  /** The host’s id of the user, opaque to us. */
  readonly userId: string
  /** Where user ids repeat between tenants. */
  readonly tenantId?: string
  /** What is known of the request. */
  readonly context?: CallContext
}

/** A session of the host, by its id. Only the head of its SHA-256 is kept. */
export interface SessionRef extends UserRef {
  /** The host’s id of the session, 1 to 4096 characters. */
  readonly sessionId: string
}
