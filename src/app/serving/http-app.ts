import Fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify'
import type { AddressInfo } from 'node:net'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Instruments } from '../observability/instruments.ts'
import { readTraceparent, TRACEPARENT } from '../observability/traceparent.ts'
import type { OpenSpan, Tracing } from '../observability/tracing.ts'
import type { WorldLogger } from '../wire.ts'
import { type Problem, ProblemError, problemOf } from './problem.ts'

const PROBLEM_TYPE = 'application/problem+json'

export interface HttpServer {
  /** Where it listens, for example http://127.0.0.1:8080. */
  readonly address: string
  close(): Promise<void>
}

/** An application without routes that answers every failure with a problem. */
export function createHttpApp(
  logger: WorldLogger,
  options: FastifyServerOptions = {},
  instruments?: Instruments,
): FastifyInstance {
  const app = Fastify({
    // An address that cannot be read, before any route is found.
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply, problemOf(error))
    },
    forceCloseConnections: true,
    ...options,
  })
  app.setErrorHandler((error, { method, url }, reply) => {
    const problem = problemOf(error)
    if (problem.status >= 500) logger.error({ method, url, error: String(error) }, 'request')
    if (error instanceof ProblemError) reply.headers(error.headers)
    return sendProblem(reply, problem)
  })
  if (instruments) {
    if (instruments.tracing.isOn) traceRequests(app, instruments.tracing)
    app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
      // The route's pattern: a path would be a label for every user.
      instruments.answered(method, routeOptions.url ?? 'none', statusCode, elapsedTime / 1000)
    })
  }
  app.setNotFoundHandler(({ method, url }) => {
    throw new ProblemError(404, `There is no ${method} ${url.slice(0, 200)} here`)
  })
  return app
}

/** Listens; `what` names it in errors. Throws LifecycleError `invalid-config` when it cannot. */
export async function listen(
  app: FastifyInstance,
  what: string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('invalid-config', `Cannot serve ${what} on ${host}:${port}: ${reason}`, { cause: error })
  }
  const { port: actual } = app.server.address() as AddressInfo
  return { address: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`, close: () => app.close() }
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

/** A span for each request, below that of the caller where it sends one. */
function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<object, OpenSpan>()
  app.addHook('onRequest', async (request) => {
    const { method, routeOptions, headers } = request
    const header = headers[TRACEPARENT]
    const parent = readTraceparent(typeof header === 'string' ? header : undefined)
    const attributes = { 'http.request.method': method, 'http.route': routeOptions.url ?? 'none' }
    const span = tracing.begin(`${method} ${routeOptions.url ?? ''}`, attributes, parent)
    if (span) spans.set(request, span)
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    spans
      .get(request)
      ?.end({ 'http.response.status_code': statusCode }, statusCode >= 500 ? String(statusCode) : undefined)
  })
}
