/** `createMfaHandler`: the routes of the dialect over fetch, on Hono's router. Every rule stays in the core. */

import { Hono } from 'hono'
import { requireType } from './authenticators.js'
import { readParams } from './body.js'
import type { Call } from './call.js'
import { errorResponse } from './error-types.js'
import { answerFor } from './faults.js'
import { type Access, type Admitted, admit } from './gate.js'
import { configure, type MfaHandlerOptions, type Settings } from './options.js'
import { answerOrigin, finish } from './origins.js'
import { pathsOf, type Route, routesOf } from './routes.js'

/** Answers requests of the dialect, and lends its ways to the host's own routes. */
export interface MfaHandler<C = unknown> {
  /** Never rejects: what goes wrong is an answer. */
  (request: Request, ctx?: C): Promise<Response>
  /** True for a path of this handler, whatever the method. */
  handles(request: Request): boolean
  /**
   * For the host's own routes: null when the request may pass, else the answer, also to a preflight and to a stranger's
   * page. Comes before look-ups, password checks and 404s. `access` defaults to `session`.
   */
  gate(request: Request, ctx?: C, access?: Access): Promise<Response | null>
  /** For the host's own routes: answers preflights, refuses strangers' pages, mends a throw, lays on the headers. */
  wrap(request: Request, answer: () => Response | Promise<Response>, ctx?: C): Promise<Response>
}

interface Bindings<C> {
  readonly ctx: C
}

/** Builds the handler. Throws `invalid_configuration` naming the option, never its value. */
export function createMfaHandler<C = unknown>(options: MfaHandlerOptions<C>): MfaHandler<C> {
  const settings = configure(options)
  const app = new Hono<{ Bindings: Bindings<C> }>().basePath(settings.basePath)
  const known: RegExp[] = []
  for (const route of routesOf<C>()) {
    const { method, paths } = pathsOf(route)
    for (const path of paths) {
      known.push(patternOf(settings.basePath + path))
      app.on(method, path.replace('{type}', ':type'), (c) =>
        serve(route, settings, c.req.raw, c.env.ctx, c.req.param('type')),
      )
    }
  }
  app.notFound(() => errorResponse('general_route_not_found'))

  const wrap: MfaHandler<C>['wrap'] = async (request, answer, ctx) => {
    const answered =
      answerOrigin(request, settings.allowedOrigins) ??
      (await Promise.resolve()
        .then(answer)
        .catch((error: unknown) => answerFor(error, settings, ctx as C)))
    return finish(request, answered, settings.allowedOrigins)
  }
  const refusalOf = async (access: Access, request: Request, ctx: C): Promise<Response | null> => {
    try {
      await admit(settings, access, request, ctx)
      return null
    } catch (error) {
      return answerFor(error, settings, ctx)
    }
  }
  return Object.assign(
    (request: Request, ctx?: C) => wrap(request, async () => app.fetch(request, { ctx: ctx as C }), ctx),
    {
      wrap,
      handles: (request: Request) => known.some((pattern) => pattern.test(new URL(request.url).pathname)),
      gate: async (request: Request, ctx?: C, access: Access = 'session') => {
        const refusal = answerOrigin(request, settings.allowedOrigins) ?? (await refusalOf(access, request, ctx as C))
        return refusal && finish(request, refusal, settings.allowedOrigins)
      },
    },
  )
}

/** The gate comes first, then the body, then the route. */
async function serve<C>(
  route: Route<C>,
  settings: Settings<C>,
  request: Request,
  ctx: C,
  type: string | undefined,
): Promise<Response> {
  const headers = new Headers()
  const answer = async (): Promise<Response> => {
    const admitted = await admit(settings, route.access, request, ctx)
    if (type !== undefined) requireType(type)
    const params = request.method === 'GET' || request.method === 'HEAD' ? {} : await readParams(request)
    return run(route, { settings, mfa: settings.mfa, route: route.name, request, ctx, params, admitted, headers })
  }
  const answered = await answer().catch((error: unknown) => answerFor(error, settings, ctx))
  for (const [name, value] of headers) answered.headers.append(name, value)
  return answered
}

function run<C>(route: Route<C>, call: Call<C> & { readonly admitted: Admitted | null }): Promise<Response> {
  if (route.access === 'public') return route.run(call)
  const { admitted } = call
  if (admitted === null) return Promise.resolve(errorResponse('general_unauthorized_scope'))
  return route.run({ ...call, ...admitted })
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.~]/g, '\\$&').replace('{type}', '[^/]+')}$`)
}
