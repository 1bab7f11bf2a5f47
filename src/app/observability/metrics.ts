import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Observed } from './observed.ts'
import { processMetrics, VIEW_METRICS } from './process-metrics.ts'
import { RANKER_METRICS } from './ranker-metrics.ts'
import { registerMetric } from './registered-metric.ts'
import { trackerMetrics } from './tracker-metrics.ts'

export type { Observed } from './observed.ts'

/**
 * Metrics of the process in the conventions of Prometheus: base units, totals end in `_total`, and no label that grows
 * with the users. Every role has all of them; those of what it does not do have no values.
 */
export function createMetrics(observed: Observed): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const asked of [...trackerMetrics(), ...RANKER_METRICS, ...processMetrics(), ...VIEW_METRICS]) {
    registerMetric(registry, observed, asked)
  }
  for (const metric of observed.world?.instruments?.metrics ?? []) registry.registerMetric(metric)
  return registry
}
