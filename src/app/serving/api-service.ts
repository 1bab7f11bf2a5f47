import { openAlertDuty } from '../alerts/open-alert-duty.ts'
import type { Config } from '../config/config-schema.ts'
import { createMetrics, type Observed } from '../observability/metrics.ts'
import type { World, WorldLogger } from '../wire.ts'
import type { HttpServer } from './http-app.ts'
import { whatIsRestored } from './operation-routes.ts'
import { serveApi } from './serve-api.ts'
import { ModelService } from './view/model-service.ts'
import { UserView } from './view/user-view.ts'

/** Folder of the view's store. */
const VIEW = 'view'

export interface ApiService extends HttpServer {
  /** Rejects when the view cannot go on. */
  readonly following: Promise<unknown>
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
  const store = await world.viewStore(VIEW)
  try {
    const view = await UserView.open(log, codecs, store, async (damage) => {
      await world.quarantineView(VIEW, damage)
      return world.viewStore(VIEW)
    })
    const alerts = await openAlertDuty(config, world, observed, view, logger)
    const model = await ModelService.open(config, world)
    const whyNotReady = (): string | null => view.whyNotReady() ?? whatIsRestored(observed)
    const operations = { version, metrics: createMetrics(observed), whyNotReady }
    const server = await serveApi({ config, log, codecs, view, model, nowMs: Date.now }, operations, logger)
    const following = Promise.all([view.run(logger), model.run(world, logger), alerts.run()])
    return {
      address: server.address,
      following,
      close: async () => {
        await server.close()
        alerts.stop()
        view.stop()
        model.stop()
        await following.catch(() => {})
        model.dispose()
        await view.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
