import kafkajs, { type Admin } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { TopicSpec } from '../log.ts'
import { type KafkaSettings, kafkaTopicName } from './kafka-settings.ts'

/** Creates the topics that are missing. Throws LifecycleError `topic-mismatch` where one has other settings. */
export async function ensureKafkaTopics(
  admin: Admin,
  settings: KafkaSettings,
  specs: readonly TopicSpec[],
): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = specs.filter(({ name }) => !existing.has(kafkaTopicName(settings, name)))
  await requireSame(
    admin,
    settings,
    specs.filter((spec) => !missing.includes(spec)),
  )
  if (missing.length === 0) return
  await admin.createTopics({
    // kafkajs would ask once, and a busy broker has not heard of its own topic by then; the caller asks until it has.
    waitForLeaders: false,
    topics: missing.map((spec) => ({
      topic: kafkaTopicName(settings, spec.name),
      numPartitions: spec.partitions,
      replicationFactor: settings.replicationFactor,
      configEntries: topicConfig(settings, spec),
    })),
  })
}

/** What a topic of this program is configured with. */
function topicConfig(settings: KafkaSettings, { cleanup }: TopicSpec): { name: string; value: string }[] {
  return [
    { name: 'cleanup.policy', value: cleanup },
    { name: 'min.insync.replicas', value: String(settings.minInSyncReplicas) },
    ...(cleanup === 'delete' ? [{ name: 'retention.ms', value: String(settings.retentionMs ?? -1) }] : []),
  ]
}

async function requireSame(admin: Admin, settings: KafkaSettings, specs: readonly TopicSpec[]): Promise<void> {
  if (specs.length === 0) return
  const names = specs.map(({ name }) => kafkaTopicName(settings, name))
  const { topics } = await admin.fetchTopicMetadata({ topics: names })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['cleanup.policy'],
    })),
  })
  for (const { name, partitions, cleanup } of specs) {
    const kafkaName = kafkaTopicName(settings, name)
    const count = topics.find((topic) => topic.name === kafkaName)?.partitions.length
    const { configEntries } = resources.find(({ resourceName }) => resourceName === kafkaName)!
    const policy = configEntries.find(({ configName }) => configName === 'cleanup.policy')?.configValue
    if (count === partitions && policy === cleanup) continue
    throw new LifecycleError(
      'topic-mismatch',
      `Cannot create topic ${kafkaName} with ${partitions} partitions and clean-up ${cleanup}: it has ${count} and ${policy}`,
    )
  }
}
