/** `@countersign/adapters/http`: the MFA and verification routes of the reference product's dialect, over fetch. */

export { type DialectErrorType, type ErrorResponseOptions, errorResponse } from './error-types.js'
export type { Access } from './gate.js'
export { createMfaHandler, type MfaHandler } from './handler.js'
export { formatDate, type SessionFields, sessionFields, userFields } from './models.js'
export {
  type FastifyReplyLike,
  type FastifyRequestLike,
  type FetchHandler,
  type NodeContext,
  type NodeGate,
  type NodeHandler,
  type NodeHandlerOptions,
  toNodeGate,
  toNodeHandler,
} from './node.js'
export type { NodeRequest } from './node-request.js'
export type { NodeResponse } from './node-response.js'
export type {
  AuthenticatedSession,
  Awaitable,
  HostModel,
  MfaHandlerOptions,
  SessionRotation,
  VerifiedContact,
} from './options.js'
export type { RouteName } from './refusals.js'
