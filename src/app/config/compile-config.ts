import type { UserAlertSettings } from '../../core/contracts/alert-settings.ts'
import { USER_ALERT_KINDS } from '../../core/contracts/lifecycle-alert.ts'
import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import type { SparseField, SparseSource } from '../../core/ranker/embedded-fields.ts'
import { rankerSettings, type RankerSettings } from '../../core/ranker/ranker-settings.ts'
import { fieldLayout } from '../../core/user-state/field-layout.ts'
import { stateNumberCount } from '../../core/user-state/state-features.ts'
import { alertSettingsOf } from './alerts-config.ts'
import type { Config } from './config-schema.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The tracker's part of the configuration, in the core's units. */
export function trackerSettingsOf(config: Config): TrackerSettings {
  const { stages, activity, joiner, features, tracker } = config
  return {
    seed: config.seed,
    tasks: config.tasks,
    posterior: config.posterior,
    stages: {
      rules: stages.rules,
      clickTask: stages.clickTask,
      stayTask: stages.stayTask,
      conversionTask: stages.conversionTask,
      minEvidence: stages.minEvidence,
      margin: stages.margin,
      minLeadMs: stages.minLeadMinutes * MINUTE_MS,
    },
    activity: {
      sessionGapMs: activity.sessionGapMinutes * MINUTE_MS,
      gapQuantile: activity.gapQuantile,
      minDormantMs: activity.minDormantDays * DAY_MS,
      defaultDormantMs: activity.defaultDormantDays * DAY_MS,
      returnedForMs: activity.returnedDays * DAY_MS,
    },
    joiner: {
      attributionMs: joiner.attributionMinutes * MINUTE_MS,
      correctionMs: Math.max(joiner.correctionHours * HOUR_MS, joiner.attributionMinutes * MINUTE_MS + 1),
      rememberedEventIds: joiner.rememberedEventIds,
    },
    attributes: features.attributes,
    alerts: userAlertSettingsOf(config),
    snapshots: tracker.snapshots,
  }
}

function userAlertSettingsOf({ alerts }: Config): UserAlertSettings {
  const settings = alertSettingsOf(alerts.rules)
  return Object.fromEntries(USER_ALERT_KINDS.map((kind) => [kind, settings[kind]])) as UserAlertSettings
}

/** The ranker's part. Attributes of the extractor reach the right branch through their tokens. */
export function rankerSettingsOf(config: Config): RankerSettings {
  const { features, ranker } = config
  const layout = fieldLayout({ tasks: config.tasks, attributes: features.attributes })
  const { backend: _backend, bundleEvery: _every, bundleGuard: _guard, shadow: _shadow, attention, ...model } = ranker
  return rankerSettings({
    ...model,
    tasks: config.tasks.map((task) => task.name),
    quantileTasks: config.tasks.filter((task) => task.label === 'quantile').map((task) => task.name),
    sparseFields: [
      { source: 'id', name: 'user' },
      { source: 'id', name: 'item' },
      ...features.context.map((name) => ({ source: 'context' as const, name })),
      ...features.user.map((name) => ({ source: 'user' as const, name })),
      ...features.item.map((name) => ({ source: 'item' as const, name })),
    ],
    crosses: ranker.crosses.map((fields) => fields.map(sparseFieldOf)),
    extractor: {
      fieldCount: layout.names.length,
      stateFieldCount: layout.stateFieldCount,
      tokenOffsets: [...layout.tokenOffsets],
      form: attention,
    },
    stateNumberCount: stateNumberCount(config.tasks.length),
    minEvidence: config.stages.minEvidence,
    seed: config.seed,
  })
}

/** Of `source:name`, which the configuration has checked. */
function sparseFieldOf(text: string): SparseField {
  const colon = text.indexOf(':')
  return { source: text.slice(0, colon) as SparseSource, name: text.slice(colon + 1) }
}

/** A process may work on every partition, so each gets its share of the users that are kept in memory. */
export function cachedUsersPerPartition({ tracker, partitions }: Config): number {
  return Math.max(1, Math.floor(tracker.cachedUsers / partitions))
}
