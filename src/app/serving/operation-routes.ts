import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Observed } from '../observability/metrics.ts'
import type { Instruments } from '../observability/instruments.ts'
import { ProblemError } from './problem.ts'
import { object, problemAnswer, text } from './schemas.ts'

export interface Operations {
  readonly version: string
  readonly metrics: Registry
  readonly instruments?: Instruments
  /** Null once the process does all of its work. */
  readonly whyNotReady: () => string | null
}

const METRICS_ANSWER = {
  description: 'Text format of Prometheus',
  content: { 'text/plain': { schema: text } },
} as const

/** For those who watch over the process. */
export function addOperationRoutes(app: FastifyInstance, { version, metrics, whyNotReady }: Operations): void {
  const status = object({ status: text })
  app.get(
    '/livez',
    { schema: { summary: 'Whether the process runs', security: [], response: { 200: status } } },
    () => ({
      status: 'ok',
    }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether the process does all of its work',
        security: [],
        response: { 200: status, 503: problemAnswer(503) },
      },
    },
    () => {
      const reason = whyNotReady()
      if (reason !== null) throw new ProblemError(503, reason)
      return { status: 'ok' }
    },
  )
  app.get(
    '/version',
    { schema: { summary: 'Version of the program', security: [], response: { 200: object({ version: text }) } } },
    () => ({ version }),
  )
  app.get(
    '/metrics',
    {
      config: { right: 'read' },
      schema: { summary: 'Metrics for Prometheus', response: { 200: METRICS_ANSWER, 401: problemAnswer(401) } },
    },
    async (_, reply) => {
      reply.type(metrics.contentType)
      return metrics.metrics()
    },
  )
}

/** The partitions whose state is being restored, as a sentence; null when there is none. */
export function whatIsRestored(observed: Observed): string | null {
  const waiting = [...observed.trackers()].filter(([, tracker]) => !tracker).map(([partition]) => partition)
  return waiting.length === 0 ? null : `Partitions ${waiting.join(', ')} are being restored`
}
