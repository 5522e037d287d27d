/** What a messenger throws when its provider did not take a message. */

// One registered symbol: in the CommonJS build every entry has a copy of this class.
const brand = Symbol.for('countersign.DeliveryError')

/**
 * Says by status alone what went wrong. It keeps neither the provider's words nor its error as `cause`: both may quote
 * the message, and with it a code, a link or an address (X37).
 */
export class DeliveryError extends Error {
  /** The same message may go through later: the provider was not reached, was busy, or asked to wait. */
  readonly isTemporary: boolean
  /** The provider's own reply code, when it gave one: of SMTP (RFC 5321, 4.2) or HTTP. */
  readonly status?: number

  constructor(message: string, details: { readonly isTemporary: boolean; readonly status?: number }) {
    super(message)
    this.name = 'DeliveryError'
    this.isTemporary = details.isTemporary
    if (details.status !== undefined) this.status = details.status
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Recognizes a `DeliveryError`, also one made by another entry or copy of this package. */
export function isDeliveryError(value: unknown): value is DeliveryError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}
