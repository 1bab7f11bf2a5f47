import { AlertMonitor } from '../../../core/alerts/alert-monitor.ts'
import type { Observation } from '../../../core/alerts/observation.ts'
import type { SourcePosition } from '../../../core/contracts/ids.ts'
import type { LifecycleAlert } from '../../../core/contracts/lifecycle-alert.ts'
import type { StageTransition } from '../../../core/contracts/stage-transition.ts'
import type { StateStore } from '../../../io/store/state-store.ts'
import { alertSettingsOf } from '../../config/alerts-config.ts'
import { trackerSettingsOf } from '../../config/compile-config.ts'
import type { Config } from '../../config/config-schema.ts'
import { readTopic } from '../../report/read-topic.ts'
import { UserView } from '../../serving/view/user-view.ts'
import { TOPICS } from '../../topics.ts'
import type { World } from '../../wire.ts'
import { growthObservations } from '../growth-observations.ts'
import { MonitorFeed } from '../monitor-feed.ts'
import { replayUserRules } from './replay-user-rules.ts'

export interface Backtest {
  /** In the order of their times, resolved records included. */
  readonly alerts: readonly LifecycleAlert[]
  /** Earliest event of a user, unix ms. */
  readonly sinceMs: number
  /** Newest event time of a state, unix ms; 0 where there is none. */
  readonly untilMs: number
  readonly users: readonly string[]
  /** Verdicts of each rule about the whole: one that fires never may not have had anything to judge. */
  readonly judged: Readonly<Record<string, number>>
}

/**
 * What the configured rules would have said of everything that the log holds. `viewStore` is an empty store. Rules that
 * watch a process (lag, restore, freshness, skew) leave no trace in the log: they cannot be replayed.
 */
export async function backtestAlerts(config: Config, world: World, viewStore: StateStore): Promise<Backtest> {
  const { log, codecs } = world
  const monitor = new AlertMonitor(alertSettingsOf(config.alerts.rules), config.tasks)
  const alerts: LifecycleAlert[] = []
  const observe = (observation: Observation, source: SourcePosition): void => {
    alerts.push(...monitor.observe(observation, source))
  }
  const feed = new MonitorFeed(log, codecs)
  while ((await feed.follow(observe)) > 0);
  const view = await UserView.open(log, codecs, viewStore)
  while (await view.follow());
  const position = feed.positionOf(TOPICS.interactions, 0)
  for (const observation of growthObservations({ table: view.table, counts: view.counts() })) {
    observe(observation, position)
  }
  const { firstEventTimes, untilMs } = await usersOf(world)
  const transitions = await transitionsOf(world)
  const { alerts: settings, activity } = trackerSettingsOf(config)
  const clock = Math.max(untilMs, feed.clock())
  for (const [userId, firstEventTime] of firstEventTimes) {
    const options = { settings, returnedForMs: activity.returnedForMs, untilMs: clock, source: position }
    const user = { userId, firstEventTime, transitions: transitions.get(userId) ?? [] }
    alerts.push(...replayUserRules(user, options))
  }
  alerts.sort((a, b) => a.eventTime - b.eventTime)
  let sinceMs = clock
  for (const time of firstEventTimes.values()) sinceMs = Math.min(sinceMs, time)
  return { alerts, sinceMs, untilMs: clock, users: [...firstEventTimes.keys()], judged: judgedBy(monitor) }
}

function judgedBy({ state }: AlertMonitor): Record<string, number> {
  return Object.fromEntries(
    Object.entries(state.subjects).map(([kind, subjects]) => {
      return [kind, Object.values(subjects).reduce((sum, { judged }) => sum + judged, 0)]
    }),
  )
}

async function usersOf({ log, codecs }: World): Promise<{ firstEventTimes: Map<string, number>; untilMs: number }> {
  const firstEventTimes = new Map<string, number>()
  let untilMs = 0
  for await (const { key, value } of readTopic(log, TOPICS.userStates)) {
    if (!value) {
      firstEventTimes.delete(Buffer.from(key!).toString())
      continue
    }
    const { userId, firstEventTime, eventTime } = codecs.userState.decodeOwn(value)
    firstEventTimes.set(userId, firstEventTime)
    untilMs = Math.max(untilMs, eventTime)
  }
  return { firstEventTimes, untilMs }
}

async function transitionsOf({ log, codecs }: World): Promise<Map<string, StageTransition[]>> {
  const byUser = new Map<string, StageTransition[]>()
  for await (const { key, value } of readTopic(log, TOPICS.stageTransitions)) {
    if (!value) {
      byUser.delete(Buffer.from(key!).toString())
      continue
    }
    const transition = codecs.stageTransition.decodeOwn(value)
    const held = byUser.get(transition.userId)
    if (held) held.push(transition)
    else byUser.set(transition.userId, [transition])
  }
  return byUser
}
