import { DEFAULT_USER_ALERTS } from './alerts/default-alert-settings.ts'
import type { TrackerSettings } from './contracts/tracker-settings.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What differs from the defaults; a section may be given in part. */
export type TrackerChoice = {
  readonly [Key in keyof TrackerSettings]?: TrackerSettings[Key] extends readonly unknown[] | number
    ? TrackerSettings[Key]
    : Partial<TrackerSettings[Key]>
}

/** The settings that the program starts with. */
const DEFAULTS: TrackerSettings = {
  seed: 1,
  tasks: [
    { name: 'ctr', trial: 'impression', success: 'click', label: 'event' },
    { name: 'stay', trial: 'impression', success: 'stay', label: 'quantile' },
    { name: 'cvr', trial: 'impression', success: 'order', label: 'event' },
  ],
  posterior: { mode: 'calibrated', evidence: 'predicted', weight: 'ordinal', halfLifeDays: 14, windowDays: 30 },
  stages: {
    rules: 'paper',
    clickTask: 'ctr',
    stayTask: 'stay',
    conversionTask: 'cvr',
    minEvidence: 3,
    margin: 0.1,
    minLeadMs: 30 * MINUTE_MS,
  },
  activity: {
    sessionGapMs: 30 * MINUTE_MS,
    gapQuantile: 0.95,
    minDormantMs: 2 * DAY_MS,
    defaultDormantMs: 7 * DAY_MS,
    returnedForMs: 3 * DAY_MS,
  },
  joiner: { attributionMs: 30 * MINUTE_MS, correctionMs: 72 * HOUR_MS, rememberedEventIds: 32 },
  attributes: [
    { name: 'segment', buckets: 16 },
    { name: 'platform', buckets: 8 },
    { name: 'age', buckets: 16 },
  ],
  alerts: DEFAULT_USER_ALERTS,
  snapshots: { everyRecords: 250_000, kept: 4 },
}

/** Complete settings of the fold: the program's defaults with these changes. Durations in ms. */
export function trackerSettings(choice: TrackerChoice = {}): TrackerSettings {
  const { posterior, stages, activity, joiner, alerts, snapshots } = DEFAULTS
  return {
    ...DEFAULTS,
    ...choice,
    posterior: { ...posterior, ...choice.posterior },
    stages: { ...stages, ...choice.stages },
    activity: { ...activity, ...choice.activity },
    joiner: { ...joiner, ...choice.joiner },
    alerts: { ...alerts, ...choice.alerts },
    snapshots: { ...snapshots, ...choice.snapshots },
  }
}
