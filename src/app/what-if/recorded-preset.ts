import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import type { FingerprintSettings } from '../../io/data-folder/manifest.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The sections of a configuration that say what the recorded settings say; the inverse of trackerSettingsOf. */
export function presetOfSettings(settings: TrackerSettings): Record<string, unknown> {
  const { seed, tasks, posterior, stages, activity, joiner, attributes } = settings
  const { minLeadMs, ...stageKeys } = stages
  return {
    seed,
    tasks,
    posterior,
    stages: { ...stageKeys, minLeadMinutes: minLeadMs / MINUTE_MS },
    activity: {
      sessionGapMinutes: activity.sessionGapMs / MINUTE_MS,
      gapQuantile: activity.gapQuantile,
      minDormantDays: activity.minDormantMs / DAY_MS,
      defaultDormantDays: activity.defaultDormantMs / DAY_MS,
      returnedDays: activity.returnedForMs / DAY_MS,
    },
    joiner: {
      attributionMinutes: joiner.attributionMs / MINUTE_MS,
      correctionHours: joiner.correctionMs / (60 * MINUTE_MS),
      rememberedEventIds: joiner.rememberedEventIds,
    },
    features: { attributes },
  }
}

/** Features and shape of the ranker that a data folder was made with, over the recorded settings. */
export function presetOfFolder(settings: TrackerSettings, made: FingerprintSettings): Record<string, unknown> {
  const preset = presetOfSettings(settings)
  const ranker: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(made)) {
    if (key.startsWith('ranker.')) ranker[key.slice('ranker.'.length)] = parsed(value)
  }
  return { ...preset, partitions: parsed(made.partitions ?? 1), features: parsed(made.features ?? '{}'), ranker }
}

/** Of the manifest, where all but texts are JSON. */
function parsed(value: string | number | boolean): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}
