import kafkajs, { type Admin } from 'kafkajs'
import type { TopicSpec } from '../log.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { type KafkaSettings, kafkaTopicName } from './kafka-settings.ts'

/** Settings of a topic that the program cares for; all others stay what the cluster or somebody made them. */
export const TOPIC_SETTINGS = [
  'cleanup.policy',
  'message.timestamp.type',
  'min.insync.replicas',
  'retention.ms',
  'retention.bytes',
] as const
export type TopicSetting = (typeof TOPIC_SETTINGS)[number]

export interface WantedTopic {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
  /** No `retention.ms` on a compacted topic: its records go when a later one has their key. */
  readonly settings: Readonly<Partial<Record<TopicSetting, string>>>
}

/** One thing that is missing or different. */
export type TopicDifference =
  | { readonly kind: 'missing'; readonly topic: string; readonly wanted: WantedTopic }
  | { readonly kind: 'partitions'; readonly topic: string; readonly present: number; readonly wanted: number }
  | { readonly kind: 'replication'; readonly topic: string; readonly present: number; readonly wanted: number }
  | {
      readonly kind: 'setting'
      readonly topic: string
      readonly setting: TopicSetting
      readonly present: string
      readonly wanted: string
    }

/** Topics as they should be in Kafka, under their names there. */
export function wantedTopics(settings: KafkaSettings, specs: readonly TopicSpec[]): WantedTopic[] {
  return specs.map(({ name, partitions, cleanup }) => ({
    topic: kafkaTopicName(settings, name),
    partitions,
    replicationFactor: settings.replicationFactor,
    settings: {
      'cleanup.policy': cleanup,
      // Event times stand in the records. Kept by them, old events that are read in late would be deleted at once, and
      // brokers of 4.0 and later refuse one more than an hour ahead.
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': String(settings.minInSyncReplicas),
      ...(cleanup === 'delete' && {
        'retention.ms': String(settings.retention?.[name]?.ms ?? settings.retentionMs ?? -1),
        'retention.bytes': String(settings.retention?.[name]?.bytes ?? -1),
      }),
    },
  }))
}

/** What is missing or different, in the order of the topics. Throws LifecycleError `broker-refused` without access. */
export async function planKafkaTopics(admin: Admin, wanted: readonly WantedTopic[]): Promise<TopicDifference[]> {
  const differences: TopicDifference[] = []
  for (const topic of wanted) {
    try {
      differences.push(...(await differencesOf(admin, topic)))
    } catch (error) {
      throw kafkaFailure(`look at topic ${topic.topic}`, error)
    }
  }
  return differences
}

async function differencesOf(admin: Admin, wanted: WantedTopic): Promise<TopicDifference[]> {
  const { topic } = wanted
  const replicas = await replicasOf(admin, topic)
  if (replicas === null) return [{ kind: 'missing', topic, wanted }]
  const differences: TopicDifference[] = []
  if (replicas.length !== wanted.partitions) {
    differences.push({ kind: 'partitions', topic, present: replicas.length, wanted: wanted.partitions })
  }
  const counts = replicas.map((ids) => ids.length)
  const odd = counts.find((count) => count !== wanted.replicationFactor)
  if (odd !== undefined) {
    differences.push({ kind: 'replication', topic, present: odd, wanted: wanted.replicationFactor })
  }
  const present = await settingsOf(admin, topic)
  for (const [setting, value] of Object.entries(wanted.settings) as [TopicSetting, string][]) {
    const held = present.get(setting)?.value ?? ''
    if (held !== value) differences.push({ kind: 'setting', topic, setting, present: held, wanted: value })
  }
  return differences
}

/** Nodes with a copy of each partition, the preferred leader first; null for a topic that is not there. */
export async function replicasOf(admin: Admin, topic: string): Promise<number[][] | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0].partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ replicas }) => replicas)
  } catch (error) {
    if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return null
    throw error
  }
}

/** All settings in effect, and whether somebody set them on this topic. */
export async function settingsOf(
  admin: Admin,
  topic: string,
): Promise<Map<string, { readonly value: string; readonly isOwn: boolean }>> {
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false })
  return new Map(
    answer.resources[0].configEntries.map(({ configName, configValue, configSource }) => [
      configName,
      { value: configValue, isOwn: configSource === kafkajs.ConfigSource.TOPIC_CONFIG },
    ]),
  )
}
