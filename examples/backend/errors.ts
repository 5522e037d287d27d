/** The backend's own refusals, as errors on their way to the client. */

import { type DialectErrorType, errorResponse } from '@countersign/adapters/http'

export class ApiError extends Error {
  readonly type: DialectErrorType
  readonly detail: string | undefined
  readonly retryAtMs: number | undefined

  constructor(type: DialectErrorType, options: { readonly detail?: string; readonly retryAtMs?: number } = {}) {
    super(options.detail ?? type)
    this.name = 'ApiError'
    this.type = type
    this.detail = options.detail
    this.retryAtMs = options.retryAtMs
  }
}

/** Names the parameter, never its value. */
export function badParameter(name: string, expected: string): ApiError {
  return new ApiError('general_argument_invalid', { detail: `Invalid \`${name}\` param: must be ${expected}.` })
}

export function errorAnswer({ type, detail, retryAtMs }: ApiError, nowMs: number): Response {
  return errorResponse(type, {
    ...(detail !== undefined && { message: detail }),
    ...(retryAtMs !== undefined && { retryAfterMs: retryAtMs - nowMs }),
  })
}
