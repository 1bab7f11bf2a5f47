import { createMetrics, type Observed } from '../observability/metrics.ts'
import type { WorldLogger } from '../wire.ts'
import { createHttpApp, type HttpServer, listen } from './http-app.ts'
import { addOperationRoutes, whatIsRestored } from './operation-routes.ts'

/** Serves `/metrics`, `/livez`, `/readyz` and `/version`. Throws LifecycleError `invalid-config` when it cannot listen. */
export function serveMetrics(
  at: { readonly host: string; readonly port: number },
  observed: Observed,
  version: string,
  logger: WorldLogger,
): Promise<HttpServer> {
  const app = createHttpApp(logger)
  const whyNotReady = (): string | null => whatIsRestored(observed) ?? observed.guard?.whyNotReady() ?? null
  addOperationRoutes(app, { version, metrics: createMetrics({ ...observed, whyNotReady }), whyNotReady })
  return listen(app, 'metrics', at)
}
