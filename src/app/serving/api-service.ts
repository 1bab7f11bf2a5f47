import type { Config } from '../config/config-schema.ts'
import { createMetrics, type Observed } from '../observability/metrics.ts'
import type { World, WorldLogger } from '../wire.ts'
import type { HttpServer } from './http-app.ts'
import { whatIsRestored } from './operation-routes.ts'
import { serveApi } from './serve-api.ts'
import { UserView } from './user-view.ts'

export interface ApiService extends HttpServer {
  /** Rejects when the view cannot go on. */
  readonly following: Promise<void>
}

/** The view of the published states, following its topics, and the HTTP API on it. */
export async function openApiService(
  config: Config,
  world: World,
  observed: Observed,
  version: string,
  logger: WorldLogger,
): Promise<ApiService> {
  const { log, codecs } = world
  const store = await world.viewStore('view')
  try {
    const view = await UserView.open(log, codecs, store)
    const whyNotReady = (): string | null => view.whyNotReady() ?? whatIsRestored(observed)
    const operations = { version, metrics: createMetrics(observed), whyNotReady }
    const server = await serveApi({ config, log, codecs, view, nowMs: Date.now }, operations, logger)
    const following = view.run(logger)
    return {
      address: server.address,
      following,
      close: async () => {
        await server.close()
        view.stop()
        await following.catch(() => {})
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
