import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { WorldLogger } from '../wire.ts'
import { Access } from './access.ts'
import { apiContextOf, type ApiOptions } from './api-context.ts'
import { addDashboardRoutes } from './dashboard-routes.ts'
import { createHttpApp, type HttpServer, listen } from './http-app.ts'
import { addEmbeddingRoutes } from './embedding-routes.ts'
import { addEventRoutes } from './event-routes.ts'
import { addHistoryRoutes } from './history-routes.ts'
import { addInteractionRoutes } from './interaction-routes.ts'
import { addLifecycleRoutes } from './lifecycle-routes.ts'
import { addModelRoutes } from './model-routes.ts'
import { addOperationRoutes, type Operations } from './operation-routes.ts'
import { addOperationsReportRoutes } from './operations-report-routes.ts'
import { addPolicyRoutes } from './policy-routes.ts'
import { ProblemError } from './problem.ts'
import { addRankRoutes } from './rank-routes.ts'
import { addUserListRoutes } from './user-list-routes.ts'
import { addUserRoutes } from './user-routes.ts'

const NO_LIMIT_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }
/** As long as an id may be, every byte of it escaped. */
const MAX_PARAM_LENGTH = 3 * 1024

/** Serves the HTTP API. Throws LifecycleError `invalid-config` when it cannot listen, or must not without tokens. */
export async function serveApi(options: ApiOptions, operations: Operations, logger: WorldLogger): Promise<HttpServer> {
  const { api } = options.config
  const access = await Access.open(api)
  return listen(await createApi(options, access, operations, logger), 'the API', api)
}

/** The API without a port, as tests ask it. */
export async function createApi(
  options: ApiOptions,
  access: Access,
  operations: Operations,
  logger: WorldLogger,
): Promise<FastifyInstance> {
  const app = createHttpApp(
    logger,
    {
      bodyLimit: options.config.api.maxBodyBytes,
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      // Unknown fields are told, not dropped.
      ajv: { customOptions: { removeAdditional: false, strict: false } },
    },
    operations.instruments,
  )
  await app.register(rateLimit, {
    max: options.config.api.maxRequestsPerSecond,
    timeWindow: 1000,
    // Who watches over the process is never told to wait.
    allowList: ({ routeOptions }) => routeOptions.config.right === undefined,
    addHeaders: NO_LIMIT_HEADERS,
    addHeadersOnExceeding: NO_LIMIT_HEADERS,
    errorResponseBuilder: (_, { max }) =>
      new ProblemError(429, `More than ${max} requests in a second`, {}, { 'retry-after': '1' }),
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'stan-lifecycle',
        version: operations.version,
        description: 'Where each user is in the lifecycle',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: access.isOpen ? [] : [{ token: [] }],
    },
  })
  app.addHook('onRequest', async ({ routeOptions, headers }) => {
    const { right } = routeOptions.config
    if (right) access.require(right, headers.authorization)
  })
  const context = apiContextOf(options)
  addUserRoutes(app, context)
  addHistoryRoutes(app, context)
  addInteractionRoutes(app, context)
  addUserListRoutes(app, context)
  addLifecycleRoutes(app, context)
  addEmbeddingRoutes(app, context)
  addModelRoutes(app, context)
  addRankRoutes(app, context)
  addPolicyRoutes(app, context)
  addEventRoutes(app, context)
  addOperationsReportRoutes(app, context, operations.version)
  addOperationRoutes(app, operations)
  await addDashboardRoutes(app)
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  await app.ready()
  return app
}
