import { dayOf } from '../../core/user-state/day-window.ts'
import type { Config } from '../config/config-schema.ts'
import type { Observed } from '../observability/metrics.ts'
import type { UserView } from '../serving/view/user-view.ts'
import { openAlertSinks, type World, type WorldLogger } from '../wire.ts'
import { AlertDuty } from './alert-duty.ts'
import { AlertForwarder } from './alert-forwarder.ts'
import { growthObservations } from './growth-observations.ts'
import { ProcessObserver } from './process-observer.ts'

/** The monitor and the sinks beside a view. Throws LifecycleError `unreadable-file` for a secret that is not there. */
export async function openAlertDuty(
  config: Config,
  world: World,
  observed: Observed,
  view: UserView,
  logger: WorldLogger,
): Promise<AlertDuty> {
  const { log, codecs } = world
  const sinks = await openAlertSinks(config.alerts, logger)
  const observer = new ProcessObserver(observed, view, config.partitions)
  return new AlertDuty({
    config,
    world,
    forwarders: sinks.map((wired) => new AlertForwarder({ ...wired, log, codecs, logger, nowMs: Date.now })),
    look: (timeMs) => observer.look(timeMs),
    // A view that is being built does not know the weeks yet.
    growth: () => (view.completeAtMs === null ? [] : growthObservations({ table: view.table, counts: view.counts() })),
    today: () => {
      const { asOf } = view.counts()
      return asOf === null || view.completeAtMs === null ? null : dayOf(asOf)
    },
    logger,
  })
}
