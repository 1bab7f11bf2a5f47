import type { Config } from '../config/config-schema.ts'
import { createMetrics, type Observed } from '../observability/metrics.ts'
import type { World, WorldLogger } from '../wire.ts'
import { type ApiServer, serveApi } from './serve-api.ts'
import { UserView } from './user-view.ts'

export interface ApiService extends ApiServer {
  /** Rejects when the view cannot go on. */
  readonly failure: Promise<never>
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
  const view = await UserView.open(log, codecs, store)
  const options = { config, log, codecs, view, version, nowMs: Date.now }
  let server: ApiServer
  try {
    server = await serveApi(options, createMetrics(observed), logger)
  } catch (error) {
    await store.close()
    throw error
  }
  const following = view.run()
  const failure = following.then(() => new Promise<never>(() => {}))
  failure.catch(() => {})
  return {
    address: server.address,
    failure,
    close: async () => {
      await server.close()
      view.stop()
      await following.catch(() => {})
      await store.close()
    },
  }
}
