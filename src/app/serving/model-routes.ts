import type { FastifyInstance } from 'fastify'
import type { TaskMetrics } from '../../core/ranker/metrics/task-metrics.ts'
import type { ApiContext } from './api-context.ts'
import { byStage, freshness, integer, list, maybeNumber, number, object, text, time } from './schemas.ts'
import { timeJson } from './state-json.ts'

const BINS = 10
/** Metrics over the whole window take a moment: they are worked out again only after so long. */
const METRICS_EVERY_MS = 2000

/** What the ranker has learned, and how well it predicts. */
export function addModelRoutes(app: FastifyInstance, { model, view, freshnessNow, problems, nowMs }: ApiContext): void {
  let cached: { readonly atMs: number; readonly metrics: unknown } | null = null

  const metricsNow = (): unknown => {
    if (cached && nowMs() - cached.atMs < METRICS_EVERY_MS) return cached.metrics
    const { window } = model.view
    const metrics = {
      window: {
        examples: window.size,
        overall: metricsJson(window.overall()),
        byStage: Object.fromEntries(
          Object.entries(window.byStage()).map(([stage, tasks]) => [stage, metricsJson(tasks)]),
        ),
      },
      calibration: window.reliability(BINS),
    }
    cached = { atMs: nowMs(), metrics }
    return metrics
  }

  app.get(
    '/v1/models',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Versions of the model, and its metrics over the latest predictions (test, then train)',
        response: { 200: models, ...problems() },
      },
    },
    () => {
      const { bundle } = model.view
      const versions = model.view
        .bundles()
        .map(({ eventTime, ...rest }) => ({ ...rest, eventTime: timeJson(eventTime) }))
      const { asOf } = view.counts()
      return {
        current: versions[0] ?? null,
        ageSeconds: bundle && asOf !== null ? Math.max(0, (asOf - bundle.eventTime) / 1000) : null,
        versions,
        tasks: (bundle?.tasks ?? []).map(({ quantiles: _quantiles, median, ...task }) => ({
          ...task,
          median: orNull(median),
        })),
        ...(metricsNow() as object),
        history: model.view.history().map(({ exampleCount, time: timeMs, tasks }) => ({
          exampleCount,
          time: timeJson(timeMs),
          tasks: metricsJson(tasks),
        })),
        freshness: freshnessNow(),
      }
    },
  )
}

function metricsJson(tasks: Readonly<Record<string, TaskMetrics>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tasks).map(([task, { auc, logLoss, ece, pcoc, positives, examples }]) => [
      task,
      { auc: orNull(auc), logLoss: orNull(logLoss), ece: orNull(ece), pcoc: orNull(pcoc), positives, examples },
    ]),
  )
}

/** JSON has no NaN. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

const metrics = object({
  auc: { ...maybeNumber, description: 'null without both classes' },
  logLoss: maybeNumber,
  ece: { ...maybeNumber, description: 'Expected calibration error, bins of equal mass' },
  pcoc: { ...maybeNumber, description: 'Predicted over observed positives' },
  positives: integer,
  examples: integer,
})
const byTask = (value: unknown) => ({ type: 'object', additionalProperties: value, description: 'By task' }) as const
const version = object({ version: integer, mode: text, exampleCount: integer, eventTime: time })

const models = object({
  current: { anyOf: [version, { type: 'null' }] },
  ageSeconds: { ...maybeNumber, description: 'Event time that has passed since the newest example of the bundle' },
  versions: { ...list(version), description: 'The newest first' },
  tasks: list(
    object({
      task: text,
      priorAlpha: number,
      priorBeta: number,
      median: { ...maybeNumber, description: 'Median of the posterior means, of the stage rules' },
      gammaMean: number,
      labelMean: number,
    }),
  ),
  window: object({ examples: integer, overall: byTask(metrics), byStage: byStage(byTask(metrics)) }),
  calibration: byTask(list(object({ lower: number, upper: number, score: number, rate: number, count: integer }))),
  history: list(object({ exampleCount: integer, time, tasks: byTask(metrics) })),
  freshness,
})
