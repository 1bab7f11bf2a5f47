import type { Admin } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { TopicSpec } from '../log.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { applyKafkaTopics } from './kafka-topics-apply.ts'
import { planKafkaTopics, type TopicDifference, wantedTopics } from './kafka-topics.ts'

/**
 * Sees to it that the topics are there. Throws LifecycleError `topic-mismatch` where one has another partition count or
 * clean-up, and `unknown-topic` for a missing one that may not be created.
 */
export async function ensureKafkaTopics(
  admin: Admin,
  settings: KafkaSettings,
  specs: readonly TopicSpec[],
  mayCreate: boolean,
): Promise<void> {
  const differences = await planKafkaTopics(admin, wantedTopics(settings, specs))
  const mismatch = differences.find(isMismatch)
  if (mismatch) throw mismatchOf(mismatch)
  const missing = differences.filter(({ kind }) => kind === 'missing')
  if (missing.length === 0) return
  if (mayCreate) return applyKafkaTopics(admin, missing)
  const more = missing.length === 1 ? '' : ` and ${missing.length - 1} more are missing`
  throw new LifecycleError(
    'unknown-topic',
    `Cannot work on Kafka: there is no topic ${missing[0].topic}${more}; topics apply creates what is missing`,
  )
}

type Mismatch = Extract<TopicDifference, { kind: 'partitions' | 'setting' }>

/** What the records in a topic depend on; the rest is for `topics plan` to tell. */
function isMismatch(difference: TopicDifference): difference is Mismatch {
  const { kind } = difference
  return kind === 'partitions' || (kind === 'setting' && difference.setting === 'cleanup.policy')
}

function mismatchOf(mismatch: Mismatch): LifecycleError {
  const { topic, present, wanted } = mismatch
  const what = mismatch.kind === 'partitions' ? 'partitions' : mismatch.setting
  return new LifecycleError(
    'topic-mismatch',
    `Cannot work with topic ${topic}: its ${what} is ${present} and should be ${wanted}`,
  )
}
