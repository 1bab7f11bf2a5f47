import type { Config } from '../config/config-schema.ts'
import type { Logger } from '../observability/logger.ts'
import type { Observed } from '../observability/metrics.ts'

/** Serves the metrics, where a port is set, for as long as the work goes on. */
export async function withMetrics(
  { metrics }: Config,
  observed: Observed,
  logger: Logger,
  work: () => Promise<void>,
): Promise<void> {
  if (metrics.port === 0) return work()
  const { serveMetrics } = await import('../observability/metrics-server.ts')
  const server = await serveMetrics(metrics, observed)
  logger.info({ address: `${server.address}/metrics` }, 'metrics')
  try {
    await work()
  } finally {
    await server.close()
  }
}
