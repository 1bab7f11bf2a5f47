import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { ApiContext } from './api-context.ts'
import { ProblemError } from './problem.ts'
import { object, text } from './schemas.ts'

/** For those who watch over the process. */
export function addOperationRoutes(app: FastifyInstance, context: ApiContext, metrics: Registry): void {
  const status = object({ status: text })
  app.get('/livez', { schema: { summary: 'Whether the process runs', response: { 200: status } } }, () => ({
    status: 'ok',
  }))
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether the view once held everything that was published',
        response: { 200: status, ...context.problems() },
      },
    },
    () => {
      if (context.view.freshness().completeAtMs === null) throw new ProblemError(503, 'The view is being built')
      return { status: 'ok' }
    },
  )
  app.get(
    '/version',
    { schema: { summary: 'Version of the program', response: { 200: object({ version: text }) } } },
    () => ({
      version: context.version,
    }),
  )
  app.get(
    '/metrics',
    { config: { right: 'read' }, schema: { summary: 'Metrics for Prometheus' } },
    async (_, reply) => {
      reply.type(metrics.contentType)
      return metrics.metrics()
    },
  )
}
