import { z } from 'zod'
import { TOPICS, type TopicName } from '../topics.ts'

const DAY_MS = 86_400_000
const MIB = 1024 * 1024

const topicRetention = z
  .strictObject({
    days: z
      .number()
      .min(-1)
      .max(36_500)
      .default(-1)
      .describe('Age at which records go; 0: never, -1: as retention.days'),
    maxMiB: z
      .number()
      .min(-1)
      .default(-1)
      .describe('Size of a partition on disk at most; 0: any, -1: as retention.maxMiB'),
  })
  .prefault({})

/** Topics whose records go by age and size. The others are compacted: the latest record of each key stays. */
const EXPIRING = [
  'interactions',
  'stageTransitions',
  'lifecycleAlerts',
  'trainingExamples',
  'deadLetters',
  'modelBundles',
  'predictions',
] as const satisfies readonly (keyof typeof TOPICS)[]

const topics = Object.fromEntries(EXPIRING.map((key) => [key, topicRetention])) as Record<
  (typeof EXPIRING)[number],
  typeof topicRetention
>

/** How long records stay that nothing supersedes. */
export const retentionConfig = z.strictObject({
  days: z
    .number()
    .min(0)
    .max(36_500)
    .default(0)
    .describe('Age at which records go; 0: never, on Kafka kafka.retentionDays'),
  maxMiB: z.number().min(0).default(0).describe('Size of a partition on disk at most; 0: any'),
  checkMinutes: z.number().positive().max(1440).default(10).describe('How often the embedded log is looked at'),
  topics: z.strictObject(topics).prefault({}),
})

export type RetentionConfig = z.infer<typeof retentionConfig>

/** Null keeps any age, or any size. */
export interface TopicRetention {
  readonly ageMs: number | null
  readonly maxBytes: number | null
}

/** By topic, for those whose records expire. */
export function retentionByTopic({
  days,
  maxMiB,
  topics: own,
}: RetentionConfig): ReadonlyMap<TopicName, TopicRetention> {
  return new Map(
    EXPIRING.map((key) => {
      const age = own[key].days < 0 ? days : own[key].days
      const size = own[key].maxMiB < 0 ? maxMiB : own[key].maxMiB
      return [TOPICS[key], { ageMs: age > 0 ? age * DAY_MS : null, maxBytes: size > 0 ? Math.round(size * MIB) : null }]
    }),
  )
}
