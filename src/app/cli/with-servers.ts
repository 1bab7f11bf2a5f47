import type { Config } from '../config/config-schema.ts'
import type { Logger } from '../observability/logger.ts'
import type { Observed } from '../observability/metrics.ts'
import { MemoryGuard } from '../observability/memory-guard.ts'
import type { ApiService } from '../serving/api-service.ts'
import type { StopFlag } from '../stop-flag.ts'
import { isPortTaken } from '../serving/port-taken.ts'
import type { World } from '../wire.ts'
import { packageVersion } from './package-version.ts'

export interface Roles {
  readonly tracker: boolean
  readonly ranker: boolean
  readonly api: boolean
}

interface Served {
  readonly config: Config
  readonly roles: Roles
  readonly world: World
  readonly observed: Observed
  readonly logger: Logger
}

/** Serves API and metrics, where they are wanted, for as long as the work goes on, which is handed the API; a failure there stops the work. */
export async function withServers(
  served: Served,
  stop: StopFlag,
  work: (api: ApiService | null) => Promise<void>,
): Promise<void> {
  const { config, roles, world, logger } = served
  const opened: { close(): Promise<void> }[] = []
  let api: ApiService | null = null
  try {
    if (config.metrics.port !== 0) {
      const { serveMetrics } = await import('../serving/serve-metrics.ts')
      const observed = {
        ...served.observed,
        world,
        guard: new MemoryGuard(config.memory),
        view: () => api?.view ?? null,
      }
      const server = await serveMetrics(config.metrics, observed, packageVersion(), logger)
      opened.push(server)
      logger.info({ address: `${server.address}/metrics` }, 'metrics')
    }
    api = roles.api ? await openApi(served) : null
    if (api) {
      opened.push(api)
      stop.stopWhenFailed(api.following)
    }
    await work(api)
  } finally {
    for (const server of opened.toReversed()) await server.close()
  }
}

/** Null where another process has the port, and the API is not all that this one is for. */
async function openApi({ config, roles, world, observed, logger }: Served) {
  const { openApiService } = await import('../serving/api-service.ts')
  try {
    const service = await openApiService(config, world, observed, packageVersion(), logger)
    logger.info({ address: service.address }, 'api')
    return service
  } catch (error) {
    const isAlone = !roles.tracker && !roles.ranker
    if (isAlone || !isPortTaken(error)) throw error
    logger.warn(`${error.message}; api.port chooses another`)
    return null
  }
}
