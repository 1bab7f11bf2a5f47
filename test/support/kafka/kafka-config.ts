import type { Config } from '../../../src/app/config/config-schema.ts'
import type { KafkaConfig } from '../../../src/app/config/kafka-config.ts'
import { kafkaSettingsOf } from '../../../src/app/config/kafka-settings-of.ts'
import { topicSpecs } from '../../../src/app/topics.ts'
import { applyKafkaTopics } from '../../../src/io/log/kafka/kafka-topics-apply.ts'
import { planKafkaTopics, wantedTopics } from '../../../src/io/log/kafka/kafka-topics.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { withAdmin } from './with-admin.ts'

/** The `kafka` section for a cluster of this machine, with names of its own. */
export function kafkaSection(
  { bootstrapServers }: Pick<KafkaCluster, 'bootstrapServers'>,
  name: string,
  changes: Partial<KafkaConfig> = {},
) {
  const nodes = bootstrapServers.length
  return {
    brokers: [...bootstrapServers],
    application: name,
    prefix: `${name}.`,
    replicationFactor: nodes,
    minInSyncReplicas: nodes === 1 ? 1 : 2,
    ...changes,
  }
}

/** What `topics apply` does. */
export async function createTopics(config: Config): Promise<void> {
  const settings = kafkaSettingsOf(config)
  const wanted = wantedTopics(settings, topicSpecs(config.partitions))
  await withAdmin(settings, async (admin) => applyKafkaTopics(admin, await planKafkaTopics(admin, wanted)))
}
