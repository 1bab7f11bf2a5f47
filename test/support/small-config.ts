import { type Config, configSchema } from '../../src/app/config/config-schema.ts'

/**
 * Settings under which a few thousand simulated events reach everything: the windows are hours, so that impressions
 * expire and users fall silent, users have more snapshots than are kept, and the model is small.
 */
export const SMALL_SETTINGS = {
  seed: 11,
  stages: { minEvidence: 1, margin: 0.02, minLeadMinutes: 5 },
  activity: { minDormantDays: 0.2, defaultDormantDays: 0.6, returnedDays: 0.2 },
  joiner: { correctionHours: 12 },
  tracker: { sliceSize: 512, snapshots: { everyRecords: 90, kept: 3 } },
  ranker: {
    backend: 'wasm',
    bundleEvery: 1024,
    batchSize: 256,
    embeddingWidth: 4,
    expertsPerTask: 1,
    sharedExperts: 1,
    expertWidth: 8,
    towerWidths: [8],
  },
} as const

/** The small settings, with changes by section. */
export function smallConfig(
  changes: { partitions?: number; sliceSize?: number; batchSize?: number; bundleEvery?: number } = {},
): Config {
  const { partitions = 1, sliceSize = SMALL_SETTINGS.tracker.sliceSize, ...ranker } = changes
  return configSchema.parse({
    ...SMALL_SETTINGS,
    partitions,
    tracker: { ...SMALL_SETTINGS.tracker, sliceSize },
    ranker: { ...SMALL_SETTINGS.ranker, ...ranker },
  })
}
