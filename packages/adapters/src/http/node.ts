/** `toNodeHandler`: a fetch handler behind Node's `(req, res)`, for Express 5, Fastify 5 and `node:http`. */

import { errorResponse } from './error-types.js'
import type { Access } from './gate.js'
import type { MfaHandler } from './handler.js'
import { type NodeRequest, toFetchRequest, urlOf } from './node-request.js'
import { type NodeResponse, sendResponse } from './node-response.js'

/** Fastify's request, which holds Node's. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest
  readonly body?: unknown
}

/** Fastify's reply, which holds Node's response. */
export interface FastifyReplyLike {
  readonly raw: NodeResponse
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body?: Uint8Array): unknown
}

/** What the handler's `ctx` is: the framework's own request and response. */
export interface NodeContext<Req = unknown, Res = unknown> {
  /** Express's or Fastify's request, or Node's. */
  readonly req: Req
  /** Express's response, Fastify's reply, or Node's response. */
  readonly res: Res
}

/** Options of `toNodeHandler` and `toNodeGate`. */
export interface NodeHandlerOptions {
  /** Of the URL that the handler sees. Default: from the connection and `Host`, so nothing may be decided by it. */
  readonly origin?: string
}

/** For `app.use`, `app.all`, `http.createServer` and a Fastify route. */
export interface NodeHandler {
  /** With `next`, what the handler does not handle is passed on. */
  (req: NodeRequest, res: NodeResponse, next?: (error?: unknown) => void): Promise<void>
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<FastifyReplyLike>
}

/** For `app.use` before the host's own routes, and a Fastify `preHandler`. */
export interface NodeGate {
  /** Answers, or calls `next`. */
  (req: NodeRequest, res: NodeResponse, next: (error?: unknown) => void): Promise<void>
  /** Answers and returns the reply, or returns nothing. */
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<FastifyReplyLike | undefined>
}

type Next = (error?: unknown) => void
type Ask<C> = (request: Request, ctx: C) => Promise<Response | null>
/** A handler of fetch; with `handles`, it says what is not its own. */
export type FetchHandler<C> = ((request: Request, ctx: C) => Promise<Response>) & {
  readonly handles?: (request: Request) => boolean
}

/** Reads at most 64 KiB of a body; takes over a body that is parsed already. */
export function toNodeHandler<Req = unknown, Res = unknown>(
  handler: FetchHandler<NodeContext<Req, Res>>,
  options: NodeHandlerOptions = {},
): NodeHandler {
  return bind(
    handler,
    (url) => handler.handles === undefined || handler.handles(new Request(url)),
    options,
  ) as NodeHandler
}

/** The handler's gate before the host's own routes; leaves the body to them. */
export function toNodeGate<Req = unknown, Res = unknown>(
  handler: Pick<MfaHandler<NodeContext<Req, Res>>, 'gate'>,
  access: Access = 'session',
  options: NodeHandlerOptions = {},
): NodeGate {
  const ask: Ask<NodeContext<Req, Res>> = (request, ctx) => handler.gate(request, ctx, access)
  return bind(ask, () => true, { ...options, withoutBody: true }) as NodeGate
}

function bind<C>(
  ask: Ask<C>,
  isMeant: (url: string) => boolean,
  options: NodeHandlerOptions & { readonly withoutBody?: boolean },
): unknown {
  const { origin, withoutBody } = options
  const answer = async (req: NodeRequest, res: NodeResponse, ctx: object, parsedBody: unknown) => {
    const aborting = new AbortController()
    res.once('close', () => {
      if (!res.writableEnded) aborting.abort()
    })
    let request: Request
    try {
      request = await toFetchRequest(req, { origin, withoutBody, signal: aborting.signal, parsedBody })
    } catch {
      return errorResponse('general_bad_request')
    }
    return ask(request, ctx as C)
  }
  const handleNode = async (req: NodeRequest, res: NodeResponse, next?: Next): Promise<void> => {
    try {
      const url = urlOf(req, origin)
      const isPassedOn = next !== undefined && !(URL.canParse(url) && isMeant(url))
      const response = isPassedOn ? null : await answer(req, res, { req, res }, req.body)
      if (response !== null) await sendResponse(res, response)
      else next?.()
    } catch (error) {
      if (next !== undefined) next(error)
      else await sendFault(res)
    }
  }
  const handleFastify = async (request: FastifyRequestLike, reply: FastifyReplyLike) => {
    const response = await answer(request.raw, reply.raw, { req: request, res: reply }, request.body)
    if (response === null) return undefined
    reply.code(response.status)
    for (const [name, value] of response.headers) reply.header(name, value)
    if (response.body === null) reply.send()
    else reply.send(new Uint8Array(await response.arrayBuffer()))
    return reply
  }
  return (first: NodeRequest | FastifyRequestLike, second: NodeResponse | FastifyReplyLike, next?: Next) =>
    'raw' in first && 'raw' in second
      ? handleFastify(first, second)
      : handleNode(first as NodeRequest, second as NodeResponse, next)
}

/** Nobody else would: a rejection here would end the process. */
async function sendFault(res: NodeResponse): Promise<void> {
  if (res.headersSent) res.destroy()
  else await sendResponse(res, errorResponse('general_server_error'))
}
