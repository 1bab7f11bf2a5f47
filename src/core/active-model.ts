import { Extractor } from './attention/extractor.ts'
import type { ModelBundle } from './contracts/model-bundle.ts'
import type { TrackerSettings } from './contracts/tracker-settings.ts'
import type { ActiveModel } from './track-user.ts'
import { buildTrackerModel } from './user-state/tracker-model.ts'

/** What trackUser works with under a bundle; null is the time before the first one. */
export function activeModel(settings: TrackerSettings, bundle: ModelBundle | null): ActiveModel {
  return { ...buildTrackerModel(settings, bundle), extractor: bundle ? new Extractor(bundle.extractor) : null }
}
