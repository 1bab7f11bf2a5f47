import { openAlertDuty } from '../alerts/open-alert-duty.ts'
import type { Config } from '../config/config-schema.ts'
import { createMetrics, type Observed } from '../observability/metrics.ts'
import { MemoryGuard } from '../observability/memory-guard.ts'
import type { World, WorldLogger } from '../wire.ts'
import type { HttpServer } from './http-app.ts'
import { whatIsRestored } from './operation-routes.ts'
import { serveApi } from './serve-api.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import type { DamagedStore } from '../tracker/watch-store.ts'
import { KeptViews } from './view/kept-views.ts'
import { PolicyView } from './view/policy-view.ts'
import { ModelService } from './view/model-service.ts'
import { UserView } from './view/user-view.ts'
import { POLICY, VIEW } from './view/view-name.ts'

export interface ApiService extends HttpServer {
  readonly view: UserView
  /** What it keeps of the log. */
  readonly kept: KeptViews
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
  let policyStore: StateStore | null = null
  const another = (name: string) => async (damage: DamagedStore) => {
    await world.quarantineView(name, damage)
    return world.viewStore(name)
  }
  try {
    const view = await UserView.open(log, codecs, store, another(VIEW))
    policyStore = await world.viewStore(POLICY)
    const policy = await PolicyView.open(config, world, policyStore, another(POLICY))
    const alerts = await openAlertDuty(config, world, observed, view, logger)
    const model = await ModelService.open(config, world)
    const guard = new MemoryGuard(config.memory)
    const whyNotReady = (): string | null => view.whyNotReady() ?? whatIsRestored(observed) ?? guard.whyNotReady()
    const { instruments } = world
    const metrics = createMetrics({ ...observed, world, view: () => view, guard, whyNotReady })
    const operations = { version, metrics, instruments, whyNotReady }
    const server = await serveApi({ config, log, codecs, view, model, policy, nowMs: Date.now }, operations, logger)
    const following = Promise.all([view.run(logger), model.run(world, logger), policy.run(logger), alerts.run()])
    return {
      address: server.address,
      view,
      kept: new KeptViews(view, policy),
      following,
      close: async () => {
        await server.close()
        alerts.stop()
        view.stop()
        model.stop()
        policy.stop()
        await following.catch(() => {})
        model.dispose()
        await view.close()
        await policy.close()
      },
    }
  } catch (error) {
    await policyStore?.close()
    await store.close()
    throw error
  }
}
