import type { KafkaLogger } from '../../../src/io/log/kafka/connect-kafka.ts'
import type { KafkaSettings } from '../../../src/io/log/kafka/kafka-settings.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

/** For tests whose brokers go away on purpose: nobody needs to read about it. */
export const QUIET_LOGGER: KafkaLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Settings for a cluster of this machine. */
export function testKafkaSettings(
  cluster: Pick<KafkaCluster, 'bootstrapServers'>,
  change: Partial<KafkaSettings> = {},
): KafkaSettings {
  const nodes = cluster.bootstrapServers.length
  return {
    brokers: cluster.bootstrapServers,
    clientId: 'test',
    application: 'test',
    prefix: '',
    topics: {},
    tls: null,
    sasl: null,
    delivery: 'exactly-once',
    positionBelowStart: 'fail',
    compression: 'none',
    connectionTimeoutMs: 3_000,
    requestTimeoutMs: 30_000,
    sessionTimeoutMs: 10_000,
    transactionTimeoutMs: 60_000,
    replicationFactor: nodes,
    minInSyncReplicas: nodes === 1 ? 1 : 2,
    retentionMs: -1,
    ...change,
  }
}
