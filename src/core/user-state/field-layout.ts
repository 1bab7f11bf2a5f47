import type { TrackerSettings } from '../contracts/tracker-settings.ts'

/** Upper bounds of the buckets; a value at or above the last bound falls into one more bucket. */
export const RATE_BOUNDS = [-1.5, -1, -0.5, -0.2, 0.2, 0.5, 1, 1.5]
export const EVIDENCE_BOUNDS = [0.5, 1.5, 3, 6, 12, 24, 48]
/** Minutes. */
export const RECENCY_BOUNDS = [1, 10, 60, 360, 1440, 4320, 10_080]
export const COUNT_BOUNDS = [1, 2, 3, 5, 9, 17, 33, 65]
/** Days. */
export const TENURE_BOUNDS = [0.01, 0.5, 1, 3, 7, 14, 30, 90]

/** The extractor's fields: first the S state fields, then the static attributes. F fields, V tokens. */
export interface FieldLayout {
  readonly names: readonly string[]
  readonly stateFieldCount: number
  /** (F + 1), ExtractorWeights.tokenOffsets. */
  readonly tokenOffsets: Int32Array
}

/** Fields of the settings: `rate:<task>` for each task, evidence, recency, count, tenure, and `attribute:<name>`. */
export function fieldLayout(settings: Pick<TrackerSettings, 'tasks' | 'attributes'>): FieldLayout {
  const fields: { name: string; tokens: number }[] = [
    // Token 0 of a rate says that there is no evidence yet.
    ...settings.tasks.map((task) => ({ name: `rate:${task.name}`, tokens: RATE_BOUNDS.length + 2 })),
    { name: 'evidence', tokens: EVIDENCE_BOUNDS.length + 1 },
    { name: 'recency', tokens: RECENCY_BOUNDS.length + 2 },
    { name: 'count', tokens: COUNT_BOUNDS.length + 1 },
    { name: 'tenure', tokens: TENURE_BOUNDS.length + 1 },
  ]
  const stateFieldCount = fields.length
  for (const { name, buckets } of settings.attributes) fields.push({ name: `attribute:${name}`, tokens: buckets })
  const tokenOffsets = new Int32Array(fields.length + 1)
  fields.forEach((field, f) => (tokenOffsets[f + 1] = tokenOffsets[f] + field.tokens))
  return { names: fields.map((field) => field.name), stateFieldCount, tokenOffsets }
}
