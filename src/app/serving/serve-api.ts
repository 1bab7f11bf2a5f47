import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { WorldLogger } from '../wire.ts'
import { Access } from './access.ts'
import { apiContextOf, type ApiOptions } from './api-context.ts'
import { addInteractionRoutes } from './interaction-routes.ts'
import { addLifecycleRoutes } from './lifecycle-routes.ts'
import { addOperationRoutes } from './operation-routes.ts'
import { type Problem, ProblemError, problemOf } from './problem.ts'
import { addUserRoutes } from './user-routes.ts'

/** As long as an id may be, every byte of it escaped. */
const MAX_PARAM_LENGTH = 3 * 1024
const PROBLEM_TYPE = 'application/problem+json'

export interface ApiServer {
  /** Where it listens, for example http://127.0.0.1:8080. */
  readonly address: string
  close(): Promise<void>
}

/** Serves the HTTP API. Throws LifecycleError `invalid-config` when it cannot listen, or must not without tokens. */
export async function serveApi(options: ApiOptions, metrics: Registry, logger: WorldLogger): Promise<ApiServer> {
  const { host, port } = options.config.api
  const access = await Access.open(options.config.api)
  const app = await createApi(options, access, metrics, logger)
  try {
    await app.listen({ host, port })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('invalid-config', `Cannot serve the API on ${host}:${port}: ${reason}`, { cause: error })
  }
  const { port: actual } = app.server.address() as AddressInfo
  return { address: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`, close: () => app.close() }
}

/** The API without a port, as tests ask it. */
export async function createApi(
  options: ApiOptions,
  access: Access,
  metrics: Registry,
  logger: WorldLogger,
): Promise<FastifyInstance> {
  const { maxBodyBytes } = options.config.api
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // An address that is no UTF-8, before any route is found.
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply, problemOf(error))
    },
    forceCloseConnections: true,
    // Defaults yes, but no turning of text into numbers and back, except in the query.
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false, allErrors: false, strict: false } },
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'stan-lifecycle', version: options.version, description: 'Where each user is in the lifecycle' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  })
  app.addHook('onRequest', async ({ routeOptions, headers }) => {
    const { right } = routeOptions.config
    if (right) access.require(right, headers.authorization)
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.status >= 500)
      logger.error({ method: request.method, url: request.url, error: String(error) }, 'request')
    if (error instanceof ProblemError) reply.headers(error.headers)
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler(({ method, url }) => {
    throw new ProblemError(404, `There is no ${method} ${url.slice(0, 200)}; /openapi.json lists what there is`)
  })
  const context = apiContextOf(options)
  addUserRoutes(app, context)
  addInteractionRoutes(app, context)
  addLifecycleRoutes(app, context)
  addOperationRoutes(app, context, metrics)
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  await app.ready()
  return app
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}
